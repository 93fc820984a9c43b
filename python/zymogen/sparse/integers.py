"""Sizes and integer arguments, which decide what depends on what: those that a detected pattern was detected with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zymogen.runtime.kernel import Kernel
from zymogen.runtime.ufunc import dtype_of
from zymogen.sparse.call import Call

_PIECE = 1 << 14
"""Integers that are compared at a time: all of them fit into a processor's first cache."""


@dataclass(frozen=True)
class _Last:
    """Sizes and integers of the last call; arrays are copies, because the user may change his own in place."""

    sizes: Mapping[str, int]
    values: tuple[NDArray[Any], ...]


class Integers:
    """The combinations of sizes, integers, truth values and components that a pattern was detected with.

    Index arrays connect what nothing else connects, flags choose branches, and so the pattern that was found with
    some of them says nothing of others.
    """

    def __init__(self, f: Kernel) -> None:
        self._places = tuple(
            place for place, operand in enumerate(f.operands) if dtype_of(operand.element).kind in "iub"
        )
        self._met: frozenset[bytes] = frozenset()
        self._last: _Last | None = None

    def have_met(self, call: Call) -> bool:
        """Whether a call has what the last one had; this is quick, and others may still have been met."""
        last = self._last
        return (
            last is not None
            and last.sizes == call.sizes
            and all(_equal(call.args[place], value) for place, value in zip(self._places, last.values, strict=True))
        )

    def unmet(self, call: Call) -> dict[bytes, tuple[int, ...]]:
        """For each combination that was not met yet, a key for it and the first row of the batch that has it."""
        if 0 in call.batch or self.have_met(call):
            return {}
        values = self._values(call)
        if not _are_integers(values):
            return {}  # the kernel refuses them
        return {key: row for key, row in self._rows(call, values).items() if key not in self._met}

    def meet(self, call: Call, keys: Mapping[bytes, Any]) -> None:
        """The pattern has everything that was found for `keys`, which is all that this call has to add."""
        self._met = self._met.union(keys)  # another set, because this one may be on its way into a pickle
        values = self._values(call)
        if 0 not in call.batch and _are_integers(values):
            self._last = _Last(dict(call.sizes), tuple(map(np.array, values)))

    def _values(self, call: Call) -> tuple[NDArray[Any], ...]:
        return tuple(np.asarray(call.args[place]) for place in self._places)

    def _rows(self, call: Call, values: tuple[NDArray[Any], ...]) -> dict[bytes, tuple[int, ...]]:
        """All combinations of a call, each with its first row."""
        shared: dict[int, bytes] = {}
        varying: dict[int, NDArray[np.int64]] = {}
        for place, value in zip(self._places, values, strict=True):
            rank, integers = call.ranks[place], value.astype(np.int64)
            if value.ndim == rank:
                shared[place] = _digest(integers.tobytes())
            else:
                core = integers.shape[value.ndim - rank :]
                varying[place] = np.broadcast_to(integers, call.batch + core).reshape(prod(call.batch), prod(core))
        sizes = repr(sorted(call.sizes.items())).encode()
        found = {}
        for number, parts in _different(varying, prod(call.batch)):
            row = tuple(map(int, np.unravel_index(number, call.batch))) if call.batch else ()
            found[_digest(sizes + b"".join((shared | parts)[place] for place in self._places))] = row
        return found


def _different(tables: Mapping[int, NDArray[np.int64]], rows: int) -> list[tuple[int, dict[int, bytes]]]:
    """Rows that differ in any table, each where it is first, with a digest of its part of each table."""
    if not tables:
        return [(0, {})]
    table = np.concatenate(list(tables.values()), axis=1)
    text, width = table.tobytes(), table.shape[1] * table.itemsize
    firsts = {text[row * width : (row + 1) * width]: row for row in reversed(range(rows))}
    ends = np.cumsum([0, *(part.shape[1] * part.itemsize for part in tables.values())]).tolist()
    return [
        (row, {place: _digest(key[a:b]) for place, (a, b) in zip(tables, pairwise(ends), strict=True)})
        for key, row in sorted(firsts.items(), key=lambda item: item[1])
    ]


def _digest(text: bytes) -> bytes:
    return blake2b(text, digest_size=16).digest()


def _are_integers(values: Iterable[NDArray[Any]]) -> bool:
    return all(value.dtype.kind in "iub" for value in values)


def _equal(argument: Any, known: NDArray[Any]) -> bool:
    """Whether an argument is what it was, without an array of its size."""
    value = np.asarray(argument)
    if value.shape != known.shape or value.dtype != known.dtype:
        return False
    if known.size <= _PIECE or not (value.flags.c_contiguous and known.flags.c_contiguous):
        return np.array_equal(value, known)
    flat, other = value.reshape(-1), known.reshape(-1)
    return all(
        np.array_equal(flat[start : start + _PIECE], other[start : start + _PIECE])
        for start in range(0, known.size, _PIECE)
    )
