"""The tables of docs/constructs.md: read by the tests, and written from what was measured.

What is between `<!-- table: SUBJECT -->` or `<!-- messages -->` and `<!-- end -->` is written; the rest is by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from .construct import COLUMNS, Construct, Refusal
from .subjects import Subject, subjects

PAGE = Path(__file__).parents[2] / "docs" / "constructs.md"

Cells = Mapping[tuple[str, str], Refusal | None]
"""By a construct's title and a column: how it is refused, or None where it works."""

_WORKS = "works"
_ROW = re.compile(r"^\| (?P<title>.+?) \| (?P<cells>(?:(?:works|refused, \d+) \| ){4})(?P<instead>.*)\|$", re.MULTILINE)
_MESSAGE = re.compile(r"^(?P<number>\d+)\. `(?P<error>\w+)`: (?P<text>.*)$", re.MULTILINE)
_PART = re.compile(r"(<!-- (?P<what>(?!end )[^\n]+?) -->\n).*?(?=<!-- end -->)", re.DOTALL)


def read_cells(page: str) -> dict[tuple[str, str], Refusal | None]:
    """What the page says, by title and column."""
    messages = {
        int(found["number"]): Refusal(found["error"], _plain(found["text"])) for found in _MESSAGE.finditer(page)
    }
    cells: dict[tuple[str, str], Refusal | None] = {}
    for row in _ROW.finditer(page):
        for column, cell in zip(COLUMNS, row["cells"].split(" | "), strict=False):
            number = cell.removeprefix("refused, ")
            cells[row["title"], column] = None if cell == _WORKS else messages[int(number)]
    return cells


def with_cells(page: str, cells: Cells) -> str:
    """The page with all tables and messages written anew.

    Raises
    ------
    ValueError
        If a cell is missing, a construct that is refused does not say what to write instead, or a subject has no place
        on the page.
    """
    check_complete(cells)
    # Messages have numbers in the order of the rows, in whichever order cells were measured.
    rows = [cells[construct.title, column] for construct in _constructs() for column in COLUMNS]
    refusals = list(dict.fromkeys(cell for cell in rows if cell is not None))
    parts = {f"table: {subject.title}": _table(subject, cells, refusals) for subject in subjects()}
    parts["messages"] = "".join(
        f"{number}. `{refusal.error}`: {_escaped(refusal.text)}\n" for number, refusal in enumerate(refusals, 1)
    )
    missing = parts.keys() - {found["what"] for found in _PART.finditer(page)}
    if missing:
        names = ", ".join(sorted(missing))
        raise ValueError(f"{PAGE.name} has no place for {names}. Add `<!-- ... -->` and `<!-- end -->`.")
    return _PART.sub(lambda found: found[1] + parts[found["what"]], page)


def check_complete(cells: Cells) -> None:
    """Raise a ValueError that names a cell which is missing."""
    for construct in _constructs():
        for column in COLUMNS:
            if (construct.title, column) not in cells:
                raise ValueError(f"{PAGE.name}: no cell for {construct.title}, {column}. Run `make constructs`.")


def _constructs() -> Iterator[Construct]:
    for subject in subjects():
        yield from subject.constructs


def _table(subject: Subject, cells: Cells, refusals: list[Refusal]) -> str:
    header = ["construct", *COLUMNS, "instead"]
    rows = [_row(construct, cells, refusals) for construct in subject.constructs]
    lines = [header, ["---"] * len(header), *rows]
    return "".join(re.sub(" +", " ", f"| {' | '.join(line)} |\n") for line in lines)


def _row(construct: Construct, cells: Cells, refusals: list[Refusal]) -> list[str]:
    found = [cells[construct.title, column] for column in COLUMNS]
    if any(found) and not construct.instead:
        raise ValueError(f"{construct.title}, {construct.name}: it is refused. Say what to write instead.")
    written = [_WORKS if cell is None else f"refused, {refusals.index(cell) + 1}" for cell in found]
    return [construct.title, *written, construct.instead if any(found) else ""]


def _escaped(text: str) -> str:
    """Without what Markdown takes for tags, but for what is quoted."""
    pieces = text.split("`")
    return "`".join(re.sub("([<>*])", r"\\\1", piece) if i % 2 == 0 else piece for i, piece in enumerate(pieces))


def _plain(text: str) -> str:
    return re.sub(r"\\([<>*])", r"\1", text)
