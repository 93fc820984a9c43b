"""Write docs/benchmarks.md and its pictures from a report: `python benchmarks/publish.py [REPORT]`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Any

import plots
from contenders import CONTENDERS
from problems import find_problems
from report import by_quantity, fastest, goal_rows, time

_DOCS = Path(__file__).parents[1] / "docs"
_REPORT = Path(__file__).parent / "results" / "report.json"
_PAGE = Path(__file__).with_name("page.md")
_CLOCKS = {"wall": "clock on the wall", "cpu": "process itself, because the machine had other work"}


def main() -> None:
    """Refuse what is not a whole run, then write."""
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else _REPORT
    report = json.loads(file.read_text(encoding="utf-8"))
    measured = {row["problem"] for row in report["figures"]}
    if report["quick"] or report["settings"]["contenders"] or measured != set(find_problems()):
        sys.exit(f"publish: {file} is not of a whole run. Run benchmarks/run.py without --quick, --only, --contender.")
    plots.draw_ratios(report, _DOCS / "images" / "benchmarks_ratios.png")
    plots.draw_linearity(report, _DOCS / "images" / "benchmarks_linearity.png")
    machine, settings = report["machine"], report["settings"]
    text = Template(_PAGE.read_text(encoding="utf-8")).substitute(
        machine,
        date=machine["date"][:10],
        load=machine["load"][0],
        clock=_CLOCKS[settings["clock"]],
        longest=settings["longest_seconds"],
        times="\n".join(_times(report)),
        goals="\n".join(goal_rows(report["goals"])),
    )
    (_DOCS / "benchmarks.md").write_text(text, encoding="utf-8")


def _times(report: Mapping[str, Any]) -> Iterator[str]:
    """One line for each quantity that several contenders compute."""
    names = [contender.name for contender in CONTENDERS]
    yield f"| | {' | '.join(names)} |"
    yield f"|---|{'---|' * len(names)}"
    for group in by_quantity(report["figures"]):
        if plots.is_race(group):
            yield _line(group, names)


def _line(group: list[dict[str, Any]], names: list[str]) -> str:
    rows = {row["contender"]: row for row in group if "missing" not in row}
    best = fastest(group)
    cells = []
    for name in names:
        text = time(rows[name]["median"], rows[name]["unit"]) if name in rows else ""
        cells.append(f"**{text}**" if name in rows and rows[name]["median"] == best else text)
    return f"| {plots.label(group[0])} | {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
