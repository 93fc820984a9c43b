"""How the results of a ufunc, a flat tuple, are handed to the caller: nested as the operator promises."""

from __future__ import annotations

from collections.abc import Mapping

Structure = int | tuple["Structure", ...]
"""The position of a result, or a tuple of structures: `(0, (1, 2))` is a value and a pair of gradients."""


def flat(count: int) -> Structure:
    """NumPy's own way: one result by itself, several as a tuple."""
    return 0 if count == 1 else tuple(range(count))


def is_flat(structure: Structure, count: int) -> bool:
    """Whether a structure is NumPy's own, so that nothing has to be arranged."""
    return structure == flat(count)


def renumbered(structure: Structure, positions: Mapping[int, int]) -> Structure:
    """The same structure with results at other positions; those without one are left out of their tuples."""
    if isinstance(structure, int):
        return positions[structure]
    return tuple(renumbered(part, positions) for part in structure if not isinstance(part, int) or part in positions)
