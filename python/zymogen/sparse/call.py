"""The arguments of one call: sizes of the core dimensions, shape of the batch, and element types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zymogen.errors import ArgumentError
from zymogen.planning.plan import Operand
from zymogen.runtime.integers import narrowed
from zymogen.runtime.kernel import Kernel
from zymogen.runtime.recovery import wrong_count
from zymogen.sparse.products import lanes_of

# Numbers of Python take the element type of the other arguments; an array of them would have one of its own.
_NUMBERS = (float, int)


@dataclass(frozen=True)
class Call:
    """Arguments that agree in their shapes."""

    args: tuple[Any, ...]
    ranks: tuple[int, ...]
    """The number of core dimensions of each."""
    sizes: Mapping[str, int]
    batch: tuple[int, ...]

    @classmethod
    def read(cls, f: Kernel, args: tuple[Any, ...], name: str) -> Call:
        """Look at the arguments of `f`.

        Raises
        ------
        ArgumentError
            If there are too few or too many.
        ZymogenError
            If they disagree; the message is that of a call of `f` itself. Or if an integer does not fit.
        """
        operands = f.operands
        if len(args) != len(operands):
            raise ArgumentError(f"{name}: {wrong_count(args, f.arguments)}")
        arrays = tuple(_array(name, operand, item) for operand, item in zip(operands, args, strict=True))
        sizes: dict[str, int] = {}
        batches = []
        for operand, array in zip(operands, arrays, strict=True):
            shape = np.shape(array)
            rank = len(operand.dims)
            split = len(shape) - rank
            core = dict(zip(operand.dims, shape[split:], strict=True)) if split >= 0 else {}
            if split < 0 or any(sizes.setdefault(dim, size) != size for dim, size in core.items()):
                f(*args)  # says what is wrong
            batches.append(shape[: max(split, 0)])
        try:
            batch = np.broadcast_shapes(*batches)
        except ValueError:
            f(*args)
            raise
        return cls(arrays, tuple(len(operand.dims) for operand in operands), sizes, batch)

    def shape(self, dims: tuple[str, ...]) -> tuple[int, ...]:
        """The sizes of named dimensions; a fixed extent is its own name."""
        return tuple(int(dim) if dim.isdigit() else self.sizes[dim] for dim in dims)

    def first_row(self, name: str) -> Call:
        """The first row of the batch."""
        if not self.batch:
            return self
        if 0 in self.batch:
            raise ArgumentError(
                f"{name}: the batch has no rows, and a pattern is detected at one. Give pattern= or at=."
            )
        return self.row((0,) * len(self.batch))

    def row(self, place: tuple[int, ...]) -> Call:
        """One row of the batch."""
        args = []
        for array, rank in zip(self.args, self.ranks, strict=True):
            own = np.shape(array)[: np.ndim(array) - rank]
            inside = place[len(place) - len(own) :]
            row = tuple(number if size > 1 else 0 for number, size in zip(inside, own, strict=True))
            args.append(array[row] if own else array)
        return Call(tuple(args), self.ranks, self.sizes, ())

    def may_overlap(self, data: NDArray[Any]) -> bool:
        """Whether an argument may have memory in common with an array."""
        return any(isinstance(array, np.ndarray) and np.may_share_memory(array, data) for array in self.args)

    def with_axis(self) -> tuple[Any, ...]:
        """The arguments with a new axis after the batch, along which vectors of products go."""
        return tuple(
            array if np.ndim(array) <= rank else np.expand_dims(array, array.ndim - rank)
            for array, rank in zip(self.args, self.ranks, strict=True)
        )

    def halves(self) -> tuple[tuple[Call, Call], int, int]:
        """The batch cut in two, the axis of the cut, and its place there."""
        axis = int(np.argmax(self.batch))
        middle = self.batch[axis] // 2
        return (self._part(axis, slice(None, middle)), self._part(axis, slice(middle, None))), axis, middle

    def _part(self, axis: int, rows: slice) -> Call:
        args = []
        for array, rank in zip(self.args, self.ranks, strict=True):
            own = axis - len(self.batch) + np.ndim(array) - rank  # the same axis, in this array
            cut = own >= 0 and array.shape[own] > 1
            args.append(array[(slice(None),) * own + (rows,)] if cut else array)
        size = len(range(self.batch[axis])[rows])
        return Call(tuple(args), self.ranks, self.sizes, (*self.batch[:axis], size, *self.batch[axis + 1 :]))


def _array(name: str, operand: Operand, item: Any) -> Any:
    """An argument with integers in the kernel's type, which is what all products are called with."""
    if type(item) in _NUMBERS and (operand.element != "bool" or type(item) is not int):
        return item
    return narrowed(name, operand, np.asanyarray(item))


def element_type(product: Kernel, args: tuple[Any, ...], vector: tuple[int, ...]) -> np.dtype[Any]:
    """The element type in which a product with a vector of that shape is computed for these arguments.

    Raises
    ------
    ZymogenError
        If no loop of the product takes them.
    """
    given = [type(item) if type(item) in _NUMBERS else item.dtype for item in args]
    smallest = np.dtype(np.float32)  # so that the other arguments decide
    outputs = [None] * product.ufunc.nout
    try:
        return product.ufunc.resolve_dtypes((*given, smallest, *outputs))[-1]
    except TypeError:
        lanes = lanes_of(product)
        product(*args, np.zeros((lanes, *vector) if lanes > 1 else vector, smallest))  # says what is wrong
        raise
