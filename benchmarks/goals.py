"""What is to be reached, as numbers that follow from the measured figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from figure import Figure, spread


class NotMeasuredError(LookupError):
    """A goal's number cannot be told; the text says why."""


class Figures:
    """All figures of a run, to be looked up."""

    def __init__(self, figures: Iterable[Figure]) -> None:
        self._figures = {figure.key: figure for figure in figures}

    def samples(self, problem: str, size: str, quantity: str, contender: str) -> tuple[float, ...]:
        figure = self._figures.get((problem, size, quantity, contender))
        if figure is None:
            raise NotMeasuredError(f"{contender} was not run")
        if figure.missing:
            raise NotMeasuredError(f"{contender}: {figure.missing}")
        return figure.samples

    def best(self, problem: str, size: str, quantity: str, contenders: Iterable[str]) -> tuple[float, ...]:
        """The samples of whoever is the fastest of those who have any."""
        found: list[tuple[float, ...]] = []
        reasons: list[str] = []
        for contender in contenders:
            try:
                found.append(self.samples(problem, size, quantity, contender))
            except NotMeasuredError as reason:
                reasons.append(str(reason))
        if not found:
            raise NotMeasuredError("; ".join(reasons))
        return min(found, key=lambda samples: spread(samples)[1])


@dataclass(frozen=True)
class Goal:
    """A number and its limit."""

    name: str
    limit: float
    values: Callable[[Figures], tuple[float, ...]]
    """Samples of the number, of which the median counts."""
    at_least: bool = False
    """The number must not be below the limit; otherwise not above."""

    def row(self, figures: Figures) -> dict[str, object]:
        """Values that JSON can hold. What was not measured is not met."""
        row: dict[str, object] = {"name": self.name, "goal": self.limit, "at_least": self.at_least}
        try:
            lower, value, upper = spread(self.values(figures))
        except NotMeasuredError as reason:
            return row | {"value": None, "met": False, "reason": str(reason)}
        met = value >= self.limit if self.at_least else value <= self.limit
        return row | {"value": value, "lower": lower, "upper": upper, "met": met}


def over_quantity(
    name: str, limit: float, problem: str, size: str, quantity: str, other: str, contender: str = "zymogen"
) -> Goal:
    """How many times one quantity takes as long as another, of the same contender; round by round."""

    def values(figures: Figures) -> tuple[float, ...]:
        return _ratios(
            figures.samples(problem, size, quantity, contender), figures.samples(problem, size, other, contender)
        )

    return Goal(name, limit, values)


def over_contender(
    name: str, limit: float, problem: str, size: str, quantity: str, *others: str, contender: str = "zymogen"
) -> Goal:
    """How many times as long as the fastest of `others` the contender takes; round by round."""

    def values(figures: Figures) -> tuple[float, ...]:
        return _ratios(
            figures.samples(problem, size, quantity, contender), figures.best(problem, size, quantity, others)
        )

    return Goal(name, limit, values)


def _ratios(numerator: tuple[float, ...], denominator: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(a / b for a, b in zip(numerator, denominator, strict=True))
