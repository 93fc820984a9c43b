"""Measure all cells and write the tables of docs/constructs.md: `make constructs`."""

from __future__ import annotations

from constructs.page import PAGE, with_cells
from constructs.survey import survey


def main() -> None:
    cells = survey()
    PAGE.write_text(with_cells(PAGE.read_text(encoding="utf-8"), cells), encoding="utf-8")


if __name__ == "__main__":
    main()
