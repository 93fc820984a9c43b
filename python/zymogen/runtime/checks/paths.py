"""Directions through the arguments of one level: random ones, and along single components."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from zymogen.runtime.checks.directions import Direction, Kind, one_component, random_direction
from zymogen.runtime.checks.point import Point
from zymogen.runtime.checks.projection import only_component, unravelled

_SINGLES = 2  # components that are compared besides the caller's, where a level goes along single ones


def random_directions(point: Point, names: tuple[str, ...], kind: Kind) -> Iterator[Direction]:
    """One direction that moves all components of these arguments."""
    yield {name: random_direction(point.arguments[name], kind, point.rng) for name in names}


def some_components(
    point: Point, names: tuple[str, ...], kind: Kind, first: tuple[int, ...] | None = None, *, alone: bool = False
) -> Iterator[Direction]:
    """The component `first`, and some others unless it is to be alone; of every argument."""
    if kind != "relative":
        return
    for name in names:
        x = point.arguments[name]
        others = [unravelled(number, x.shape) for number in point.rng.permutation(x.size)[: _SINGLES + 1]]
        chosen = others if first is None else [first] if alone else [first, *others[:_SINGLES]]
        for component in dict.fromkeys(chosen):
            yield {name: one_component(x, component)}


def every_component(
    point: Point, names: tuple[str, ...], lists: dict[str, np.ndarray] | None = None
) -> Iterator[Direction]:
    """Single components of all arguments, in random order."""
    places = [
        (name, int(number))
        for name in names
        for number in (np.unique(lists[name]) if lists and name in lists else range(point.arguments[name].size))
    ]
    for place in point.rng.permutation(len(places)):
        name, number = places[place]
        x = point.arguments[name]
        yield {name: one_component(x, unravelled(number, x.shape))}


def component_of(direction: Direction) -> tuple[str, tuple[int, ...], float]:
    """The argument, component and length of a direction along one component."""
    single = only_component(direction)
    if single is None:
        raise ValueError("a direction along one component is needed")
    return single
