"""What every cell of the table is: measured in child processes, because compiled code may end its process."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection

from .construct import COLUMNS, Construct, Refusal
from .expressions import Family
from .subjects import Subject, subjects


@dataclass(frozen=True)
class Failure:
    """What no page can say: a derivative that is wrong, or that ended its process."""

    text: str


Outcome = Refusal | Failure | None
"""How a derivative is refused, or why it has no place on the page, or None where it works."""

Outcomes = dict[tuple[str, str], Outcome]
"""By a construct's title and a column."""

Source = Callable[[], tuple[Subject, ...]]
"""Where child processes get the subjects from: a function of a module."""

_CHILDREN = multiprocessing.get_context("forkserver")
_CHILDREN.set_forkserver_preload([f"{__package__}.subjects", "zymogen.sparse"])  # imported once


def survey(
    workers: int = 2, wanted: Callable[[Subject], bool] = lambda subject: True, source: Source = subjects
) -> Outcomes:
    """All cells of the subjects that are wanted."""
    outcomes: Outcomes = {}
    with ThreadPoolExecutor(workers) as pool:
        for subject in filter(wanted, source()):
            columns = [_Column(source, subject, column) for column in COLUMNS]
            if subject.family is not None:
                parts = pool.map(lambda column: column.of_expressions(column.subject.constructs), columns)
            else:
                tasks = [(column, construct) for construct in subject.constructs for column in columns]
                parts = pool.map(lambda task: task[0].in_child([task[1]]), tasks)
            for part in parts:
                outcomes.update(part)
    return outcomes


def failures(outcomes: Outcomes) -> list[str]:
    """A line for each cell that has no place on the page."""
    return [
        f"{title}, {column}: {outcome.text}"
        for (title, column), outcome in outcomes.items()
        if isinstance(outcome, Failure)
    ]


@dataclass(frozen=True)
class _Column:
    source: Source
    subject: Subject
    column: str

    def of_expressions(self, constructs: Sequence[Construct]) -> Outcomes:
        """Cells of several constructs: together where all of them work, else by halves."""
        outcomes = self.in_child(constructs)
        if len(constructs) == 1 or not failures(outcomes):
            return outcomes
        half = len(constructs) // 2
        return self.of_expressions(constructs[:half]) | self.of_expressions(constructs[half:])

    def in_child(self, constructs: Sequence[Construct]) -> Outcomes:
        places = [self.subject.constructs.index(construct) for construct in constructs]
        near, far = _CHILDREN.Pipe(duplex=False)
        child = _CHILDREN.Process(target=_measure, args=(far, self.source, self.subject.title, self.column, places))
        child.start()
        far.close()
        try:
            outcome = near.recv()
            child.join()
        except EOFError:
            child.join()
            outcome = Failure(f"ended the process, exit code {child.exitcode}")
        return dict.fromkeys(((construct.title, self.column) for construct in constructs), outcome)


def _measure(answer: Connection, source: Source, title: str, column: str, places: Sequence[int]) -> None:
    """Send what becomes of the derivatives of some constructs: one outcome for all of them."""
    subject = next(subject for subject in source() if subject.title == title)
    constructs = [subject.constructs[place] for place in places]
    answer.send(_outcome(subject.family, column, constructs))


def _outcome(family: Family | None, column: str, constructs: Sequence[Construct]) -> Outcome:
    together = family is not None and len(constructs) > 1
    kernel = family.joint(constructs) if family is not None and together else constructs[0]
    refusal = kernel.refusal(column, (0,) if together else ())
    if refusal is not None:
        return Failure("refused together") if together else refusal
    try:
        for number, construct in enumerate(constructs):
            kernel.check(column, (number,) if together else (), construct.exact)
    except AssertionError as error:
        return Failure(f"wrong. {' '.join(str(error).split())[:400]}")
    return None
