"""linearity: whether ten times the rows, or ten times the numbers, take ten times as long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from contenders import CONTENDERS
from figure import Figure
from goals import Figures, Goal
from race import Race, run
from timing import Effort

from problems import a_one_component, b_third_derivative, d_model

NAME = "linearity"
_SIZES = {"1e3": 10**3, "1e4": 10**4, "1e5": 10**5, "1e6": 10**6}
_CONTENDERS = tuple(one for one in CONTENDERS if one.name in {"zymogen", "zymogen, fast", "C++ by hand", "JAX"})

# What is measured, and over what: the name of a size is what the cost is shown over.
_CURVES: dict[str, tuple[str, Callable[[str, int], Race]]] = {
    "A: evaluation": ("evaluation", a_one_component.race),
    "A: one partial": ("one partial", a_one_component.race),
    "A: gradient in x": ("gradient in x", a_one_component.race),
    "B: third derivative": ("third derivative", b_third_derivative.race),
    "D: Jacobian in x": ("Jacobian in x", d_model.race),
}


def _deviation(curve: str, contender: str) -> Goal:
    def values(figures: Figures) -> tuple[float, ...]:
        each = [
            [value / number for value in figures.samples(NAME, size, curve, contender)]
            for size, number in _SIZES.items()
        ]
        return tuple(max(row) / min(row) - 1 for row in zip(*each, strict=True))

    over = "n" if curve.startswith("A") else "rows"
    return Goal(f"linearity: {curve}, {contender}: cost of one of 1e3 to 1e6 {over}", 0.1, values)


GOALS = tuple(_deviation(curve, contender) for contender in ("zymogen", "zymogen, fast") for curve in _CURVES)


def measure(effort: Effort) -> Iterator[Figure]:
    """All sizes of a curve take turns."""
    for curve, (quantity, race) in _CURVES.items():
        races = [race(size, effort.rows(number)).of(quantity) for size, number in _SIZES.items()]
        for figure in run(*races, effort=effort, contenders=_CONTENDERS):
            yield replace(figure, problem=NAME, quantity=curve)
