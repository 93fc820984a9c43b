"""Levels of forward mode: along given tangents, or along components, one by one or in sweeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from zymogen.planning.draft import Draft, Frame, like, passed_inputs
from zymogen.planning.function import Array, Component, Function, Input, Passed, Seed
from zymogen.planning.lanes import lanes_along
from zymogen.planning.request import Forward, OneHot
from zymogen.planning.sweep import Layout, Sweep, extent


def add_tangents(draft: Draft, level: Forward, name: str) -> None:
    """Add the level that differentiates along given tangents."""
    inputs = {item: draft.inner.input(item) for item in level.arguments}
    tangents = {
        item: replace(like(array, draft.names.fresh(f"d{item}")), lanes=level.lanes) for item, array in inputs.items()
    }
    shadows = {item: draft.addresses(tangent) for item, tangent in tangents.items()}
    _forward(draft, level, name, shadows, tuple(tangents.values()), draft.layouts, lanes=level.lanes)


def add_components(draft: Draft, level: OneHot, name: str, lanes: int) -> None:
    """Add the level that differentiates along components, up to `lanes` of them in one pass."""
    arrays = tuple(draft.inner.input(item) for item in level.arguments)
    if len(arrays) == 1 and arrays[0].rank == 0:
        number = arrays[0]
        shadow: tuple[str, ...] = (f"&zymogen::one<{number.element}>",)
        return _forward(draft, level, name, {number.name: shadow}, (), draft.layouts)
    added: tuple[Input, ...] = ()
    if level.components == "diagonal":
        sweep = draft.sweeps[-1]
    else:
        sweep, added = _sweep(draft, level, arrays, lanes)
    layouts = draft.layouts
    if level.components not in ("one", "diagonal"):
        draft.sweeps.append(sweep)
        layouts = tuple(replace(layout, axes=(*layout.axes, sweep.name)) for layout in layouts)
    return _forward(draft, level, name, _shadows(draft, sweep), added, layouts, sweep, sweep.lanes)


def _sweep(draft: Draft, level: OneHot, arrays: tuple[Array, ...], lanes: int) -> tuple[Sweep, tuple[Input, ...]]:
    """The index that runs over components, and what the level's function takes for it."""
    is_listed = level.components == "listed"
    if level.components == "one":
        lanes = 1
    elif lanes > 1:
        lanes = lanes_along(arrays, is_whole=level.components == "all", at_most=level.lanes)
    stem = "_".join(item.name for item in arrays)
    component = Component(draft.names.fresh(f"{stem}_index"), arrays[0], lanes if is_listed else 1)
    listing = draft.listing(arrays[0]) if is_listed else None
    seeds: tuple[Seed, ...] = ()
    if draft.seed == "dense":
        seeds = tuple(
            Seed(replace(like(item, draft.names.fresh(f"{item.name}_seed")), lanes=lanes), component) for item in arrays
        )
    start = draft.sweeps[-1] if level.components == "symmetric" else None
    return Sweep(component, arrays, listing, start, lanes, seeds), (component, *seeds)


def _shadows(draft: Draft, sweep: Sweep) -> dict[str, tuple[str, ...]]:
    """The one-hot tangents of all arrays of a sweep, for each lane."""
    shadows = {}
    before: list[str] = []
    for position, array in enumerate(sweep.arrays):
        if sweep.seeds:
            shadows[array.name] = draft.addresses(sweep.seeds[position].array)
        else:
            less = "".join(f" - {count}" for count in before)  # products bind more tightly
            shadows[array.name] = tuple(f"zymogen::one_hot<{array.element}>({index}{less})" for index in sweep.indices)
        before.append(extent(array, draft.sizes))
    return shadows


def _forward(
    draft: Draft,
    level: Forward | OneHot,
    name: str,
    shadows: Mapping[str, tuple[str, ...]],
    added: tuple[Input, ...],
    layouts: tuple[Layout, ...],
    along: Sweep | None = None,
    lanes: int = 1,
) -> None:
    inner, frame = draft.inner, Frame()
    tangents: list[Array] = []
    passed = passed_inputs(inner, shadows)
    for result in inner.results:
        value = result.symbol if level.value else frame.place(result)
        if result.is_real:
            tangent = replace(like(result, draft.names.fresh(f"d{result.name}")), lanes=lanes)
            tangents.append(replace(tangent, write_once=result.write_once and lanes == 1))
            passed.append(
                Passed(draft.result_activity(result, value_is_wanted=level.value), value, draft.addresses(tangent))
            )
        else:
            passed.append(Passed("Const", value))
    frame.scratch.extend(inner.scratch)
    for array in inner.scratch:
        if array.is_real:
            tangent = replace(like(array, draft.names.fresh(f"d{array.name}")), lanes=lanes)
            frame.place(tangent)
            passed.append(Passed("Duplicated", array.symbol, draft.addresses(tangent)))
        else:
            passed.append(Passed("Const", array.symbol))
    real = tuple(layout for layout, result in zip(layouts, inner.results, strict=True) if result.is_real)
    draft.layouts = (*(draft.layouts if level.value else ()), *real)
    draft.functions.append(
        Function(
            name=name,
            inputs=(*inner.inputs, *added),
            results=(*(inner.results if level.value else ()), *tangents),
            scratch=tuple(frame.scratch),
            level=level,
            locals=tuple(frame.locals),
            calls=inner.name,
            passed=tuple(passed),
            lanes=lanes,
            along=along,
        )
    )
