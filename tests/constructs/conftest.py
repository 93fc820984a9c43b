"""The cells of docs/constructs.md, whose derivatives are built two at a time while tests run."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from .construct import COLUMNS, Construct, Refusal
from .page import PAGE, check_complete, read_cells
from .subjects import subjects


@dataclass(frozen=True)
class Cell:
    """A derivative, and what the page says of it."""

    construct: Construct
    column: str
    expected: Refusal | None
    exact: tuple[Construct, ...] = ()
    """The constructs among which an integer chooses, if the kernel has several."""

    def refusal(self) -> Refusal | None:
        return self.construct.refusal(self.column, (0,) if self.exact else ())

    def __str__(self) -> str:
        return f"{self.construct.title.replace('`', '')}: {self.column}"


def cells() -> list[pytest.param]:
    """All cells. One of most constructs is tested by default, and expressions that work, in one kernel, always.

    Of three quarters of them, where it would be one of second derivatives, which take compilers longest, none is.
    """
    expected = read_cells(PAGE.read_text(encoding="utf-8"))
    check_complete(expected)
    found = []
    for subject in subjects():
        for row, construct in enumerate(subject.constructs):
            for number, column in enumerate(COLUMNS):
                refusal = expected[construct.title, column]
                if subject.family is None or refusal is not None:
                    by_turns = (row + number) % len(COLUMNS) == 0 and (number < 2 or row % 16 < 4)
                    by_default = by_turns and not construct.exhaustive
                    marks = () if by_default else pytest.mark.exhaustive
                    found.append(pytest.param(Cell(construct, column, refusal), marks=marks))
        for column in COLUMNS if subject.family else ():
            working = tuple(one for one in subject.constructs if expected[one.title, column] is None)
            found.append(pytest.param(Cell(subject.family.joint(working), column, None, working)))
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "page_cell" in metafunc.fixturenames:
        metafunc.parametrize("page_cell", cells(), ids=str)


@pytest.fixture(scope="session")
def refusals(request: pytest.FixtureRequest) -> Iterator[dict[int, Future[Refusal | None]]]:
    """How the derivatives of this session's cells are refused, by the cell's identity, as they become ready."""
    wanted = [
        item.callspec.params["page_cell"]
        for item in request.session.items
        if "page_cell" in getattr(item, "fixturenames", ())
    ]
    with ThreadPoolExecutor(2) as workers:
        yield {id(cell): workers.submit(cell.refusal) for cell in wanted}
        workers.shutdown(cancel_futures=True)
