"""From a request to its nest of functions: who is active at each level, what shadows whom, what must be zero before."""

from __future__ import annotations

from functools import lru_cache

from zymogen.declaration import Declaration, Instance
from zymogen.planning.draft import Draft, SeedKind
from zymogen.planning.evaluation import evaluation
from zymogen.planning.forward import add_components, add_tangents
from zymogen.planning.function import Function
from zymogen.planning.lanes import LANES
from zymogen.planning.names import Names, size_symbols
from zymogen.planning.request import Forward, OneHot, Request, Reverse, Select
from zymogen.planning.reverse import add_reverse
from zymogen.planning.selection import add_selection
from zymogen.planning.sweep import swept


# Operators look at the plans of all they pass through, and a plan is cheap to compare and not to make.
@lru_cache(maxsize=256)
def nest(
    declaration: Declaration, instance: Instance, request: Request, seed: SeedKind, *, wide: bool = True
) -> tuple[Function, ...]:
    """The functions of `request`, innermost first.

    Parameters
    ----------
    wide : whether the outermost level may go along several directions in one pass
    """
    signature = declaration.signature
    given = {item.name for item in (*signature.arguments, *signature.results)}
    sizes = size_symbols(signature)
    names = Names(given.union(signature.sizes, sizes.values()))
    draft = Draft(evaluation(declaration, instance, names), names, sizes, seed)
    last = max((number for number, level in enumerate(request.levels) if not isinstance(level, Select)), default=-1)
    for number, level in enumerate(request.levels):
        name = f"level_{number + 1}"
        # Lanes inside of further levels would be differentiated as many times, wanted or not.
        lanes = LANES if wide and number == last else 1
        match level:
            case Select():
                add_selection(draft, level, name)
            case Forward():
                add_tangents(draft, level, name)
            case OneHot():
                add_components(draft, level, name, lanes)
            case Reverse():
                add_reverse(draft, level, name, lanes)
    if draft.sweeps:
        sweeps = tuple(draft.sweeps)
        outermost = swept(
            draft.inner, f"sweep_{len(request.levels)}", sweeps, tuple(draft.gathered), draft.layouts, names
        )
        draft.functions.append(outermost)
    return tuple(draft.functions)
