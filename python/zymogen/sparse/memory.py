"""How much memory the vectors and products of one call may take together."""

from __future__ import annotations

LIMIT = 64 * 2**20
"""Bytes."""


def vectors_within_limit(length: int, itemsize: int) -> int:
    """How many vectors fit, at least one; `length` counts the numbers of one vector and its product."""
    return max(1, LIMIT // max(1, length * itemsize))
