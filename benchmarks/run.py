"""Measure zymogen: `python benchmarks/run.py [--quick] [--only TOPIC] [--json FILE]`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import batches
import builds
import calls
import cost
import sparse
from figure import Figure
from machine import description
from rich.console import Console
from rich.table import Table
from timing import QUICK, Effort

_TOPICS: dict[str, Callable[[Effort], Iterator[Figure]]] = {
    "cost": cost.measure,
    "calls": calls.measure,
    "batches": batches.measure,
    "sparse": sparse.measure,
    "builds": builds.measure,
}
_REPORT = Path(__file__).parent / "results" / "report.json"


def main() -> None:
    """Measure what was asked for, print it, and write it down."""
    options = _options()
    effort = QUICK if options.quick else Effort()
    console = Console()
    machine = description()
    console.print(*(f"{name}: {value}" for name, value in machine.items()), sep="\n", highlight=False)
    figures: list[Figure] = []
    for topic in options.only or _TOPICS:
        with console.status(f"measuring {topic}"):
            measured = list(_TOPICS[topic](effort))
        figures += measured
        for title, group in groupby(measured, key=attrgetter("topic")):
            console.print(_table(title, group), "")
    if options.quick:
        console.print("--quick: these numbers show that everything runs, and nothing else.")
    report = {"machine": machine, "settings": asdict(effort), "quick": options.quick, "figures": _rows(figures)}
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    console.print(f"written to {options.json}", highlight=False)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure zymogen; README.md says how and what the figures mean.")
    parser.add_argument("--quick", action="store_true", help="only show that everything runs")
    parser.add_argument(
        "--only", metavar="TOPIC", action="append", choices=_TOPICS, help=f"one of {', '.join(_TOPICS)}"
    )
    parser.add_argument("--json", metavar="FILE", type=Path, default=_REPORT, help="where to write the report")
    return parser.parse_args()


def _rows(figures: list[Figure]) -> list[dict[str, object]]:
    return [{**asdict(figure), "met": figure.met} for figure in figures]


def _table(topic: str, figures: Iterable[Figure]) -> Table:
    table = Table(title=topic, title_justify="left", title_style="bold", box=None, padding=(0, 1, 0, 0))
    table.add_column("", width=32)
    for name, width in (("median", 8), ("quartiles", 15), ("least", 5), ("goal", 14)):
        table.add_column(name, justify="right", min_width=width, no_wrap=True)
    for item in figures:
        spread = f"{_number(item.lower)} to {_number(item.upper)}"
        table.add_row(item.name, f"{_number(item.median)} {item.unit}", spread, _number(item.least), _goal(item))
    return table


def _goal(item: Figure) -> str:
    if item.goal is None:
        return ""
    return f"<= {item.goal:g} {'[green]met[/green]' if item.met else '[red]missed[/red]'}"


def _number(value: float) -> str:
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


if __name__ == "__main__":
    main()
