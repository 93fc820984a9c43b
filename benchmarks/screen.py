"""What is shown while a run goes on: a table for each problem, and its goals."""

from __future__ import annotations

from collections.abc import Mapping

from problems import Problem
from report import by_quantity, fastest, number, time
from rich.console import Console
from rich.table import Table

console = Console()
console.width = max(console.width, 110)


def show(problem: Problem, report: Mapping[str, object]) -> None:
    """Print the figures and the goals of one problem."""
    console.print(f"\n[bold]{problem.about}[/bold]")
    for group in by_quantity(report["figures"]):
        console.print(f"{group[0]['quantity']}, {group[0]['size']}", highlight=False)
        console.print(_figures(group))
    if report["goals"]:
        console.print(_goals(report["goals"]))


def _figures(group: list[dict[str, object]]) -> Table:
    """One line each: the median, both quartiles, how many times the fastest, the way that was taken."""
    table = Table(box=None, padding=(0, 1, 0, 1), show_header=False)
    for width, justify in ((22, "left"), (8, "right"), (18, "right"), (7, "right"), (20, "left")):
        table.add_column(min_width=width, justify=justify, no_wrap=True)
    best = fastest(group)
    for row in group:
        if "missing" in row:
            table.add_row(row["contender"], "", "", "", row["missing"])
            continue
        median, lower, upper = (time(row[key], row["unit"]) for key in ("median", "lower", "upper"))
        over = f"{number(row['median'] / best)} x" if best else ""
        table.add_row(row["contender"], median, f"{lower} to {upper}", over, row["note"])
    return table


def _goals(goals: list[dict[str, object]]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0))
    for name in ("goal", "measured", "wanted", ""):
        table.add_column(name, justify="left" if name == "goal" else "right")
    for goal in goals:
        wanted = f"{'>=' if goal['at_least'] else '<='} {goal['goal']:g}"
        verdict = "[green]met[/green]" if goal["met"] else "[red]missed[/red]"
        if goal["value"] is None:
            table.add_row(goal["name"], "", wanted, f"not measured: {goal['reason']}")
        else:
            table.add_row(goal["name"], number(goal["value"]), wanted, verdict)
    return table
