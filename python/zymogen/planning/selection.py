"""Levels that keep some of the results, or listed components of one."""

from __future__ import annotations

from dataclasses import replace

from zymogen.planning.draft import Draft, Frame, like, passed_inputs
from zymogen.planning.function import Array, Function, Passed, Picks
from zymogen.planning.request import Reverse, Select


def add_selection(draft: Draft, level: Select, name: str) -> None:
    """Add the level that drops results, or their components that are not listed."""
    inner, frame = draft.inner, Frame()
    chosen = [inner.results[position] for position in level.results]
    dropped = [result for result in inner.results if result not in chosen or level.listed]
    places = {result.name: frame.place(result) for result in dropped}
    listing = picks = None
    if level.listed:
        source = chosen[0]
        listing = replace(draft.listing(source), of=replace(_called_by_users(draft, source), lanes=1))
        listed = like(source, draft.names.fresh(f"{source.name}_listed"), (listing.count,))
        picks = Picks(source, listing, replace(listed, lanes=source.lanes))
        chosen = [picks.result]
    passed = [
        *passed_inputs(inner, {}),
        *(Passed("Const", places.get(item.name, item.symbol)) for item in (*inner.results, *inner.scratch)),
    ]
    draft.layouts = tuple(draft.layouts[position] for position in level.results)
    draft.functions.append(
        Function(
            name=name,
            inputs=(*inner.inputs, *([listing] if listing is not None else [])),
            results=tuple(chosen),
            scratch=(*frame.scratch, *inner.scratch),
            level=level,
            locals=tuple(frame.locals),
            calls=inner.name,
            passed=tuple(passed),
            lanes=inner.lanes,
            picks=picks,
        )
    )


def _called_by_users(draft: Draft, result: Array) -> Array:
    """A result of the last function, for messages: components of an adjoint are those of the argument."""
    level = draft.inner.level
    if not isinstance(level, Reverse):
        return result
    adjoints = draft.inner.results[-len(level.arguments) :]
    names = dict(zip((item.name for item in adjoints), level.arguments, strict=True))
    return replace(result, name=names.get(result.name, result.name))
