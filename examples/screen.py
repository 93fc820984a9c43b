"""One worked example as one screen of text: the question, the call, the numbers, and what they cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from cost import Cost
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from zymogen import Derivative

console = Console(highlight=False, width=100)


@dataclass
class Screen:
    """A title, the question in words, the function in C++, the call in Python and what came out of it."""

    title: str
    question: str
    cpp: str
    call: str
    derivative: Derivative
    numbers: list[tuple[str, float, float]] = field(default_factory=list)
    """Name, number obtained, number expected."""
    sizes: dict[str, int] = field(default_factory=dict)
    """Of the dimensions on which the number of passes depends."""
    costs: dict[str, dict[str, Cost]] = field(default_factory=dict)
    """For each case that was timed: calls and their costs, relative to the first."""
    remark: str = ""

    def show(self) -> None:
        console.rule(f"[bold]{self.title}")
        console.print(self.question, markup=False)
        console.print()
        console.print(Syntax(self.cpp, "cpp", background_color="default"))
        console.print(Syntax(self.call, "python", background_color="default"))
        console.print()
        console.print(_numbers(self.numbers))
        console.print()
        console.print(_facts(self.derivative, self.sizes))
        console.print()
        for case, costs in self.costs.items():
            console.print(_costs(case, costs))
            console.print()
        if self.remark:
            console.print(self.remark, markup=False)
            console.print()


def show_facts(title: str, facts: Iterable[tuple[str, str]]) -> None:
    """A table of two columns."""
    table = Table(title=title, title_justify="left", title_style="bold", show_header=False, box=None)
    for name, text in facts:
        table.add_row(Text(name), Text(text))
    console.print(table)
    console.print()


def _numbers(numbers: Iterable[tuple[str, float, float]]) -> Table:
    table = Table(box=None, header_style="bold")
    table.add_column("")
    for heading in ("computed", "expected", "difference"):
        table.add_column(heading, justify="right")
    for name, computed, expected in numbers:
        difference = abs(computed - expected)
        table.add_row(Text(name), repr(float(computed)), repr(float(expected)), f"{difference:.1g}")
    return table


def _facts(derivative: Derivative, sizes: Mapping[str, int]) -> Text:
    active = [name for name, activity in derivative.activity.items() if activity != "Const"]
    inactive = [name for name, activity in derivative.activity.items() if activity == "Const"]
    untouched = f"; {' and '.join(inactive)} inactive: no derivative of it exists" if inactive else ""
    count = derivative.count_passes(**sizes)
    passes = "one pass" if count == 1 else f"{count} passes"
    return Text(f"Differentiated: {' and '.join(active)}{untouched}. Computed in {passes} through the function.")


def _costs(case: str, costs: Mapping[str, Cost]) -> Table:
    table = Table(title=case, title_justify="left", title_style="italic", box=None, header_style="bold")
    table.add_column("call")
    table.add_column("time", justify="right")
    table.add_column("evaluations of the function", justify="right")
    for name, cost in costs.items():
        table.add_row(Text(name), _time(cost.seconds), f"{cost.relative:.2f}")
    return table


def _time(seconds: float) -> str:
    return f"{seconds * 1e6:.1f} us" if seconds < 1e-3 else f"{seconds * 1e3:.2f} ms"


def summary(values: np.ndarray) -> str:
    """Numbers of a vector in a few characters each."""
    return ", ".join(f"{value:.3f}" for value in np.ravel(values))
