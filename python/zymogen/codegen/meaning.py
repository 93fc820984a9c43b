"""What each function of a nest computes, as formulas over the function below."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from zymogen.planning.function import Array, Function
from zymogen.planning.request import Forward, OneHot, Reverse, Select
from zymogen.planning.sweep import Sweep


def meaning(function: Function, inner: Function) -> list[str]:
    """One formula for each array that `function` computes, such as `dout = d out / d x[x_index]`.

    `d y / d x` is the Jacobian of y with respect to x; a product with a tangent or a cotangent sums over the indices
    that the two have in common.
    """
    if function.loops is not None:
        return [f"all of {', '.join(map(str, function.results))}, in steps of one call of {inner.name}"]
    match function.level:
        case Select():
            return _kept(function)
        case OneHot(arguments=names):
            wanted = _component(function, names)
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
            adjoints = zip(function.results[-len(names) :], names, strict=True)
            return [f"{x_bar.name} = {_pulled_back(function, inner, results, x)}" for x_bar, x in adjoints]
        case None:
            return []


def _kept(function: Function) -> list[str]:
    if function.picks is not None:
        picks = function.picks
        return [f"{picks.result.name}[k] = {picks.source.name}[{picks.listing.name}[k]]"]
    return [f"{', '.join(map(str, function.results))} alone"]


def _pulled_back(function: Function, inner: Function, results: Sequence[Array], x: str) -> str:
    weights = [item.name for item in _added(function, inner)]
    if weights:
        return " + ".join(f"{weight} * (d {y.name} / d {x})" for weight, y in zip(weights, results, strict=True))
    sweep = next((preparation.one for preparation in function.preparations if preparation.one is not None), None)
    wanted = results[0].name if sweep is None else _components(results[0].name, sweep)
    return f"{f'd ({wanted})' if ', ' in wanted else f'd {wanted}'} / d {x}"


def _tangents(function: Function, inner: Function) -> Iterable[tuple[Array, Array]]:
    """Tangents of the real results, each with its result."""
    results = [result for result in inner.results if result.is_real]
    return zip(function.results[-len(results) :], results, strict=True)


def _added(function: Function, inner: Function) -> list[Array]:
    """The tangents or cotangents that this level is given."""
    return [item for item in function.inputs[len(inner.inputs) :] if isinstance(item, Array)]


def _component(function: Function, names: Sequence[str]) -> str:
    """What a one-hot level differentiates with respect to, such as `x[x_index]`; with lanes, the first and the last."""
    sweep = function.along
    if sweep is None:
        return names[0]
    return _components(names[0] if len(names) == 1 else f"({', '.join(names)})", sweep)


def _components(array: str, sweep: Sweep) -> str:
    first, *_, last = (*sweep.indices, sweep.indices[-1])
    return f"{array}[{first}]" if sweep.lanes == 1 else f"{array}[{first}], ..., {array}[{last}]"
