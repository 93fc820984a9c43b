"""Entries of the level below that a level's results are derivatives of, laid out one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from zymogen.runtime.checks.correspondence import Term

Results: TypeAlias = tuple[np.ndarray, ...]

_MOST = 2**16  # entries that are compared
_BLOCK = 2**20  # entries that are worked on at once


@dataclass(frozen=True)
class Group:
    """One result of the level below, and what the level has for it."""

    below: int
    terms: tuple[Term, ...]
    """One, or one for each argument whose components are counted by last dimensions."""
    rows: np.ndarray | None = None
    """Flat numbers of the components of the result below that are wanted, in its first `rank` dimensions."""
    rank: int = 0
    at: tuple[int, ...] | None = None
    """The component, in the last dimensions, that is wanted alone."""

    def picked(self, value: np.ndarray) -> np.ndarray:
        """What is wanted of the result below."""
        if self.rows is not None:
            return np.asarray(value.reshape((-1, *value.shape[self.rank :]))[self.rows])
        if self.at is None:
            return value
        place: tuple[Any, ...] = (..., *self.at)
        return np.asarray(value[place])


@dataclass(frozen=True)
class Projection:
    """The entries of several groups, and which of them are kept where there are too many."""

    groups: tuple[Group, ...]
    shapes: tuple[tuple[int, ...], ...]
    kept: np.ndarray | None

    @classmethod
    def of(cls, groups: Sequence[Group], values: Results, rng: np.random.Generator) -> Projection:
        shapes = tuple(group.picked(values[group.below]).shape for group in groups)
        total = sum(int(np.prod(shape)) for shape in shapes)
        kept = np.sort(rng.choice(total, _MOST, replace=False)) if total > _MOST else None
        return cls(tuple(groups), shapes, kept)

    def entries(self, values: Results) -> np.ndarray:
        """The entries of the level below."""
        return self.flat([group.picked(values[group.below]) for group in self.groups])

    def flat(self, arrays: Sequence[np.ndarray]) -> np.ndarray:
        """One array for each group, as entries."""
        together = np.concatenate([np.asarray(array, dtype=np.float64).ravel() for array in arrays] or [np.empty(0)])
        return together if self.kept is None else together[self.kept]

    def place(self, number: int) -> tuple[Group, tuple[int, ...]]:
        """The group of an entry, and its index in what is picked there."""
        rest = number if self.kept is None else int(self.kept[number])
        for group, shape in zip(self.groups, self.shapes, strict=True):
            size = int(np.prod(shape))
            if rest < size:
                return group, unravelled(rest, shape)
            rest -= size
        raise IndexError(number)


def contracted(result: np.ndarray, direction: np.ndarray, listed: np.ndarray | None) -> np.ndarray:
    """The sum over last dimensions of a result times a direction.

    Parameters
    ----------
    listed : flat numbers of the components that the last dimension counts; all of them if None
    """
    if listed is None:
        vector = direction.astype(np.float64).ravel()
        matrix = result.reshape((*result.shape[: result.ndim - direction.ndim], direction.size))
    else:
        vector = np.zeros(len(listed))
        _, first = np.unique(listed, return_index=True)  # a component that is listed twice moves once
        vector[first] = direction.ravel()[listed[first]]
        matrix = result
    # In blocks, because results may fill most of the memory; and 0 times NaN shall be 0.
    used = np.flatnonzero(vector)
    rows = matrix.reshape((-1, vector.size))
    block = max(1, _BLOCK // max(1, vector.size))
    sums = [
        (part if used.size == vector.size else part[:, used]).astype(np.float64) @ vector[used]
        for part in (rows[first : first + block] for first in range(0, len(rows), block))
    ]
    return np.concatenate(sums or [np.empty(0)]).reshape(matrix.shape[:-1])


def restricted(direction: np.ndarray, listed: np.ndarray | None) -> np.ndarray:
    """A direction along listed components only."""
    if listed is None:
        return direction
    along = np.zeros_like(direction)
    along.ravel()[listed] = direction.ravel()[listed]
    return along


def only_component(direction: Mapping[str, np.ndarray]) -> tuple[str, tuple[int, ...], float] | None:
    """The argument, component and length of a direction along one component; None for all others."""
    along = [(name, u) for name, u in direction.items() if np.count_nonzero(u)]
    if len(along) != 1 or np.count_nonzero(along[0][1]) != 1:
        return None
    name, u = along[0]
    component = unravelled(int(np.argmax(u != 0)), u.shape)
    return name, component, float(u[component])


def label(component: Sequence[int] | Sequence[np.intp]) -> str:
    """An index as it is written behind a name."""
    return f"[{', '.join(str(int(i)) for i in component)}]" if len(component) else ""


def unravelled(number: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The index of an entry."""
    return tuple(int(i) for i in np.unravel_index(number, shape))
