"""linearity: whether ten times the rows, or ten times the numbers, take ten times as long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from statistics import median

from contenders import CONTENDERS
from figure import Figure
from goals import Figures, Goal, NotMeasuredError
from race import Race, run
from timing import Effort

from problems import a_one_component, b_third_derivative, d_model

NAME = "linearity"
_CALL = "2"
_SIZES = {"1e3": 10**3, "1e4": 10**4, "1e5": 10**5, "1e6": 10**6}
_CONTENDERS = tuple(one for one in CONTENDERS if one.name in {"zymogen", "zymogen, fast", "C++ by hand", "JAX"})

# What is measured over the length of a vector, and over the number of rows.
_OVER_N = {f"A: {quantity}": quantity for quantity in ("evaluation", "one partial", "gradient in x")}
_OVER_ROWS: dict[str, tuple[str, Callable[[str, int], Race]]] = {
    "B: third derivative": ("third derivative", b_third_derivative.race),
    "D: Jacobian in x": ("Jacobian in x", d_model.race),
}


def _deviation(curve: str, contender: str) -> Goal:
    """The largest cost of one row, or of one number beyond a call with n = 2, over the least; less 1.

    Of medians, because the largest of several noisy numbers is too large in every round.
    """

    def values(figures: Figures) -> tuple[float, ...]:
        call = median(figures.samples(NAME, _CALL, curve, contender)) if curve in _OVER_N else 0.0
        costs = [
            (median(figures.samples(NAME, size, curve, contender)) - call) / number for size, number in _SIZES.items()
        ]
        if min(costs) <= 0:
            raise NotMeasuredError("one size takes no longer than a call with n = 2")
        return (max(costs) / min(costs) - 1,)

    over = "n" if curve in _OVER_N else "rows"
    return Goal(f"linearity: {curve}, {contender}, {over} from 1e3 to 1e6", 0.1, values)


GOALS = tuple(
    _deviation(curve, contender) for contender in ("zymogen", "zymogen, fast") for curve in (*_OVER_N, *_OVER_ROWS)
)


def measure(effort: Effort) -> Iterator[Figure]:
    """All sizes of a curve take turns."""
    for curve, quantity in _OVER_N.items():
        sizes = {_CALL: 2} | {size: effort.rows(number) for size, number in _SIZES.items()}
        races = [a_one_component.race(size, n).of(quantity) for size, n in sizes.items()]
        yield from _curve(curve, races, effort)
    # Batches of 1e6 rows take long: one of them is a sample here.
    effort = replace(effort, batches=1, longest_seconds=max(2.0, effort.longest_seconds))
    for curve, (quantity, race) in _OVER_ROWS.items():
        races = [race(size, effort.rows(number)).of(quantity) for size, number in _SIZES.items()]
        yield from _curve(curve, races, effort)


def _curve(curve: str, races: list[Race], effort: Effort) -> Iterator[Figure]:
    for figure in run(*races, effort=effort, contenders=_CONTENDERS):
        yield replace(figure, problem=NAME, quantity=curve)
