"""Detection of a pattern by probing groups of columns, and splitting those groups that have entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from zymogen import _core
from zymogen.planning.cost import REVERSE_IN_FORWARD_PASSES
from zymogen.sparse.pattern import pattern_of
from zymogen.sparse.probe import Probe

_SPLIT = 4
"""Parts of a group. A row that depends on one column costs _SPLIT passes on each of log(n) / log(_SPLIT) levels, which
is least for 3; 4 has fewer levels."""
_LONG_ROW_COST = REVERSE_IN_FORWARD_PASSES
"""Passes that are saved before a row is probed by itself, which takes one reverse pass."""
_LEAST_GAIN = 64
"""Passes that are saved before the reverse mode is used at all, because it may have to be compiled."""


@dataclass(frozen=True)
class Detection:
    """How a pattern was found."""

    passes: int
    """Passes through derivative code."""
    seconds: float
    """Without the time in which this code was compiled."""
    points: int

    def __add__(self, other: Detection) -> Detection:
        return Detection(self.passes + other.passes, self.seconds + other.seconds, self.points + other.points)

    def __str__(self) -> str:
        points = "1 point" if self.points == 1 else f"{self.points} points"
        return f"detected at {points} with {self.passes} passes in {self.seconds:.2g} s"


class Stopwatch:
    """Counts passes, and seconds from its start."""

    def __init__(self) -> None:
        self._start = perf_counter()
        self.passes = 0

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave out the time of something else, such as compiling."""
        start = perf_counter()
        yield
        self._start += perf_counter() - start

    def read(self, points: int) -> Detection:
        return Detection(self.passes, perf_counter() - self._start, points)


def detect(columns: Probe, rows: Callable[[], Probe | None], shape: tuple[int, int]) -> csr_array:
    """The pattern at one point.

    Parameters
    ----------
    columns : tells which rows depend on a group of columns
    rows : gives what tells which columns a row depends on, or None if that is not possible; it is asked when there
        are rows with so many entries that groups of columns can hardly be probed together

    Notes
    -----
    Source: Gillis and Diehl, Hierarchical seeding for efficient sparsity pattern recovery in automatic
    differentiation, CSC 2011. Groups whose known rows do not meet are probed in one pass: they are structurally
    orthogonal columns of the pattern of groups, so the colouring of columns finds them.
    """
    m, n = shape
    if not (m and n):
        return _empty(shape)
    known = _Groups(np.array([0, n]), np.array([0, m]), np.arange(m, dtype=np.int32))
    found: list[tuple[NDArray[Any], NDArray[Any]]] = []
    while len(known.index):
        long = known.long_rows(m)
        probe = rows() if long.size else None
        if probe is not None:
            found.append(_whole_rows(probe, long, m))
            known = known.without(long, m)
            if not len(known.index):
                break
        known = _probed(known.split(n), columns, m)
        if len(known.bounds) == n + 1:
            found.append((known.index, np.repeat(np.arange(n), np.diff(known.start))))
            break
    if not found:
        return _empty(shape)
    return pattern_of(np.concatenate([r for r, _ in found]), np.concatenate([c for _, c in found]), shape)


@dataclass(frozen=True)
class _Groups:
    """Neighbouring columns in groups, and which rows may depend on each.

    Group g is columns bounds[g] to bounds[g + 1], and has entries in no other rows than index[start[g]:start[g + 1]].
    """

    bounds: NDArray[np.int64]
    start: NDArray[np.int64]
    index: NDArray[np.int32]

    def split(self, n: int) -> _Groups:
        """Smaller groups, of which all that is known is what was known of the larger ones."""
        count = min(n, _SPLIT * (len(self.bounds) - 1))
        bounds = np.arange(count + 1) * n // count
        parent = np.searchsorted(self.bounds, bounds[:-1], "right") - 1
        length = np.diff(self.start)[parent]
        start = np.concatenate([[0], np.cumsum(length)])
        places = np.arange(start[-1]) + np.repeat(self.start[parent] - start[:-1], length)
        return _Groups(bounds, start, self.index[places])

    def keep(self, entries: NDArray[np.bool_]) -> _Groups:
        """The same groups with some of the entries."""
        kept = np.concatenate([[0], np.cumsum(entries)])
        return _Groups(self.bounds, kept[self.start], self.index[entries])

    def without(self, rows: NDArray[Any], m: int) -> _Groups:
        """The same groups with no entries in some rows."""
        dropped = np.zeros(m, bool)
        dropped[rows] = True
        return self.keep(~dropped[self.index])

    def long_rows(self, m: int) -> NDArray[np.int64]:
        """Rows that are cheaper to probe by themselves.

        Each takes _LONG_ROW_COST; the rest take at least as many passes as the longest of them has groups, each split.
        """
        counts = np.bincount(self.index, minlength=m)
        rows = np.argsort(-counts, kind="stable")
        sorted_counts = np.append(counts[rows], 0)
        costs = _LONG_ROW_COST * np.arange(m + 1) + _SPLIT * sorted_counts
        best = int(np.argmin(costs))
        return rows[:best] if costs[0] - costs[best] >= _LEAST_GAIN else rows[:0]


def _probed(groups: _Groups, columns: Probe, m: int) -> _Groups:
    """The groups with those entries that there are."""
    colors = _core.color_columns(groups.start, groups.index, m, "natural")
    color_of_column = np.repeat(colors, np.diff(groups.bounds))
    color_of_entry = np.repeat(colors, np.diff(groups.start))
    entries = np.zeros(len(groups.index), bool)
    for first, depends in columns.results(color_of_column, int(colors.max()) + 1):
        if len(depends) > colors.max():
            entries = depends[color_of_entry, groups.index]
            break
        now = np.flatnonzero((color_of_entry >= first) & (color_of_entry < first + len(depends)))
        entries[now] = depends[color_of_entry[now] - first, groups.index[now]]
    return groups.keep(entries)


def _whole_rows(probe: Probe, rows: NDArray[Any], m: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """All entries of some rows, one pass for each row."""
    groups = np.full(m, -1, np.int32)
    groups[rows] = np.arange(len(rows))
    found = []
    for first, depends in probe.results(groups, len(rows)):
        numbers, columns = np.nonzero(depends)
        found.append((rows[first + numbers], columns))
    return np.concatenate([r for r, _ in found]), np.concatenate([c for _, c in found])


def _empty(shape: tuple[int, int]) -> csr_array:
    return pattern_of(np.empty(0, np.int64), np.empty(0, np.int64), shape)
