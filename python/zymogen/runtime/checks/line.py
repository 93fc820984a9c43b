"""What there is to compare along one direction, and along which directions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from zymogen.runtime.checks.directions import Direction, Kind
from zymogen.runtime.checks.projection import Results


@dataclass(frozen=True)
class Line:
    """A level's results along a direction, and what they are derivatives of."""

    along: np.ndarray
    """One number for each entry."""
    spread: np.ndarray
    """About how large each is, if it is a sum of many terms; else 0."""
    project: Callable[[Results], np.ndarray]
    """Of the level below's results, the entries whose derivatives these are."""
    magnitude: np.ndarray
    """How large the terms of each entry are."""
    name: Callable[[int], tuple[str, str, float]]
    """Of an entry: its name, what it is the derivative along, and the length of that."""
    results: Results
    """The level's own results."""
    unit: float = 1.0
    """What stands for 1 in the entries: cotangents scale them."""
    hidden: bool = False
    """Whether parts of the level's results were left out because they are not finite."""


@dataclass(frozen=True)
class Probe:
    """How one level is compared at one point."""

    directions: Callable[[Kind], Iterator[Direction]]
    line: Callable[[Direction], Line]
    singles: Callable[[], Iterator[Direction]]
    """Directions along single components, in which the worst entry is searched."""
