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
    wanted = [subject for subject in subjects() if not titles or subject.title in titles]
    unknown = set(titles) - {subject.title for subject in wanted}
    if unknown:
        known = ", ".join(subject.title for subject in subjects())
        sys.exit(f"constructs: there is no subject {unknown.pop()!r}. Subjects are {known}.")
    page = PAGE.read_text(encoding="utf-8")
    written = read_cells(page)
    cells = {**written} if titles else {}
    failed = []
    for subject in wanted:
        begun = time.monotonic()
        measured = survey(wanted=subject.__eq__)
        print(f"{subject.title}: {len(measured)} cells in {time.monotonic() - begun:.0f} s", flush=True)
        for cell, outcome in measured.items():
            if outcome != written.get(cell):
                print(f"  {', '.join(cell)}: {outcome or 'works'}", flush=True)
        failed += failures(measured)
        cells |= measured
    if failed:
        sys.exit("\n".join([*failed, f"constructs: {PAGE.name} is left as it was. Take these rows out of it."]))
    PAGE.write_text(with_cells(page, cells), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
