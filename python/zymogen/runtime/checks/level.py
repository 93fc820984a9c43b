"""One level of a derivative compared with differences of the level below it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from zymogen.runtime.checks.comparison import Judgement, judge
from zymogen.runtime.checks.differences import Differences, ladder_for
from zymogen.runtime.checks.directions import Direction, Kind, nearby
from zymogen.runtime.checks.line import Line, Probe
from zymogen.runtime.checks.point import Point, results_of
from zymogen.runtime.checks.probes import probe
from zymogen.runtime.checks.projection import Results, label

if TYPE_CHECKING:
    from zymogen.runtime.kernel import Kernel

Verdict = Literal["agrees", "differs", "unknown"]

_SEARCHED = 200  # single components among which the worst entry is searched
_SAME = 1e-3  # values that are computed beside a derivative may be rounded in another way, and no more


@dataclass(frozen=True)
class Entry:
    """One entry of a derivative beside what differences say."""

    name: str
    """Such as `x_bar[3]`."""
    given: float
    expected: float
    error: float = 0.0
    """Bound for the error of `expected`."""
    along: str = ""
    """What it is the derivative along, where that is not all in the name."""
    is_value: bool = False
    """Whether it is a number of the level below itself."""

    @property
    def off(self) -> float:
        return abs(self.given - self.expected)

    @property
    def share(self) -> float:
        """How far the two are apart, relative to their size."""
        return self.off / max(abs(self.given), abs(self.expected), np.finfo(float).tiny)


@dataclass(frozen=True)
class Comparison:
    """What was found for one level."""

    derivative: Kernel
    """With this level as its outermost."""
    verdict: Verdict
    worst: Entry | None = None
    """Of those entries that could be judged; None where there is none."""
    reason: str = ""
    """Why nothing could be compared."""
    settled: bool = False
    """Whether this may be remembered: an entry that is not zero agrees, and none that is not zero was left open."""


def compare_level(
    derivative: Kernel,
    below: Kernel,
    arguments: Direction,
    rng: np.random.Generator,
    *,
    known: Results | None = None,
    singles: int = 0,
    alone: Kernel | None = None,
) -> Comparison:
    """Compare the outermost level of a derivative with differences of the level below it.

    Parameters
    ----------
    known : the derivative's results for these arguments, where a call has computed them
    singles : along so many single components as well, so that what is found has a name
    alone : the level below in a build of its own. What is done to code before Enzyme is done to a derivative and to
        what it is compared with alike, and not to this

    Raises
    ------
    ZymogenError
        If one of the two throws at this very point.
    """
    with np.errstate(all="ignore"):
        values = results_of(below, arguments)
        found = _compared(Point(derivative, below, arguments, values, rng, known, alone), singles)
        if found.verdict == "differs":
            # Zeros, ties and integers are where functions have kinks, steps and lone values: what is really wrong is
            # so beside them as well.
            moved = {name: nearby(x, rng) if x.dtype.kind == "f" else x for name, x in arguments.items()}
            again = _compared(Point(derivative, below, moved, results_of(below, moved), rng, alone=alone), singles)
            if again.verdict != "differs":
                return Comparison(derivative, "unknown", reason="it agrees with differences nearby")
        return found


class _Seen:
    """Entries along directions that move all components, or one that stands for all."""

    def __init__(self) -> None:
        # Directions through the same arguments are of the same entries.
        self._proven: dict[tuple[str, ...], np.ndarray] = {}
        self._undecided: dict[tuple[str, ...], np.ndarray] = {}

    def add(self, direction: Direction, judgement: Judgement) -> None:
        names = tuple(direction)
        self._proven[names] = judgement.proven | self._proven.get(names, False)
        self._undecided[names] = judgement.undecided | self._undecided.get(names, False)

    @property
    def left_open(self) -> bool:
        """Whether there are entries that could not be judged along any of the directions."""
        return any((entries & ~self._proven[names]).any() for names, entries in self._undecided.items())


def _compared(point: Point, singles: int) -> Comparison:
    return _Level(point, probe(point), singles).compare()


class _Level:
    def __init__(self, point: Point, probe: Probe, singles: int) -> None:
        self.point, self.probe, self.singles = point, probe, singles
        reals = [value.dtype for value in point.values if value.dtype.kind == "f"]
        self._named = False
        self.ladder = ladder_for(min(reals, key=lambda dtype: dtype.itemsize))

    def compare(self) -> Comparison:
        """Along a random direction, and along further ones where that leaves something open."""
        worst: Entry | None = None
        agrees = moved = hidden = False
        seen = _Seen()
        for kind, direction in self._directions():
            if kind == "fractional" and agrees and not seen.left_open:
                continue
            if not any(map(np.count_nonzero, direction.values())):
                continue
            line = self.probe.line(direction)
            judgement = self._judge(line, direction)
            wrong = self._changed_value(line)
            if wrong is None and judgement.differs.any():
                wrong = self._single() or self._entry(line, judgement, judgement.differs)
            if wrong is not None:
                return Comparison(self.point.derivative, "differs", wrong)
            if kind == "relative":
                seen.add(direction, judgement)
            moved, hidden = moved or bool(judgement.proven.any()), hidden or line.hidden
            # Zeros of what does not move say something only if nothing else is there.
            if judgement.proven.any() or (judgement.agrees.size and judgement.agrees.all()):
                agrees = True
                entry = self._entry(line, judgement, judgement.agrees)
                named = kind == "single" or not self.singles
                if worst is None or (named and entry.share > worst.share) or (kind == "single" and not self._named):
                    worst, self._named = entry, named
        # What stands still here may move for other arguments, and its derivative be wrong.
        settled = moved and not hidden and not seen.left_open
        return Comparison(self.point.derivative, "agrees" if agrees else "unknown", worst, settled=settled)

    def _directions(self) -> Iterator[tuple[str, Direction]]:
        kinds: tuple[Kind, ...] = ("relative", "fractional", "small")
        for kind in kinds:
            yield from ((kind, direction) for direction in self.probe.directions(kind))
        yield from (("single", direction) for direction in itertools.islice(self.probe.singles(), self.singles))

    def _judge(self, line: Line, direction: Direction) -> Judgement:
        moving = {name: u for name, u in direction.items() if np.count_nonzero(u)}
        reach = max((float(np.max(np.abs(u))) for u in moving.values()), default=0.0)
        differences = Differences(
            lambda step: self._projected(line, moving, step), line.magnitude, self.ladder, reach, line.unit
        )
        return judge(differences, line.along, line.spread)

    def _projected(self, line: Line, moving: Direction, step: float) -> np.ndarray:
        """The level below at a point of the line; NaN where the kernel refuses it."""
        arguments = self.point.arguments
        moved = {name: np.asarray(arguments[name] + u.dtype.type(step) * u) for name, u in moving.items()}
        try:
            return line.project(results_of(self.point.below, {**arguments, **moved}))
        except Exception:  # noqa: BLE001  kernels throw what they like
            return np.full_like(line.magnitude, np.nan)

    def _entry(self, line: Line, judgement: Judgement, among: np.ndarray) -> Entry:
        size = np.maximum(np.abs(judgement.given), np.abs(judgement.slope))
        share = np.abs(judgement.given - judgement.slope) / np.maximum(size, np.finfo(float).tiny)
        worst = int(np.argmax(np.where(among, share, -1.0)))
        name, along, length = line.name(worst)
        given, expected = float(judgement.given[worst]) / length, float(judgement.slope[worst]) / length
        return Entry(name, given, expected, abs(float(judgement.error[worst]) / length), along)

    def _single(self) -> Entry | None:
        """The worst entry of those with respect to single components."""
        worst: Entry | None = None
        for direction in itertools.islice(self.probe.singles(), _SEARCHED):
            line = self.probe.line(direction)
            judgement = self._judge(line, direction)
            if judgement.differs.any():
                entry = self._entry(line, judgement, judgement.differs)
                worst = entry if worst is None or entry.off > worst.off else worst
        return worst

    def _changed_value(self, line: Line) -> Entry | None:
        """A result of the level below that this level gives as well, or has as its own, and gives wrong."""
        moved = float(np.max(np.abs(line.along), initial=0.0))
        if not np.isfinite(moved):
            return None
        point = self.point
        for term in point.terms:
            if term.is_value:
                name = point.output_name(term)
                entry = _changed(name, line.results[term.position], point.values[term.below], moved)
                if entry is not None:
                    return entry
        for output, value, expected in zip(point.below.plan.outputs, point.values, point.values_alone, strict=False):
            entry = _changed(output.name, value, expected, moved)
            if entry is not None and point.repeats:
                return entry
        return None


def _changed(name: str, value: np.ndarray, expected: np.ndarray, moved: float) -> Entry | None:
    """The worst entry of a value that is not what was expected, beside derivatives of the size `moved`."""
    if value.dtype.kind != "f":
        return None
    size = float(np.max(np.abs(expected), initial=0.0))
    # Where the function amplifies rounding, so may its value.
    allowed = (_SAME if value.dtype.itemsize > 4 else 10 * _SAME) * size + moved * 2.0**-10
    off = np.abs(value.astype(np.float64) - expected)
    if not (off > allowed).any():
        return None
    at = np.unravel_index(int(np.nanargmax(off)), value.shape)
    return Entry(f"{name}{label(at)}", float(value[at]), float(expected[at]), is_value=True)
