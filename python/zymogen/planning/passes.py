"""How many times compiled code goes through a nest for one row: a formula in the sizes, and its value."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zymogen.planning.function import Array
    from zymogen.planning.sweep import Sweep


def formula(sweeps: Sequence[Sweep]) -> str:
    """The number of passes for one row, such as `ceil(n / 8)`; a plain number where no size matters."""
    factors: list[str] = []
    for sweep in sweeps:
        total = _total(sweep)
        if sweep.start is not None:
            # The sum runs over the index before, whose own factor it replaces.
            factors[-1] = f"sum of {_chunks('k', sweep.lanes)} for k = 1 to {total}"
        else:
            factors.append(_chunks(total, sweep.lanes))
    several = len(factors) > 1
    return " * ".join(f"({factor})" if several and " " in factor else factor for factor in factors) or "1"


def count(sweeps: Sequence[Sweep], sizes: Mapping[str, int]) -> int:
    """Its value for given sizes of all dimensions, those of lists among them."""
    passes = 1
    for position, sweep in enumerate(sweeps):
        total = _size(sweep, sizes)
        follower = sweeps[position + 1] if position + 1 < len(sweeps) else None
        if sweep.start is not None:
            passes *= _triangle(total, sweep.lanes)
        elif follower is None or follower.start is None:
            passes *= math.ceil(total / sweep.lanes)
    return passes


def _triangle(total: int, lanes: int) -> int:
    """The sum of ceil(k / lanes) for k = 1 to total."""
    whole, rest = divmod(total, lanes)
    return lanes * whole * (whole + 1) // 2 + rest * (whole + 1)


def _chunks(total: str, lanes: int) -> str:
    if total.isdigit():
        return str(math.ceil(int(total) / lanes))
    return total if lanes == 1 else f"ceil({total} / {lanes})"


def _total(sweep: Sweep) -> str:
    if sweep.listing is not None:
        return sweep.listing.count
    if all(dim.isdigit() for array in sweep.arrays for dim in array.dims):
        return str(_size(sweep, {}))
    terms = [" * ".join(array.dims) or "1" for array in sweep.arrays]
    return terms[0] if len(terms) == 1 else f"({' + '.join(terms)})"


def _size(sweep: Sweep, sizes: Mapping[str, int]) -> int:
    if sweep.listing is not None:
        return sizes[sweep.listing.count]
    return sum(_components(array, sizes) for array in sweep.arrays)


def _components(array: Array, sizes: Mapping[str, int]) -> int:
    return math.prod(int(dim) if dim.isdigit() else sizes[dim] for dim in array.dims)
