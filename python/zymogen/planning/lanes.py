"""How many directions go in one pass."""

from __future__ import annotations

from math import prod

from zymogen.planning.function import Array

LANES = 8
"""Directions in one pass, at most. Eight doubles are one line of the cache, and one column block of a result; twice as
many gained little where it was measured, for twice the code (docs/explain/math.md). ForwardDiff stops at 12 (Revels,
Lubin and Papamarkou, Forward-mode automatic differentiation in Julia, 2016, section 5)."""


def lanes_for(count: int) -> int:
    """How many of `count` directions go in one pass: as few passes as there can be, all with the same number."""
    passes = max(1, -(-count // LANES))
    return -(-count // passes)


def lanes_along(arrays: tuple[Array, ...], *, is_whole: bool, at_most: int | None) -> int:
    """How many components of `arrays` a sweep goes along in one pass, if it may go along several.

    Parameters
    ----------
    is_whole : whether each step of the sweep begins with the first component that is left, and goes to the last
    at_most : how many there are at most, where that is known
    """
    count = _count(arrays)
    if is_whole and count is not None:
        return lanes_for(count)
    return min(at_most or LANES, count or LANES, LANES)


def _count(arrays: tuple[Array, ...]) -> int | None:
    """The number of components of all arrays, where no dimension has a name."""
    if not all(dim.isdigit() for array in arrays for dim in array.dims):
        return None
    return sum(prod(map(int, array.dims)) for array in arrays)
