"""A measured figure: its middle, its spread, and the goal it has to meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import quantiles


@dataclass(frozen=True)
class Figure:
    """One row of the report."""

    topic: str
    name: str
    unit: str
    """`us`, `ms`, `s` for times; `x` for a ratio of two times of the same round; nothing for a count."""
    median: float
    lower: float
    """First quartile."""
    upper: float
    """Third quartile."""
    least: float
    """Of a ratio, the ratio of the two least times, not the least of the ratios."""
    samples: int
    goal: float | None = None
    """The median must not be above it; None where the figure is for information."""

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        return None if self.goal is None else self.median <= self.goal


def figure(topic: str, name: str, unit: str, samples: Sequence[float], goal: float | None = None) -> Figure:
    """The figure that samples, already in `unit`, come to."""
    several = len(samples) > 1
    lower, middle, upper = quantiles(samples, n=4, method="inclusive") if several else [samples[0]] * 3
    return Figure(topic, name, unit, middle, lower, upper, min(samples), len(samples), goal)


def ratio(
    topic: str, name: str, numerator: Sequence[float], denominator: Sequence[float], goal: float | None = None
) -> Figure:
    """The figure for a ratio, taken sample by sample: what disturbed a round disturbed both."""
    samples = [a / b for a, b in zip(numerator, denominator, strict=True)]
    return replace(figure(topic, name, "x", samples, goal), least=min(numerator) / min(denominator))
