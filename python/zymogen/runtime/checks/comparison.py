"""The verdict on entries of a derivative: they agree with differences, they differ from them, or it cannot be said.

Everything here is made so that a sound derivative is never called wrong. What differs must do so by far more than the
differences' own error, in several windows of steps that agree among each other, and nothing may speak for it: not
another window, nor much smaller or larger steps. A single window that agrees well acquits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from zymogen.runtime.checks.differences import Differences, Ladder, Window

_WINDOWS = 3  # so many must contradict: with neighbours sharing steps, five steps in all


@dataclass(frozen=True)
class Judgement:
    """What is known of every entry."""

    agrees: np.ndarray
    differs: np.ndarray
    vanishes: np.ndarray
    """Zero, and all central differences are too, but the function itself moves: right, and no proof of anything."""
    given: np.ndarray
    slope: np.ndarray
    error: np.ndarray
    """Of the slope, in its best window."""
    lost: np.ndarray
    """The slope is as good as rounding lets it be, and does not contradict what is given: no point is any better."""

    @property
    def proven(self) -> np.ndarray:
        """Entries that agree and are not zero: zeros of what stands still agree whatever the derivative's code does."""
        return np.asarray(self.agrees & (self.given != 0))

    @property
    def undecided(self) -> np.ndarray:
        """Entries of which another point may say more: kinks and numbers that are not finite, unless they are zero."""
        return np.asarray(~self.agrees & ~self.differs & ~self.lost & (self.given != 0))

    @property
    def off(self) -> np.ndarray:
        return np.asarray(np.abs(self.given - self.slope))


def judge(differences: Differences, given: np.ndarray, spread: np.ndarray) -> Judgement:
    """Compare entries of a derivative with differences.

    Parameters
    ----------
    given : the derivative along the direction of the differences, one for each entry
    spread : about how large an entry is expected to be, where it is a sum of many terms; else 0
    """
    with np.errstate(all="ignore"):
        return _judge(differences, given, spread)


def _judge(differences: Differences, given: np.ndarray, spread: np.ndarray) -> Judgement:
    ladder = differences.ladder
    agrees, vanishes = np.zeros(given.shape, bool), np.zeros(given.shape, bool)
    best, error, rounding = np.full(given.shape, np.nan), np.full(given.shape, np.inf), np.zeros(given.shape)
    windows: list[Window] = []
    for window in differences.windows():
        windows.append(window)
        zero = given == 0
        close = _close(window.slope, window.error, given, spread, ladder, ladder.trust)
        agrees |= (close & ~(zero & window.balanced)) | (zero & window.still)
        vanishes |= zero & window.balanced & ~window.still
        better = window.error < error
        best, error = np.where(better, window.slope, best), np.where(better, window.error, error)
        rounding = np.where(better, window.rounding, rounding)
        if (agrees | vanishes).all():
            break
    agrees |= _close(best, error, given, spread, ladder, 100 * ladder.trust) & ~vanishes
    left = np.isfinite(given) & ~agrees & ~vanishes
    differs = np.zeros(given.shape, bool)
    if left.any():
        against = _contradicted(windows, given, spread, ladder) | _invented(windows, differences, given)
        suspects = left & against
        suspects &= np.abs(given - best) > _negligible(differences)
        differs = suspects & ~_supported(windows, differences, given, best, suspects)
    lost = (error <= 4 * rounding) & (np.abs(given - best) <= 4 * error)
    return Judgement(agrees, differs, vanishes & ~agrees, given, best, error, lost)


def _close(
    slope: np.ndarray, error: np.ndarray, given: np.ndarray, spread: np.ndarray, ladder: Ladder, trust: float
) -> np.ndarray:
    """Entries that agree with slopes whose error is less than the part `trust` of them."""
    scale = _scale(slope, given, spread)
    allowed = 4 * error + ladder.agreement * scale
    return np.asarray((np.abs(given - slope) <= allowed) & (error <= trust * scale) & np.isfinite(given))


