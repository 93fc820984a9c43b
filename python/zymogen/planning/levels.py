"""The levels of a nest: who is active at each, what shadows whom, what must be zero before."""

from __future__ import annotations

from collections.abc import Mapping

from zymogen.planning.draft import Draft
from zymogen.planning.forward import add_components, add_tangents
from zymogen.planning.function import Function, SeedKind
from zymogen.planning.lanes import LANES
from zymogen.planning.names import Names
from zymogen.planning.request import Forward, OneHot, Request, Reverse, Select
from zymogen.planning.reverse import add_reverse
from zymogen.planning.selection import add_selection
from zymogen.planning.sweep import swept


def with_levels(
    kernel: Function, names: Names, sizes: Mapping[str, str], request: Request, seed: SeedKind, *, wide: bool
) -> tuple[Function, ...]:
    """The kernel, one function for each level of `request`, and where these are along all components, one around them.

    Parameters
    ----------
    sizes : the C++ identifier of every dimension with a name
    wide : whether the outermost level may go along several directions in one pass
    """
    draft = Draft(kernel, names, sizes, seed)
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
