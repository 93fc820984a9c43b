"""A measured figure: its middle and its spread, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import quantiles


@dataclass(frozen=True)
class Figure:
    """One row of the report."""

    problem: str
    size: str
    quantity: str
    contender: str
    samples: tuple[float, ...] = ()
    """Sample k of all figures that were measured together is of the same round."""
    missing: str = ""
    """Why there are no samples."""
    note: str = ""
    """Of the ways that a library has, the one that was the fastest."""
    unit: str = "s"
    """Seconds of one call; nothing for a count."""

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.problem, self.size, self.quantity, self.contender

    @property
    def median(self) -> float:
        return spread(self.samples)[1]

    def row(self) -> dict[str, object]:
        """Values that JSON can hold."""
        row: dict[str, object] = dict(zip(("problem", "size", "quantity", "contender"), self.key, strict=True))
        if self.missing:
            return row | {"missing": self.missing}
        lower, median, upper = spread(self.samples)
        row |= {"unit": self.unit, "median": median, "lower": lower, "upper": upper, "least": min(self.samples)}
        return row | {"samples": len(self.samples), "note": self.note}


def spread(samples: tuple[float, ...]) -> tuple[float, float, float]:
    """First quartile, median and third quartile."""
    if len(samples) == 1:
        return (samples[0],) * 3
    lower, median, upper = quantiles(samples, n=4, method="inclusive")
    return lower, median, upper
