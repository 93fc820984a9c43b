"""Where the core dimensions of a call's arrays are: the last ones, or those that `axes=` or `axis=` name."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

Places: TypeAlias = "tuple[int, ...] | None"
"""The core dimensions of one array, in order; None where they are the last, as they are by default."""


def core_places(ranks: Sequence[int], keywords: Mapping[str, Any]) -> tuple[Places, ...]:
    """For every input and result, where its core dimensions are.

    Parameters
    ----------
    ranks : numbers of core dimensions, of the inputs and then of the results
    keywords : those of the call, as NumPy defines them for generalized ufuncs

    Raises
    ------
    TypeError, ValueError
        If NumPy would refuse `axes` or `axis`.
    """
    if "axes" in keywords:
        return _of_axes(ranks, keywords["axes"])
    if "axis" not in keywords:
        return (None,) * len(ranks)
    if max(ranks, default=0) > 1:
        raise TypeError(f"axis: an array has {max(ranks)} core dimensions. Expected is at most one. Use axes=.")
    place = operator.index(keywords["axis"])
    return tuple((place,) if rank else None for rank in ranks)


def core_last(array: Any, places: Places) -> Any:
    """A view with the core dimensions as the last ones."""
    return array if places is None else np.moveaxis(array, places, range(-len(places), 0))


def core_back(array: Any, places: Places) -> Any:
    """A view of an array whose core dimensions are the last ones, with them at their places."""
    return array if places is None else np.moveaxis(array, range(-len(places), 0), places)


def core_shape(shape: Sequence[int], rank: int, places: Places) -> tuple[int, ...]:
    """The sizes of the core dimensions of an array of this shape; IndexError if it has too few."""
    return tuple(shape[place] for place in (range(-rank, 0) if places is None else places))


def _of_axes(ranks: Sequence[int], axes: Any) -> tuple[Places, ...]:
    if not isinstance(axes, list):
        raise TypeError(f"axes: {axes!r} was given. Expected is a list with an entry for each input and result.")
    places = [entry if isinstance(entry, tuple) else (entry,) for entry in axes]
    places += [()] * (len(ranks) - len(places))  # results without dimensions may be left out
    if [len(entry) for entry in places] != list(ranks):
        expected = ", ".join(map(str, ranks))
        raise ValueError(f"axes: {axes!r} was given. Expected are {expected} dimensions, inputs first, then results.")
    return tuple(tuple(map(operator.index, entry)) or None for entry in places)
