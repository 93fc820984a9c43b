"""How a reverse level is compared: its adjoints, contracted with a direction, against its results, weighted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from zymogen.runtime.checks.correspondence import Term
from zymogen.runtime.checks.directions import Direction, Kind, random_like, sizes
from zymogen.runtime.checks.line import Line, Probe
from zymogen.runtime.checks.paths import every_component, random_directions
from zymogen.runtime.checks.point import Point
from zymogen.runtime.checks.projection import Results, label, only_component, restricted


def backward(point: Point) -> Probe:
    """A reverse level that starts from 1 or from given cotangents; here random ones."""
    real = [value for value in point.values if value.dtype.kind == "f"]
    if point.added:
        cotangents = [_cotangent(value, point.rng) for value in real]
        results = point.evaluate(dict(zip(point.added, cotangents, strict=True)))
    else:
        cotangents = [np.ones_like(value) for value in real]
        results = point.evaluate({})
    adjoints = {term.argument: term for term in point.terms if not term.is_value}
    lists = {name: point.lists[term.cols] for name, term in adjoints.items() if term.cols}
    hidden = not all(np.isfinite(results[term.position]).all() for term in adjoints.values())

    def directions(kind: Kind) -> Iterator[Direction]:
        for direction in random_directions(point, tuple(adjoints), kind):
            along = {name: restricted(u, lists.get(name)) for name, u in direction.items()}
            # Where an adjoint is not finite nothing can be compared; all other components still can.
            yield {
                name: _where_finite(u, results[adjoints[name].position], lists.get(name)) for name, u in along.items()
            }

    def weighted(values: Results) -> list[np.ndarray]:
        moving = (value for value in values if value.dtype.kind == "f")
        return [w.astype(np.float64) * value for w, value in zip(cotangents, moving, strict=True)]

    def line(direction: Direction) -> Line:
        parts = [_terms(results[adjoints[name].position], u, lists.get(name)) for name, u in direction.items()]
        products = np.concatenate(parts)
        return Line(
            np.array([products.sum()]),
            np.array([np.sqrt((products**2).sum())]),
            lambda values: np.array([sum(float(part.sum()) for part in weighted(values))]),
            np.array([sum(float(np.abs(part).sum()) for part in weighted(point.values))]),
            lambda _: _adjoint_name(point, adjoints, lists, direction),
            results,
            max(float(np.max(np.abs(w), initial=0.0)) for w in cotangents),
            hidden,
        )

    return Probe(directions, line, lambda: every_component(point, tuple(adjoints), lists))


def _adjoint_name(
    point: Point, adjoints: dict[str, Term], lists: dict[str, np.ndarray], direction: Direction
) -> tuple[str, str, float]:
    weights = "random cotangents" if point.added else ""
    single = only_component(direction)
    if single is None:
        names = " and ".join(point.output_name(term) for term in adjoints.values())
        return f"the sum over {names}", f"a random direction{' and ' + weights if weights else ''}", 1.0
    argument, component, length = single
    term = adjoints[argument]
    counted = point.place_in_list(component, term) if argument in lists else component
    return f"{point.output_name(term)}{label(counted)}", weights, length


def _terms(adjoint: np.ndarray, direction: np.ndarray, listed: np.ndarray | None) -> np.ndarray:
    """The products that the contraction of an adjoint is the sum of."""
    values = adjoint.astype(np.float64).ravel()
    moving = direction.astype(np.float64).ravel()
    if listed is not None:
        _, first = np.unique(listed, return_index=True)
        values, moving = values[first], moving[listed[first]]
    return np.where(moving != 0, values * moving, 0.0)


def _where_finite(direction: np.ndarray, adjoint: np.ndarray, listed: np.ndarray | None) -> np.ndarray:
    finite = np.isfinite(adjoint)
    if listed is not None:
        everywhere = np.ones(direction.size, bool)
        everywhere[listed] = finite
        finite = everywhere.reshape(direction.shape)
    return np.where(finite, direction, 0).astype(direction.dtype)


def _cotangent(value: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Random weights under which all entries count alike, but for those that are next to nothing."""
    size = sizes(value)
    size = np.maximum(size, 1e-6 * float(size.max(initial=0.0)))
    limit = 1e12 if value.dtype.itemsize <= 4 else 1e100
    weight = 1 / np.clip(np.where(size > 0, size, 1.0), 1 / limit, limit)
    return random_like(weight.astype(value.dtype), rng)
