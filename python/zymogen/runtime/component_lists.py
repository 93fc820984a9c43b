"""Arrays of components as lists: which axis of them the other arguments share, and the calls along it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from zymogen.planning.plan import Operand
from zymogen.runtime.axes import Places, core_last


@dataclass(frozen=True)
class ComponentLists:
    """A call with an array of components, of which one axis is taken as lists."""

    dims: tuple[tuple[str, ...], ...]
    """The core dimensions of the other arguments."""
    others: tuple[Any, ...]
    components: np.ndarray
    rank: int
    """Of the array that components point into; if it is more than 1, a component is the last axis."""
    axis: int
    """The axis of the batch that has the lists, counted from its end (negative)."""
    batch: tuple[int, ...]
    """The shape of all that is computed, without the result's own dimensions."""

    @property
    def count(self) -> int:
        """The length of each list."""
        return self.batch[self.axis]

    def shape(self, dims: Sequence[str]) -> tuple[int, ...]:
        """The shape of the result, whose own dimensions are `dims`."""
        if not dims:
            return self.batch
        sizes: dict[str, int] = {}
        for own, item in zip(self.dims, self.others, strict=True):
            sizes |= zip(own, np.shape(item)[np.ndim(item) - len(own) :], strict=True)
        return (*self.batch, *(int(dim) if dim.isdigit() else sizes[dim] for dim in dims))

    def meet(self, out: np.ndarray) -> bool:
        """Whether an array may share memory with what is still to be read when it is written."""
        arguments = (*self.others, self.components)
        return any(isinstance(item, np.ndarray) and np.may_share_memory(item, out) for item in arguments)

    def first(self, count: int) -> tuple[tuple[tuple[int, ...], ...], list[Any]]:
        """So many components of the first list, at most, and the arguments of its row."""
        components = self._lists.reshape(-1, self.count, self.rank)[0, :count]
        rows = [
            item[(0,) * (item.ndim - len(own))] if isinstance(item, np.ndarray) else item
            for own, item in zip(self.dims, self.others, strict=True)
        ]
        return tuple(map(tuple, components.tolist())), rows

    def calls(self, out: np.ndarray, lanes: int) -> Iterator[tuple[tuple[Any, ...], np.ndarray]]:
        """Arguments and results of each call. A list that is alone is cut into passes, for threads to share."""
        lists, results = self._lists, _last(out, len(self.batch) + self.axis)
        others = [self._without_axis(len(own), item) for own, item in zip(self.dims, self.others, strict=True)]
        if len(self.batch) > 1 or self.count <= lanes:
            yield (*others, lists), results
            return
        whole = self.count // lanes * lanes
        steps = results[..., :whole].reshape(*results.shape[:-1], -1, lanes)
        yield (*others, lists[:whole].reshape(-1, lanes, *lists.shape[1:])), _first(steps, steps.ndim - 2)
        if whole < self.count:
            yield (*others, lists[whole:]), results[..., whole:]

    @property
    def _lists(self) -> np.ndarray:
        """The components with the lists as the last axis, but for the numbers of a component."""
        if self.axis == -1:
            return self.components
        return np.moveaxis(self.components, self.axis - 1, -2) if self.rank > 1 else _last(self.components, self.axis)

    def _without_axis(self, rank: int, item: Any) -> Any:
        place = np.ndim(item) - rank + self.axis
        return item if place < 0 else np.squeeze(item, axis=place)


def find_lists(operands: Sequence[Operand], args: Sequence[Any], places: Sequence[Places]) -> ComponentLists | None:
    """The longest lists that the last argument has; None where it has none, or where the call is for NumPy alone.

    Lists are along an axis of which no other argument has more than one item. Only NumPy's own arrays and numbers
    are looked at.

    Parameters
    ----------
    places : where the core dimensions of each argument are

    Raises
    ------
    ValueError
        If the arguments do not fit together.
    """
    if len(args) != len(operands):
        return None
    arrays = tuple(np.asarray(item) if isinstance(item, (list, tuple)) else item for item in args)
    if not all(map(_is_known, operands, arrays)):
        return None
    arrays = tuple(map(core_last, arrays, places))
    dims = tuple(operand.dims for operand in operands)
    leading = [np.shape(item)[: np.ndim(item) - len(own)] for own, item in zip(dims, arrays, strict=True)]
    listed = leading.pop()
    shared = np.broadcast_shapes(*leading) if any(leading) else ()
    batch = np.broadcast_shapes(shared, listed) if shared else listed
    free = [axis for axis in range(-len(listed), 0) if -axis > len(shared) or shared[axis] == 1]
    components, rank = arrays[-1], operands[-1].array.rank
    if not free or not prod(batch) or (rank > 1 and components.shape[-1] != rank):
        return None
    axis = max(free, key=lambda place: listed[place])
    return ComponentLists(dims[:-1], arrays[:-1], components, rank, axis, batch)


def _is_known(operand: Operand, item: Any) -> bool:
    """Whether it is of NumPy or Python, and integers where there have to be some."""
    if type(item) is not np.ndarray and not isinstance(item, (int, float, np.generic)):
        return False
    return operand.role != "index" or (not isinstance(item, bool) and np.asarray(item).dtype.kind in "iu")


def _last(array: np.ndarray, place: int) -> np.ndarray:
    return array if place in (-1, array.ndim - 1) else np.moveaxis(array, place, -1)


def _first(array: np.ndarray, place: int) -> np.ndarray:
    return array if place == 0 else np.moveaxis(array, place, 0)
