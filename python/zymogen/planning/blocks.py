"""Which derivatives can go through blocks: rows of a batch side by side, one instruction for several of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod

from zymogen.planning.function import Array, Function, Listing, Seed

LINE = 64
"""Bytes of a line of the cache, and of the longest vector of x86-64. A block has as many rows as a line has numbers."""

MOST_NUMBERS = 1024
"""The numbers that one row may have, results and working arrays with it. All loops over them are written out, and
compilers take several seconds for so many (docs/explain/toolchain.md)."""

_BYTES = {"double": 8, "float": 4}


def rows_of_block(arrays: Iterable[Array]) -> int:
    """How many rows are side by side, where an entry has these arrays."""
    return LINE // max((_BYTES[array.element] for array in arrays if array.is_real), default=8)


def numbers(array: Array) -> int:
    """The numbers of an array whose dimensions are all fixed."""
    return array.lanes * prod(map(int, array.dims))


def obstacle(sizes: Sequence[str], outermost: Function) -> str:
    """What keeps rows from going side by side; empty where nothing that a plan knows does."""
    if sizes:
        return f"the size {sizes[0]} is not known when it is built"
    if any(isinstance(item, Listing) for item in outermost.inputs):
        return "its components are a list"
    for item in outermost.inputs:
        if isinstance(item, Array) and item.by_value:
            return f"{item.name} is an integer, which may decide how many steps a row takes"
    seeds = (item.array for item in outermost.inputs if isinstance(item, Seed))
    total = sum(map(numbers, (*outermost.arrays, *outermost.results, *outermost.scratch, *seeds)))
    if total > MOST_NUMBERS:
        return f"a row has {total} numbers with results and working arrays, and {MOST_NUMBERS} are the most"
    return ""
