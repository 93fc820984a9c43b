"""Levels of reverse mode: from one cotangent, given or 1, or from each component of the result in turn."""

from __future__ import annotations

from dataclasses import replace

from zymogen.planning.draft import Draft, Frame, like, passed_inputs
from zymogen.planning.function import Array, Component, Function, Input, Passed, Preparation
from zymogen.planning.lanes import lanes_along
from zymogen.planning.request import Reverse
from zymogen.planning.sweep import Layout, Part, Sweep


def add_reverse(draft: Draft, level: Reverse, name: str, lanes: int) -> None:
    """Add the level that differentiates with respect to whole arguments, from up to `lanes` cotangents in one pass."""
    inner, frame = draft.inner, Frame()
    inputs = {item: inner.input(item) for item in level.arguments}
    layout, sweep = _adjoint_layout(draft, level, lanes)
    lanes = 1 if sweep is None else sweep.lanes
    adjoints = {
        item: replace(like(array, draft.names.fresh(f"{item}_bar")), lanes=lanes) for item, array in inputs.items()
    }
    preparations = [Preparation(adjoint) for adjoint in adjoints.values()]
    added: list[Input] = []
    passed = passed_inputs(inner, {item: draft.addresses(adjoint) for item, adjoint in adjoints.items()})
    for position, result in enumerate(inner.results):
        value = result.symbol if level.value else frame.place(result)
        if not result.is_real:
            passed.append(Passed("Const", value))
            continue
        # Enzyme consumes the cotangent, so it works on a copy of the given one.
        consumed = replace(like(result, draft.names.fresh(f"{result.name}_consumed")), lanes=lanes)
        initial = "1"
        if level.cotangent == "given":
            cotangent = _cotangent(draft, result, draft.layouts[position])
            added.append(cotangent)
            initial = f"*{cotangent.symbol}"
            if result.rank:
                preparations.append(Preparation(consumed, cotangent))
        elif sweep is not None:
            added.append(sweep.component)
            preparations.append(Preparation(consumed, one=sweep))
        place = frame.place(consumed, initial)
        shadows = (place,) if consumed.is_number else draft.addresses(consumed)
        passed.append(Passed(draft.result_activity(result, value_is_wanted=level.value), value, shadows))
    frame.scratch.extend(inner.scratch)
    for array in inner.scratch:
        if not array.is_real:
            passed.append(Passed("Const", array.symbol))
            continue
        adjoint = replace(like(array, draft.names.fresh(f"{array.name}_bar")), lanes=lanes)
        preparations.append(Preparation(adjoint))
        place = frame.place(adjoint)
        shadows = (place,) if adjoint.is_number else draft.addresses(adjoint)
        passed.append(Passed("Duplicated", array.symbol, shadows))
    draft.layouts = (*(draft.layouts if level.value else ()), *[layout] * len(adjoints))
    draft.functions.append(
        Function(
            name=name,
            inputs=(*inner.inputs, *added),
            results=(*(inner.results if level.value else ()), *adjoints.values()),
            scratch=tuple(frame.scratch),
            level=level,
            locals=tuple(frame.locals),
            preparations=tuple(preparations),
            calls=inner.name,
            passed=tuple(passed),
            lanes=lanes,
        )
    )


def _adjoint_layout(draft: Draft, level: Reverse, lanes: int) -> tuple[Layout, Sweep | None]:
    """Where adjoints belong, and the sweep of a level that goes through the components of its result."""
    if level.cotangent == "unit":
        return Layout(summed=draft.layouts[0].summed), None
    if level.cotangent == "given":
        return Layout(summed=any(layout != Layout() for layout in draft.layouts)), None
    result, before = draft.inner.results[0], draft.layouts[0]
    if result.rank == 0:
        return Layout((*(axis for axis in before.axes if axis is not None), None), before.summed), None
    is_listed = level.cotangent == "listed"
    if lanes > 1:
        lanes = lanes_along((result,), is_whole=not is_listed, at_most=level.lanes)
    component = Component(draft.names.fresh(f"{result.name}_index"), result, lanes if is_listed else 1)
    sweep = Sweep(component, (result,), draft.listing(result) if is_listed else None, lanes=lanes)
    draft.sweeps.append(sweep)
    axes = tuple(sweep.name if axis is None else axis for axis in before.axes)
    return Layout((*axes, None), before.summed), sweep


def _cotangent(draft: Draft, result: Array, layout: Layout) -> Array:
    """The cotangent that a level takes of a result; of a swept one it is a step's share of the whole."""
    name = draft.names.fresh(f"{result.name}_bar")
    array = like(result, name)
    if layout.axes != (None,):
        draft.gathered.append(Part.of(array, name, layout, tuple(draft.sweeps), draft.names))
    return array
