"""What each level of a nest computes, as formulas over the level below."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from zymogen.derivative.function import Array, Component, Function
from zymogen.derivative.request import Forward, OneHot, Reverse


def meaning(function: Function, inner: Function) -> list[str]:
    """One formula for each array that `function` computes, such as `dout = d out / d x[x_index]`.

    `d y / d x` is the Jacobian of y with respect to x; a product with a tangent or a cotangent sums over the indices
    that the two have in common.
    """
    match function.level:
        case OneHot(argument=name):
            wanted = _component(function, name)
            return [f"{dy.name} = d {y.name} / d {wanted}" for dy, y in _tangents(function, inner)]
        case Forward(arguments=names):
            directions = [item.name for item in _added(function, inner)]
            pairs = list(zip(names, directions, strict=True))
            return [
                f"{dy.name} = " + " + ".join(f"(d {y.name} / d {x}) * {dx}" for x, dx in pairs)
                for dy, y in _tangents(function, inner)
            ]
        case Reverse(arguments=names):
            results = [result for result in inner.results if result.is_real]
            weights = [item.name for item in _added(function, inner)]
            adjoints = zip(function.results[-len(names) :], names, strict=True)
            return [f"{x_bar.name} = {_pulled_back(results, weights, x)}" for x_bar, x in adjoints]
        case None:
            return []


def _pulled_back(results: Sequence[Array], weights: Sequence[str], x: str) -> str:
    if not weights:
        return f"d {results[0].name} / d {x}"
    return " + ".join(f"{weight} * (d {y.name} / d {x})" for weight, y in zip(weights, results, strict=True))


def _tangents(function: Function, inner: Function) -> Iterable[tuple[Array, Array]]:
    """Tangents of the real results, each with its result."""
    results = [result for result in inner.results if result.is_real]
    return zip(function.results[-len(results) :], results, strict=True)


def _added(function: Function, inner: Function) -> list[Array]:
    """The tangents or cotangents that this level is given."""
    return [item for item in function.inputs[len(inner.inputs) :] if isinstance(item, Array)]


def _component(function: Function, name: str) -> str:
    index = next((item for item in reversed(function.inputs) if isinstance(item, Component)), None)
    is_array = index is not None and index.of.name == name and index.of.rank > 0
    return f"{name}[{index.name}]" if index is not None and is_array else name
