"""What every cell of the table is: measured in child processes, because compiled code may end its process."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection

from constructs.construct import COLUMNS, Construct, Refusal
from constructs.expressions import Family
from constructs.subjects import Subject, subjects

Cells = dict[tuple[str, str], Refusal | None]
"""By a construct's title and a column: how it is refused, or None where it works."""

_CHILDREN = multiprocessing.get_context("forkserver")
_CHILDREN.set_forkserver_preload(["constructs.subjects", "zymogen.sparse"])  # imported once


def survey(workers: int = 2, wanted: Callable[[Subject], bool] = lambda subject: True) -> Cells:
    """All cells of the subjects that are wanted; those that are wrong are told on standard output, and left out."""
    cells: Cells = {}
    with ThreadPoolExecutor(workers) as pool:
        for subject in filter(wanted, subjects()):
            everything = [(subject, column) for column in COLUMNS]
            if subject.family is not None:
                parts = pool.map(lambda task: _of_expressions(task[0], task[1], task[0].constructs), everything)
            else:
                tasks = [(subject, column, construct) for construct in subject.constructs for column in COLUMNS]
                parts = pool.map(lambda task: _in_child(task[0], task[1], [task[2]]), tasks)
            for part in parts:
                cells.update(part)
    return cells


def _of_expressions(subject: Subject, column: str, constructs: Sequence[Construct]) -> Cells:
    """Cells of one column: together where all of them work, else by halves."""
    cells = _in_child(subject, column, constructs)
    if len(cells) == len(constructs):
        return cells
    if len(constructs) == 1:
        return {}
    half = len(constructs) // 2
    first, second = constructs[:half], constructs[half:]
    return _of_expressions(subject, column, first) | _of_expressions(subject, column, second)


def _in_child(subject: Subject, column: str, constructs: Sequence[Construct]) -> Cells:
    places = [subject.constructs.index(construct) for construct in constructs]
    near, far = _CHILDREN.Pipe(duplex=False)
    child = _CHILDREN.Process(target=_measure, args=(far, subject.title, column, places))
    child.start()
    far.close()
    try:
        said = near.recv()
    except EOFError:
        said = f"ended the process, exit code {child.exitcode}"
    child.join()
    if isinstance(said, str):
        if len(constructs) == 1:
            print(f"{subject.title}: {constructs[0].title}, {column}: {said}", flush=True)
        return {}
    return {(construct.title, column): said[0] for construct in constructs}


def _measure(answer: Connection, title: str, column: str, places: Sequence[int]) -> None:
    """Send how a derivative is refused, in a list; or a text where it is wrong."""
    subject = next(subject for subject in subjects() if subject.title == title)
    constructs = [subject.constructs[place] for place in places]
    answer.send(_said(subject.family, column, constructs))


def _said(family: Family | None, column: str, constructs: Sequence[Construct]) -> list[Refusal | None] | str:
    together = family is not None and len(constructs) > 1
    kernel = family.joint(constructs) if family is not None and together else constructs[0]
    refusal = kernel.refusal(column, (0,) if together else ())
    if refusal is not None:
        return "refused together" if together else [refusal]
    try:
        for number, construct in enumerate(constructs):
            kernel.check(column, (number,) if together else (), construct.exact)
    except AssertionError as error:
        return f"WRONG {' '.join(str(error).split())[:400]}"
    return [None]
