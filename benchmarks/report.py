"""The report: everything as JSON, and tables as Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

from figure import Figure
from goals import Figures, Goal
from timing import Effort


def as_json(
    machine: Mapping[str, object], effort: Effort, figures: Iterable[Figure], goals: Iterable[Goal], *, quick: bool
) -> dict[str, object]:
    """What JSON can hold: the machine, the settings, every figure, and a row for each goal."""
    figures = list(figures)
    known = Figures(figures)
    return {
        "machine": dict(machine),
        "settings": asdict(effort),
        "quick": quick,
        "figures": [figure.row() for figure in figures],
        "goals": [goal.row(known) for goal in goals],
    }


def write(report: Mapping[str, object], file: Path) -> None:
    """As JSON to `file`, and as tables beside it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    file.with_suffix(".md").write_text(as_markdown(report) + "\n", encoding="utf-8")


def as_markdown(report: Mapping[str, object]) -> str:
    """The tables of a report that `as_json` has made."""
    return "\n".join([*goal_rows(report["goals"]), "", *_figures(report["figures"])])


def goal_rows(goals: list[dict[str, object]]) -> Iterator[str]:
    """The table of the goals."""
    yield "| goal | measured | quartiles | wanted | |"
    yield "|---|---|---|---|---|"
    for goal in goals:
        wanted = f"{'≥' if goal['at_least'] else '≤'} {goal['goal']:g}"
        if goal["value"] is None:
            yield f"| {goal['name']} | not measured: {goal['reason']} | | {wanted} | |"
        else:
            quartiles = f"{number(goal['lower'])} to {number(goal['upper'])}"
            verdict = "met" if goal["met"] else "missed"
            yield f"| {goal['name']} | {number(goal['value'])} | {quartiles} | {wanted} | {verdict} |"


def _figures(rows: list[dict[str, object]]) -> Iterator[str]:
    for problem, of_problem in groupby(rows, key=lambda row: row["problem"]):
        yield f"### {problem}"
        yield ""
        yield "| size | quantity | contender | median | quartiles | least | over the fastest | |"
        yield "|---|---|---|---|---|---|---|---|"
        for group in by_quantity(of_problem):
            best = fastest(group)
            for row in group:
                yield _row(row, best)
        yield ""


def _row(row: dict[str, object], best: float | None) -> str:
    head = f"| {row['size']} | {row['quantity']} | {row['contender']} |"
    if "missing" in row:
        return f"{head} | | | | {row['missing']} |"
    values = [time(row[key], row["unit"]) for key in ("median", "lower", "upper", "least")]
    over = f"{number(row['median'] / best)}" if best else ""
    return f"{head} {values[0]} | {values[1]} to {values[2]} | {values[3]} | {over} | {row['note']} |"


def by_quantity(rows: Iterable[dict[str, object]]) -> list[list[dict[str, object]]]:
    """Rows of one size and quantity, in the order in which they are met first."""
    groups: dict[tuple[object, object, object], list[dict[str, object]]] = {}
    for row in rows:
        groups.setdefault((row["problem"], row["size"], row["quantity"]), []).append(row)
    return list(groups.values())


def fastest(group: list[dict[str, object]]) -> float | None:
    """The least median of a group in which several take part."""
    medians = [row["median"] for row in group if "missing" not in row]
    return min(medians) if len(medians) > 1 else None


def time(value: float, unit: str) -> str:
    """Seconds in a unit that makes them easy to read; other numbers as they are."""
    if unit != "s":
        return number(value)
    for name, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size:
            return f"{number(value / size)} {name}"
    return f"{number(value / 1e-9)} ns"


def number(value: float) -> str:
    """Three digits."""
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"
