"""Derivatives of a function of one real number at 0, from differences, with bounds for their errors.

Central differences at steps t, t / q, t / q^2 are extrapolated (L. F. Richardson, The deferred approach to the limit,
1927). Which steps are good is not known beforehand: large ones see curvature, small ones see rounding. So there are
several windows of three steps, and each says how much it can be trusted (as in C. J. F. Ridders, Accurate computation
of F'(x) and F'(x) F''(x), 1982).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Ladder:
    """Steps and tolerances for one element type."""

    epsilon: float
    tiny: float
    """The smallest number of full precision."""
    ratio: int
    """Of neighbouring steps, a power of two."""
    starts: tuple[int, ...]
    """Exponents of the windows' largest steps, the most promising window first: steps are 2^-start, ..."""
    agreement: float
    """What agrees to this part is right."""
    difference: float
    """What disagrees by this part, in several windows, is wrong."""
    trust: float
    """A window is good enough to agree with if its error is less than this part; failing that, 100 times as much."""
    near: tuple[int, ...]
    """Exponents of smaller steps, at which suspects are looked at once more."""

    @property
    def shift(self) -> int:
        return self.ratio.bit_length() - 1


DOUBLE = Ladder(
    2.0**-52, 2.0**-1022, 4, (10, 12, 14, 16, 18, 20, 8, 6, 4), 1e-6, 1e-4, 1e-5, (26, 29, 32, 35, 38, 41, 44, 47)
)
FLOAT = Ladder(2.0**-23, 2.0**-126, 2, (5, 6, 7, 4, 3, 2), 1e-2, 3e-2, 1e-3, (10, 12, 14, 16, 18))

_FAR = 2.0**-6  # no argument is moved further than this and its own size


def ladder_for(dtype: np.dtype[np.generic]) -> Ladder:
    """Steps and tolerances for functions with results of an element type."""
    return FLOAT if dtype.itemsize <= 4 else DOUBLE


@dataclass(frozen=True)
class Window:
    """What three steps say of every entry."""

    slope: np.ndarray
    error: np.ndarray
    """Bound of the slope's error: truncation, rounding, and how far one-sided slopes are apart (a kink)."""
    rounding: np.ndarray
    """The share of rounding in it."""
    moves: np.ndarray
    """Whether the function changes by much more than rounding, at every step."""
    smooth: np.ndarray
    """Whether the error is small beside the slope, or no more than rounding makes it."""
    quiet: np.ndarray
    """Whether the function changes by no more than rounding, at every step."""
    still: np.ndarray
    """Whether the function has one and the same value at all steps."""
    balanced: np.ndarray
    """Whether all central differences are exactly zero."""
    slopes: tuple[np.ndarray, ...]
    """The central differences themselves."""


class Differences:
    """A function of one number, with many entries, near 0.

    Parameters
    ----------
    function : gives entries as float64, NaN where it cannot be evaluated
    magnitude : size of the terms that each entry is a sum of, which decides on rounding
    reach : how far arguments move, at most, for a step of 1
    unit : what stands for 1 in the entries
    """

    def __init__(
        self,
        function: Callable[[float], np.ndarray],
        magnitude: np.ndarray,
        ladder: Ladder,
        reach: float = 1.0,
        unit: float = 1.0,
    ) -> None:
        self.function, self.ladder, self.reach, self.unit = function, ladder, reach, unit
        self.center = function(0.0)
        largest = float(np.max(magnitude, initial=0.0, where=np.isfinite(magnitude)))
        self._own = np.maximum(magnitude, ladder.tiny)
        self.magnitude = np.maximum(self._own, 1e-3 * largest)
        self._sides: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def windows(self) -> Iterator[Window]:
        """The windows, most promising first; evaluated as they are asked for."""
        for start in self.ladder.starts:
            yield self._window(start)

    def far(self) -> Iterator[int]:
        """Exponents of steps beyond the windows', as far as arguments of this size may be moved."""
        exponent = min(self.ladder.starts) - self.ladder.shift
        while exponent >= 0 or (exponent > -120 and self.reach * 2.0**-exponent <= _FAR):
            yield exponent
            exponent -= self.ladder.shift

    def coarse(self) -> tuple[int, ...]:
        """Exponents of large steps, up to the size of the arguments themselves."""
        return tuple(range(min(self.ladder.starts), -1, -self.ladder.shift))

    @property
    def largest_step(self) -> float:
        return float(2.0 ** -min(self.ladder.starts))

    def slopes_at(self, exponent: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The central difference at the step 2^-exponent, and those ahead and behind."""
        ahead, behind = self._at(exponent)
        return (
            (ahead - behind) * 2.0 ** (exponent - 1),
            (ahead - self.center) * 2.0**exponent,
            (self.center - behind) * 2.0**exponent,
        )

    def _at(self, exponent: int) -> tuple[np.ndarray, np.ndarray]:
        if exponent not in self._sides:
            step = 2.0**-exponent
            self._sides[exponent] = self.function(step), self.function(-step)
        return self._sides[exponent]

    def _window(self, start: int) -> Window:
        shift, q = self.ladder.shift, float(self.ladder.ratio)
        exponents = (start, start + shift, start + 2 * shift)
        sides = [self._at(exponent) for exponent in exponents]
        central = [self.slopes_at(exponent)[0] for exponent in exponents]
        coarse, fine = ((q * q * central[i + 1] - central[i]) / (q * q - 1) for i in (0, 1))
        slope = (q**4 * fine - coarse) / (q**4 - 1)
        # Ahead minus behind: its part of even order in t vanishes with t, what stays is a kink.
        bends = [(a - 2 * self.center + b) * 2.0**exponent for (a, b), exponent in zip(sides, exponents, strict=True)]
        kink = np.abs((q * bends[2] - bends[1]) / (q - 1))
        least = 16 * self.ladder.epsilon * self.magnitude
        rounding = least * 2.0 ** exponents[-1]
        error = np.abs(fine - coarse) / 4 + kink + rounding
        own = 1024 * self.ladder.epsilon * self._own
        smooth = (error <= np.abs(slope) / 8) | (error <= own * 2.0 ** exponents[-1])
        changes = [np.abs(a - b) > 8 * least for a, b in sides]
        apart = [np.maximum(np.abs(a - self.center), np.abs(b - self.center)) for a, b in sides]
        quiet = np.isfinite(self.center) & np.all([change <= own / 8 for change in apart], axis=0)
        still = np.isfinite(self.center) & np.all([(a == self.center) & (b == self.center) for a, b in sides], axis=0)
        balanced = np.all([a == b for a, b in sides], axis=0)
        return Window(slope, error, rounding, np.all(changes, axis=0), smooth, quiet, still, balanced, tuple(central))
