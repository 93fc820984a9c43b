"""How forward levels are compared, and others whose results count components in their last dimensions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from zymogen.planning.request import Forward
from zymogen.runtime.checks.correspondence import Term
from zymogen.runtime.checks.directions import Direction, Kind
from zymogen.runtime.checks.line import Line, Probe
from zymogen.runtime.checks.paths import component_of, every_component, random_directions, some_components
from zymogen.runtime.checks.point import Point
from zymogen.runtime.checks.projection import Group, Projection, Results, contracted, label, only_component, restricted


def along_tangents(point: Point) -> Probe:
    """A level along given tangents; here random ones."""
    names = point.differentiated
    tangents = dict(zip(point.added, names, strict=True))
    projection = _projection(point)

    lanes = point.level.lanes if isinstance(point.level, Forward) else 1

    def line(direction: Direction) -> Line:
        moved = {tangent: _in_lanes(direction[name], lanes) for tangent, name in tangents.items()}
        results = tuple(_worst_lane(result, lanes) for result in point.evaluate(moved))
        return _forward(point, projection, projection.flat(_picked(projection, results)), results, direction)

    def whole(single: Direction) -> Direction:
        return {name: single.get(name, np.zeros_like(point.arguments[name])) for name in names}

    return Probe(
        lambda kind: random_directions(point, names, kind), line, lambda: map(whole, every_component(point, names))
    )


def _in_lanes(tangent: np.ndarray, lanes: int) -> np.ndarray:
    """The tangent as the level takes it: in several lanes, once, twice and so on."""
    if lanes == 1:
        return tangent
    return np.stack([(lane + 1) * tangent for lane in range(lanes)]).astype(tangent.dtype)


def _worst_lane(result: np.ndarray, lanes: int) -> np.ndarray:
    """Of each entry, what the lane says that is farthest from the first one."""
    if lanes == 1:
        return result
    single = np.stack([result[lane] / (lane + 1) for lane in range(lanes)])
    farthest = np.argmax(np.abs(single - single[0]), axis=0)
    return np.asarray(np.take_along_axis(single, farthest[None], axis=0)[0])


def along_one_component(point: Point) -> Probe:
    """A level along the component that a call names, or along a scalar argument."""
    (name,) = point.differentiated
    x, index = point.arguments[name], next(iter(point.added), None)
    projection = _projection(point)

    def line(direction: Direction) -> Line:
        _, component, length = component_of(direction)
        asked = {}
        if index is not None:
            asked[index] = np.asarray(component, dtype=np.int64).reshape(point.arguments[index].shape)
        results = point.evaluate(asked)
        along = projection.flat(_picked(projection, results)) * length
        return _forward(point, projection, along, results, direction)

    # The caller's component, and others where all share one build.
    chosen = () if index is None else np.atleast_1d(point.arguments[index])
    first = tuple(int(i) % n for i, n in zip(chosen, x.shape, strict=True))
    alone = index is not None and point.derivative.plan.component(index) is not None
    return Probe(lambda kind: some_components(point, (name,), kind, first, alone=alone), line, lambda: iter(()))


def along_diagonal(point: Point) -> Probe:
    """A level along the components that the level below goes along."""
    names, results = point.differentiated, point.evaluate({})

    def line(direction: Direction) -> Line:
        name, component, length = component_of(direction)
        own = [term for term in point.terms if term.argument == name and not term.is_value]
        projection = Projection.of([Group(term.below, (term,), at=component) for term in own], point.values, point.rng)
        along = projection.flat([group.picked(results[group.terms[0].position]) for group in projection.groups])
        return _forward(point, projection, along * length, results, direction)

    return Probe(lambda kind: some_components(point, names, kind), line, lambda: iter(()))


def along_all(point: Point) -> Probe:
    """Levels whose results count an argument's components in their last dimensions."""
    results, projection = point.evaluate({}), _projection(point)
    names = tuple(dict.fromkeys(term.argument for group in projection.groups for term in group.terms))
    lists = {term.argument: point.lists[term.cols] for group in projection.groups for term in group.terms if term.cols}

    def line(direction: Direction) -> Line:
        moving = {name: u for name, u in direction.items() if np.count_nonzero(u)}
        along = []
        for group in projection.groups:
            parts = [
                contracted(results[term.position], moving[term.argument], lists.get(term.argument))
                for term in group.terms
                if term.argument in moving
            ]
            along.append(np.sum(parts, axis=0))
        return _forward(point, projection, projection.flat(along), results, direction)

    def directions(kind: Kind) -> Iterator[Direction]:
        for direction in random_directions(point, names, kind):
            yield {name: restricted(u, lists.get(name)) for name, u in direction.items()}

    return Probe(directions, line, lambda: every_component(point, names, lists))


def _projection(point: Point) -> Projection:
    """All results below whose derivatives along every argument are there."""
    found: dict[int, list[Term]] = {}
    for term in point.terms:
        if not term.is_value:
            found.setdefault(term.below, []).append(term)
    most = max(map(len, found.values()))
    groups = []
    for below, own in found.items():
        if len(own) < most:
            continue
        rows, rank = None, 0
        if own[0].rows:
            rows = point.lists[own[0].rows]
            # The result has one dimension for the list, those that are not listed, and the argument's.
            plan = point.derivative.plan
            kept = len(plan.outputs[own[0].position].dims) - 1 - point.arguments[own[0].argument].ndim
            rank = point.values[below].ndim - kept
        groups.append(Group(below, tuple(own), rows, rank))
    return Projection.of(groups, point.values, point.rng)


def _picked(projection: Projection, results: Results) -> list[np.ndarray]:
    return [results[group.terms[0].position] for group in projection.groups]


def _forward(point: Point, projection: Projection, along: np.ndarray, results: Results, direction: Direction) -> Line:
    magnitude = np.abs(projection.entries(point.values))

    def name(number: int) -> tuple[str, str, float]:
        group, at = projection.place(number)
        single = only_component(direction)
        if single is None:
            return f"{point.output_name(group.terms[0])}{label(at)}", "a random direction", 1.0
        argument, component, length = single
        own = next((term for term in group.terms if term.argument == argument), None)
        if own is None:
            return f"{point.output_name(group.terms[0])}{label(at)}", f"{argument}{label(component)}", length
        counted = point.place_in_list(component, own) if own.cols else component
        return f"{point.output_name(own)}{label((*at, *counted))}", "", length

    return Line(along, np.zeros_like(along), projection.entries, magnitude, name, results)
