"""How much memory the vectors and products of one call may take together."""

from __future__ import annotations

LIMIT = 64 * 2**20
"""Bytes."""


def vectors_within_limit(length: int, itemsize: int = 8, lanes: int = 1) -> int:
    """How many vectors fit, a multiple of `lanes` and at least so many.

    Parameters
    ----------
    length : numbers of one vector and its product
    lanes : how many vectors go together
    """
    return max(1, LIMIT // max(1, length * itemsize) // lanes) * lanes
