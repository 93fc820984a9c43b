"""Measure cells and write the tables of docs/constructs.md: `make constructs`.

`python -m tests.constructs [SUBJECT ...]` measures the subjects of these titles alone, and takes the other cells from
the page.
"""

from __future__ import annotations

import sys
import time

from .page import PAGE, read_cells, with_cells
from .subjects import subjects
from .survey import failures, survey


def main(titles: list[str]) -> None:
    there = [subject.title for subject in subjects()]
    for title in titles:
        if title not in there:
            sys.exit(f"constructs: there is no subject {title!r}. Subjects are {', '.join(there)}.")
    page = PAGE.read_text(encoding="utf-8")
    cells = read_cells(page) if titles else {}
    failed = []
    for subject in subjects():
        if titles and subject.title not in titles:
            continue
        begun = time.monotonic()
        measured = survey(wanted=subject.__eq__)
        print(f"{subject.title}: {len(measured)} cells in {time.monotonic() - begun:.0f} s", flush=True)
        failed += failures(measured)
        cells |= measured
    if failed:
        sys.exit("\n".join([*failed, f"constructs: {PAGE.name} is left as it was. Take these rows out of it."]))
    PAGE.write_text(with_cells(page, cells), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