def _negligible(differences: Differences) -> float:
    """What a difference between slopes must exceed to be seen at all.

    Beside numbers of about 1, and most kernels add or subtract those, smaller changes are rounding: 1 - tanh(x) is, for
    x = 15. And the square of a smaller derivative cannot be represented.
    """
    ladder, reach = differences.ladder, differences.reach
    rounding = 1e4 * ladder.epsilon * min(1.0, reach) / differences.largest_step
    return differences.unit * max(rounding, math.sqrt(ladder.tiny) * reach)


def _scale(slope: np.ndarray, given: np.ndarray, spread: np.ndarray) -> np.ndarray:
    return np.asarray(np.maximum(np.maximum(np.abs(given), np.abs(slope)), spread))


def _contradicted(windows: list[Window], given: np.ndarray, spread: np.ndarray, ladder: Ladder) -> np.ndarray:
    """Entries that several windows contradict, with one voice."""
    count = np.zeros(given.shape, int)
    least, most = np.full(given.shape, np.inf), np.full(given.shape, -np.inf)
    margin, error = np.full(given.shape, np.inf), np.zeros(given.shape)
    for window in windows:
        off = np.abs(given - window.slope)
        allowed = 10 * window.error + ladder.difference * _scale(window.slope, given, spread)
        against = window.moves & window.smooth & (off > allowed)
        count += against
        least = np.where(against, np.minimum(least, window.slope), least)
        most = np.where(against, np.maximum(most, window.slope), most)
        margin = np.where(against, np.minimum(margin, off), margin)
        error = np.where(against, np.maximum(error, window.error), error)
    one_voice = np.minimum(0.1 * margin, 0.5 * np.maximum(np.abs(least), np.abs(most)) + 4 * error)
    return np.asarray((count >= _WINDOWS) & (most - least <= one_voice))


def _invented(windows: list[Window], differences: Differences, given: np.ndarray) -> np.ndarray:
    """Entries that are not zero although the function does not move.

    Functions that have run into a limit, as log(1 + exp(x)) for x = -50, do not move either, with derivatives that are
    tiny but not zero: so only what would be seen beside 1, or beside the largest entry, counts.
    """
    quiet = np.all([window.quiet for window in windows], axis=0)
    largest = np.max(differences.magnitude, initial=0.0, where=np.isfinite(differences.magnitude))
    return np.asarray(quiet & (np.abs(given) * differences.largest_step > 1e-3 * max(largest, differences.unit)))


def _supported(
    windows: list[Window], differences: Differences, given: np.ndarray, slope: np.ndarray, suspects: np.ndarray
) -> np.ndarray:
    """Suspects that some step speaks for, however softly.

    Functions may look smooth from afar only: with a fine grain, which much smaller steps see. Or from near only: where
    arguments are lost in rounding beside other numbers, which larger steps overcome.
    """
    off = np.abs(given - slope)
    supported = np.zeros(given.shape, bool)
    # Beside a step of the function one side still shows its slope.
    seen = 8 * differences.ladder.epsilon * differences.magnitude / off
    for exponent in differences.ladder.near:
        if (suspects & ~supported).any():
            resolved = 2.0**-exponent >= seen
            for near in differences.slopes_at(exponent):
                supported |= resolved & (np.abs(given - near) <= 0.25 * off)
    # Large steps see what is lost in a coarse grain. Of what has a limit, or oscillates, their slopes vanish.
    before = np.zeros(given.shape, bool)
    for exponent in differences.coarse():
        if (suspects & ~supported).any():
            hit = np.abs(given - differences.slopes_at(exponent)[0]) <= 0.3 * off
            supported |= before & hit & (np.abs(given) >= 0.01 * np.abs(slope))
            before = hit
    plain = (np.abs(given) >= 0.1 * np.abs(slope)) & (off > 0.05 * np.abs(slope))
    for exponent in differences.far():
        if (suspects & plain & ~supported).any():
            supported |= plain & (np.abs(given - differences.slopes_at(exponent)[0]) <= 0.1 * off)
    for window in windows:
        for other in (window.slope, *window.slopes):
            supported |= plain & (np.abs(given - other) <= 0.3 * off)
    return supported
