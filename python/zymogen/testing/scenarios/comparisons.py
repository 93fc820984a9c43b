"""What derivatives give at a point, beside what exact results say: one function for each way of calling them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from zymogen.runtime.kernel import Kernel
from zymogen.testing.scenarios.point import Array, Point

Pair = tuple[str, Array, Array]
"""What is compared, what a derivative gave, and what it should have given."""


def value(f: Kernel, point: Point, output: str) -> Iterator[Pair]:  # noqa: ARG001
    """The kernel itself."""
    yield from _pairs("y", f(*point.arguments), point.values.values())


def tangents(d: Kernel, point: Point, output: str) -> Iterator[Pair]:  # noqa: ARG001
    """A value and tangents: `jvp`, along all components of all arguments."""
    names = point.scenario.real
    values, found = d(*point.arguments, *point.directions(names))
    yield from _pairs("y", values, _for_each(point.values.values(), point.size(names)))
    yield from _pairs("dy", found, [np.moveaxis(point.jacobian(names, o), -1, 0) for o in point.outputs])


def cotangents(d: Kernel, point: Point, output: str) -> Iterator[Pair]:  # noqa: ARG001
    """`vjp`, for all components of all results."""
    names = point.scenario.real
    rows = [point.jacobian(names, o).reshape((point.values[o].size, point.size(names))) for o in point.outputs]
    stacked = np.concatenate(rows)
    yield from _pairs("xbar", d(*point.arguments, *point.cotangents()), point.apart(stacked, names))


def component(d: Kernel, point: Point, output: str) -> Iterator[Pair]:
    """`partial`, with the component open."""
    (name,) = (name for name, activity in d.activity.items() if activity == "Duplicated")
    expected = np.moveaxis(point.jacobian([name], output), -1, 0)
    index = point.components(name)
    yield from _pairs(f"d/d{name}", d(*point.arguments, *index), [expected if index else expected[0]])


def gradient(d: Kernel, point: Point, output: str) -> Iterator[Pair]:
    """`grad` and `jacobian`."""
    yield from _pairs("g", d(*point.arguments), _gradient(point, output))


def value_and_gradient(d: Kernel, point: Point, output: str) -> Iterator[Pair]:
    """`value_and_grad`."""
    y, found = d(*point.arguments)
    yield from _pairs("y", y, [point.values[output]])
    yield from _pairs("g", found, _gradient(point, output))


def gradient_tangents(d: Kernel, point: Point, output: str) -> Iterator[Pair]:
    """`jvp` of a gradient, along all components: the gradient itself, and the Hessian."""
    names = point.scenario.real
    inner, found = d(*point.arguments, *point.directions(names))
    yield from _pairs("g", inner, _for_each(_gradient(point, output), point.size(names)))
    yield from _pairs("dg", found, point.apart(point.hessian(names, names, output), names))


def gradient_cotangents(d: Kernel, point: Point, output: str) -> Iterator[Pair]:
    """`vjp` of a gradient, for all of its components."""
    names = point.scenario.real
    found = d(*point.arguments, *point.directions(names))
    yield from _pairs("xbar", found, point.apart(point.hessian(names, names, output), names))


def cotangent_tangents(d: Kernel, point: Point, output: str) -> Iterator[Pair]:  # noqa: ARG001
    """`jvp` of `vjp`, for one cotangent and along all components: what `vjp` gives, and its tangents."""
    names = point.scenario.real
    inner, found = d(*point.arguments, *point.weights(), *point.directions(names))
    first = _weighted(point, [point.jacobian(names, output) for output in point.outputs])
    second = _weighted(point, [point.hessian(names, names, output) for output in point.outputs])
    yield from _pairs("xbar", inner, _for_each(point.apart(first, names), point.size(names)))
    yield from _pairs("dxbar", found, point.apart(second, names))


def second_component(d: Kernel, point: Point, output: str) -> Iterator[Pair]:
    """`partial` by the first and the last argument."""
    first, last = point.scenario.real[0], point.scenario.real[-1]
    yield from _components(d, point, output, (first, last))


def third_component(d: Kernel, point: Point, output: str) -> Iterator[Pair]:
    """`partial` by the first, the last, and the first argument again."""
    first, last = point.scenario.real[0], point.scenario.real[-1]
    yield from _components(d, point, output, (first, last, first))


def component_cotangents(d: Kernel, point: Point, output: str) -> Iterator[Pair]:
    """`vjp` of `partial`, for one cotangent."""
    first, names = point.scenario.real[0], point.scenario.real
    weight = point.weights()[point.outputs.index(output)]
    expected = np.tensordot(weight, point.hessian([first], names, output), weight.ndim)
    index = point.components(first)
    found = d(*point.arguments, *index, weight)
    yield from _pairs("xbar", found, point.apart(expected if index else expected[0], names))


def blocks(d: Kernel, point: Point, output: str) -> Iterator[Pair]:
    """`hessian`, by all pairs of arguments."""
    yield from _pairs("h", d(*point.arguments), _blocks(point, output))


def diagonal(d: Kernel, point: Point, output: str) -> Iterator[Pair]:
    """`hessian_diagonal`."""
    names = point.scenario.real
    whole = point.hessian(names, names, output)
    expected = np.diagonal(whole, axis1=-2, axis2=-1)
    yield from _pairs("h", d(*point.arguments), point.apart(expected, names))


def product(d: Kernel, point: Point, output: str) -> Iterator[Pair]:
    """`hvp`."""
    names = point.scenario.real
    yield from _pairs("h v", d(*point.arguments, *point.along(names)), _product(point, output))


def gradient_and_product(d: Kernel, point: Point, output: str) -> Iterator[Pair]:
    """`gradient_and_hvp`."""
    found, along = d(*point.arguments, *point.along(point.scenario.real))
    yield from _pairs("g", found, _gradient(point, output))
    yield from _pairs("h v", along, _product(point, output))


def value_gradient_and_blocks(d: Kernel, point: Point, output: str) -> Iterator[Pair]:
    """`value_gradient_and_hessian`."""
    y, found, second = d(*point.arguments)
    yield from _pairs("y", y, [point.values[output]])
    yield from _pairs("g", found, _gradient(point, output))
    yield from _pairs("h", second, _blocks(point, output))


def by_scalar(d: Kernel, point: Point, output: str) -> Iterator[Pair]:
    """`derivative`, of any order."""
    (name,) = (name for name, activity in d.activity.items() if activity == "Duplicated")
    names = (name,) * d.request.order
    yield from _pairs(f"d/d{name}", d(*point.arguments), [point.exact.derivative(*names, output=output)])


def third_blocks(d: Kernel, point: Point, output: str) -> Iterator[Pair]:
    """`jacobian` of `hessian`, by the first argument."""
    first = point.scenario.real[0]
    yield from _pairs("t", d(*point.arguments), [point.exact.third(first, first, first, output=output)])


def _components(d: Kernel, point: Point, output: str, names: Sequence[str]) -> Iterator[Pair]:
    """All entries by several components, each open index along an axis of its own."""
    exact = point.exact.derivative(*names, output=output)
    shapes = [(point.size([name]),) if point.components(name) else () for name in names]
    out = point.values[output].shape
    stacked = exact.reshape((*out, *(extent for shape in shapes for extent in shape)))
    expected = np.moveaxis(stacked, range(len(out)), range(stacked.ndim - len(out), stacked.ndim))
    grids = np.indices([extent for shape in shapes for extent in shape])
    open_names = [name for name in names if point.components(name)]
    indices = [point.components(name)[0][grid] for name, grid in zip(open_names, grids, strict=True)]
    yield from _pairs(f"d/d{' d'.join(names)}", d(*point.arguments, *indices), [expected])


def _gradient(point: Point, output: str) -> list[Array]:
    names = point.scenario.real
    return point.apart(point.jacobian(names, output), names)


def _product(point: Point, output: str) -> list[Array]:
    names = point.scenario.real
    v = np.concatenate([part.reshape(-1) for part in point.along(names)])
    return point.apart(point.hessian(names, names, output) @ v, names)


def _blocks(point: Point, output: str) -> list[Array]:
    names = point.scenario.real
    return [point.exact.hessian(first, second, output=output) for first in names for second in names]


def _weighted(point: Point, derivatives: Sequence[Array]) -> Array:
    """Derivatives of the weighted sum of all results, from those of each result."""
    parts = (
        np.tensordot(weight, derivative, weight.ndim)
        for weight, derivative in zip(point.weights(), derivatives, strict=True)
    )
    return np.asarray(sum(parts))


def _for_each(values: Iterable[Array], count: int) -> list[Array]:
    """What a batch of `count` tangents gives where tangents play no part."""
    return [np.broadcast_to(value, (count, *value.shape)) for value in values]


def _pairs(label: str, found: Any, expected: Iterable[Array]) -> Iterator[Pair]:
    results = list(_flat(found))
    wanted = list(expected)
    if len(results) != len(wanted):
        yield f"number of {label}", np.array(len(results)), np.array(len(wanted))
        return
    for number, (one, exact) in enumerate(zip(results, wanted, strict=True)):
        yield label if len(results) == 1 else f"{label}[{number}]", np.asarray(one), exact


def _flat(results: Any) -> Iterator[Any]:
    if isinstance(results, tuple):
        for part in results:
            yield from _flat(part)
    else:
        yield results
