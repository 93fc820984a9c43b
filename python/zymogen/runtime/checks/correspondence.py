"""Which result of a level is the derivative of which result of the level below it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from zymogen.planning.function import Array
from zymogen.planning.plan import Plan
from zymogen.planning.request import Forward, Level, OneHot, Reverse, Select

_Whole: TypeAlias = "tuple[dict[str, int], Array]"
"""A whole result: for each sweep that it has an index of, which of the swept arguments; and the array."""


@dataclass(frozen=True)
class Term:
    """One result of a level."""

    position: int
    """Of this result."""
    below: int
    """Of the result below that it is the value or the derivative of; -1 for an adjoint, which belongs to all."""
    argument: str = ""
    """The argument whose components its last dimensions count; none where the derivative is along one direction."""
    is_value: bool = False
    rows: str = ""
    """Name of the list of components of the result below to which it is restricted."""
    cols: str = ""
    """Name of the list of components of the argument that its last dimension counts."""


def differentiating(plan: Plan, below: Plan) -> Level:
    """The level that makes `plan` from the plan below it; there may be choices of results after it."""
    return plan.request.levels[len(below.request.levels)]


def goes_along_one(plan: Plan, below: Plan) -> bool:
    """Whether the level that makes `plan` goes along one component alone: that of the call, or a scalar argument."""
    level = differentiating(plan, below)
    if not isinstance(level, OneHot):
        return False
    number = len(level.arguments) == 1 and below.outermost.input(level.arguments[0]).rank == 0
    return level.components == "one" or number


def terms(plan: Plan, below: Plan) -> tuple[Term, ...]:
    """What every result of `plan` is of the results of the plan below it.

    Results that this check has no rule for are left out.
    """
    positions = {array.name: number for number, array in enumerate(below.outermost.results)}
    inner = [[(segments, positions[array.name]) for segments, array in wholes] for _, wholes in _steps(below)]
    found, position = [], 0
    origins = _origins(plan, below)
    for (_, wholes), (step, listing) in zip(_steps(plan), origins, strict=True):
        for segments, _ in wholes:
            term = _term(plan, below, inner, step, segments)
            if term is not None and listing:
                # Only adjoints are known with a list after them: of their own components.
                is_adjoint = isinstance(differentiating(plan, below), Reverse) and not term.is_value
                term = replace(term, cols=listing) if is_adjoint else None
            if term is not None:
                found.append(replace(term, position=position))
            position += 1
    return tuple(found)


def _steps(plan: Plan) -> Iterator[tuple[Array, list[_Whole]]]:
    """The results of the outermost level, each with the whole results that its steps make."""
    loops = plan.outermost.loops
    if loops is None:
        for array in plan.outermost.results:
            yield array, [({}, array)]
        return
    parts = {part.step.name: part for part in loops.scattered}
    for step in plan.functions[-2].results:
        part = parts.get(step.name)
        yield step, [({}, step)] if part is None else [(dict(segments), array) for segments, array in part.wholes]


def _origins(plan: Plan, below: Plan) -> list[tuple[int, str]]:
    """For every step's result, its number among those of the differentiating level, and the list it is cut to."""
    first = len(below.request.levels)
    count = len(plan.functions[first + 1].results)
    origins = [(number, "") for number in range(count)]
    for function in plan.functions[first + 2 :]:
        if function.loops is None and isinstance(function.level, Select):
            origins = [origins[number] for number in function.level.results]
            if function.picks is not None:
                origins = [(number, function.picks.listing.name) for number, _ in origins]
    return origins


def _term(
    plan: Plan, below: Plan, inner: list[list[tuple[dict[str, int], int]]], step: int, segments: dict[str, int]
) -> Term | None:
    level = differentiating(plan, below)
    if isinstance(level, Select):
        return None
    results = plan.functions[len(below.request.levels)].results  # of the function that is differentiated
    passed_on = len(results) if level.value else 0
    if step < passed_on:
        return Term(0, _whole(inner[step], segments), is_value=True)
    number = step - passed_on
    if isinstance(level, Reverse):
        return _adjoint(level, plan, below, inner[0], number, segments)
    real = [position for position, result in enumerate(results) if result.is_real]
    return _tangent(level, plan, below, inner[real[number]], segments)


def _tangent(
    level: Forward | OneHot, plan: Plan, below: Plan, wholes: list[tuple[dict[str, int], int]], segments: dict[str, int]
) -> Term:
    sweep = _own_sweep(plan, below)
    of = _whole(wholes, {name: segment for name, segment in segments.items() if name != sweep})
    if isinstance(level, Forward) or goes_along_one(plan, below):
        return Term(0, of)
    if level.components == "diagonal":
        return Term(0, of, level.arguments[segments[below.sweeps[-1].name]])
    cols = _list_of(plan, sweep) if level.components == "listed" else ""
    return Term(0, of, level.arguments[segments[sweep]], cols=cols)


def _adjoint(
    level: Reverse,
    plan: Plan,
    below: Plan,
    wholes: list[tuple[dict[str, int], int]],
    number: int,
    segments: dict[str, int],
) -> Term | None:
    if level.cotangent in ("unit", "given"):
        return Term(0, -1, level.arguments[number])
    sweep = _own_sweep(plan, below)
    of = _whole(wholes, {name: segment for name, segment in segments.items() if name != sweep})
    rows = _list_of(plan, sweep) if level.cotangent == "listed" and sweep else ""
    return None if rows and not _own_dimensions_first(below) else Term(0, of, level.arguments[number], rows=rows)


def _whole(wholes: list[tuple[dict[str, int], int]], segments: dict[str, int]) -> int:
    return next(position for own, position in wholes if own == segments)


def _own_dimensions_first(below: Plan) -> bool:
    """Whether the dimensions of a step's result come first in the whole result."""
    loops = below.outermost.loops
    return loops is None or all(part.layout.axes[0] is None for part in loops.scattered)


def _own_sweep(plan: Plan, below: Plan) -> str:
    """The sweep that this level adds."""
    known = {sweep.name for sweep in below.sweeps}
    return next((sweep.name for sweep in plan.sweeps if sweep.name not in known), "")


def _list_of(plan: Plan, sweep: str) -> str:
    listing = next(item.listing for item in plan.sweeps if item.name == sweep)
    return "" if listing is None else listing.name
