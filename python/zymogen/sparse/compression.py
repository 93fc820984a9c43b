"""From products with a few vectors to all entries: vectors of one block of colours, the products, and what is where."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zymogen import _core
from zymogen.runtime.kernel import Kernel
from zymogen.sparse.call import Call
from zymogen.sparse.memory import LIMIT, vectors_within_limit
from zymogen.sparse.products import lanes_of


@dataclass(frozen=True)
class Block:
    """Colours `first` to `last`, whose products are computed together, and the entries that are found in them."""

    first: int
    last: int
    places: NDArray[np.intp]
    """Where its vectors, one after the other, are 1."""
    source: NDArray[Any]
    """For each entry, its place in the products of the block, one after the other."""
    target: NDArray[np.int64] | None
    """The numbers of the entries; None if they are all there are, in order."""

    @property
    def count(self) -> int:
        return self.last - self.first


@dataclass
class Workspace:
    """Memory of one call at a time. It is kept for the next one, which then allocates nothing."""

    vectors: NDArray[Any]
    filled: Block | None = None
    """The block whose colours the vectors have at this time; None where that is not known."""
    _numbers: dict[str, NDArray[Any]] = field(default_factory=dict)

    def numbers(self, use: str, count: int) -> NDArray[Any]:
        """An array of so many numbers, with any content, for a use of this name."""
        kept = self._numbers.get(use)
        if kept is None or kept.size < count:
            kept = self._numbers[use] = np.empty(count, self.vectors.dtype)
        return kept[:count]

    def fill(self, block: Block) -> None:
        """Make the vectors those of a block."""
        before, self.filled = self.filled, None  # an interrupt may leave them half done
        flat = self.vectors.reshape(-1)
        flat[slice(None) if before is None else before.places] = 0
        flat[block.places] = 1
        self.filled = block


@dataclass(frozen=True)
class Compression:
    """How all entries are computed.

    Parameters
    ----------
    product : multiplies by a vector, its last argument
    colors : the colour of each place of a vector
    sources : for each entry, colour * (length of a product) + place in the product
    given, result : shapes of a vector and of a product
    dtype : element type of all of them
    """

    product: Kernel
    colors: NDArray[np.int32]
    sources: NDArray[np.int64]
    given: tuple[int, ...]
    result: tuple[int, ...]
    dtype: np.dtype[Any]
    _idle: list[Workspace] = field(default_factory=list, compare=False)

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        count = int(self.colors.max(initial=-1)) + 1
        each, length = prod(self.given), prod(self.result)
        size = min(count, vectors_within_limit(each + length, self.dtype.itemsize, self.lanes))
        index = np.int32 if size * length < 2**31 else np.int64
        places = self.colors.astype(np.intp) * each + np.arange(each)
        if size == count:
            return (Block(0, count, places, self.sources.astype(index), None),)
        of_vectors, of_entries = _Parts(self.colors, count), _Parts(self.sources // length, count)
        blocks = []
        for first in range(0, count, size):
            last = min(first + size, count)
            target = of_entries.numbers(first, last)
            source = (self.sources[target] - first * length).astype(index)
            blocks.append(Block(first, last, places[of_vectors.numbers(first, last)] - first * each, source, target))
        return tuple(blocks)

    @property
    def memory(self) -> int:
        """Bytes of work buffers for each call that runs at the same time, without a batch."""
        if not self.sources.size:
            return 0
        vectors = self._padded(self.blocks[0].count) * prod(self.given)
        return (vectors + self._numbers_of_row) * self.dtype.itemsize

    @property
    def _numbers_of_row(self) -> int:
        """Numbers of work buffers for each row of a batch: products, and entries that are picked from them."""
        picked = max(len(block.source) for block in self.blocks) if len(self.blocks) > 1 else 0
        return self._padded(self.blocks[0].count) * prod(self.result) + picked

    @cached_property
    def lanes(self) -> int:
        """How many vectors are multiplied in one pass."""
        return lanes_of(self.product)

    def _padded(self, count: int) -> int:
        """The number of vectors for `count` colours, with zeros at the end, so that all lanes have one."""
        return -(-count // self.lanes) * self.lanes

    @property
    def plan_memory(self) -> int:
        """Bytes that say where vectors are 1 and where each entry is found."""
        targets = (block.target for block in self.blocks)
        places = sum(block.places.nbytes + block.source.nbytes for block in self.blocks)
        return places + sum(target.nbytes for target in targets if target is not None)

    def fill(self, call: Call, data: NDArray[Any]) -> None:
        """Compute all entries.

        Parameters
        ----------
        data : array of shape (*batch, entries) that they are written to
        """
        if not data.size:
            return
        try:
            workspace = self._idle.pop()
        except IndexError:  # another thread has it
            workspace = Workspace(np.empty((self._padded(self.blocks[0].count), prod(self.given)), self.dtype))
        try:
            self._fill(call, data, workspace)
        finally:
            self._idle.append(workspace)

    def _fill(self, call: Call, data: NDArray[Any], workspace: Workspace) -> None:
        rows = prod(call.batch)
        if rows > 1 and rows * self._numbers_of_row * self.dtype.itemsize > LIMIT:
            (first, second), axis, middle = call.halves()
            before = (slice(None),) * axis
            self._fill(first, data[(*before, slice(None, middle))], workspace)
            self._fill(second, data[(*before, slice(middle, None))], workspace)
            return
        dense = data if data.flags.c_contiguous and data.dtype == self.dtype else np.empty(data.shape, self.dtype)
        flat = dense.reshape(rows, data.shape[-1])
        args = call.with_axis()
        for block in self.blocks:
            count = self._padded(block.count)
            width = count * prod(self.result)
            products = workspace.numbers("products", rows * width)
            shape = (*call.batch, *self._together(count), *self.result)
            self.product(*args, self._vectors(block, workspace), out=products.reshape(shape))
            if block.target is None:
                _core.gather(products.reshape(rows, width), block.source, flat)
            else:
                picked = workspace.numbers("picked", rows * len(block.source)).reshape(rows, len(block.source))
                _core.gather(products.reshape(rows, width), block.source, picked)
                flat[:, block.target] = picked
        if dense is not data:
            data[...] = dense

    def _vectors(self, block: Block, workspace: Workspace) -> NDArray[Any]:
        """Sums of unit vectors, one for each colour of the block."""
        count = self._padded(block.count)
        if workspace.filled is not block:
            workspace.fill(block)
        return workspace.vectors[:count].reshape(*self._together(count), *self.given)

    def _together(self, count: int) -> tuple[int, ...]:
        """The axes of `count` vectors: passes, and lanes where there are any."""
        return (count // self.lanes, self.lanes) if self.lanes > 1 else (count,)


class _Parts:
    """Numbers of things in the order of their colours, so that those of some colours are found quickly."""

    def __init__(self, colors: NDArray[Any], count: int) -> None:
        self._order = np.argsort(colors, kind="stable")
        self._starts = np.searchsorted(colors[self._order], np.arange(count + 1))

    def numbers(self, first: int, last: int) -> NDArray[np.int64]:
        """Those of colours `first` to `last`."""
        return self._order[self._starts[first] : self._starts[last]]
