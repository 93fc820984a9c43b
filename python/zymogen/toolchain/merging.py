"""Places where several ways meet, made such that the pinned Enzyme finds the one that was taken.

To go back on the way that was taken, the reverse pass asks conditions of the code before for it, or notes the way where
it comes in. It asks for too much in two cases. Where three ways meet it asks two conditions, the second one also where
the first has led past it (https://github.com/EnzymeAD/Enzyme/pull/3223), and any answer counts. Where a way comes out
of a nest of loops it asks a condition of the inner loop, in a turn of the outer one that it does not know
(https://github.com/EnzymeAD/Enzyme/issues/1392).

So ways meet two at a time: then a condition is asked only if it has always been evaluated. Where one inside of a nest
of loops might tell the way, they meet with strays, ways that nobody goes: no condition tells more than three apart.
Where a way leaves several loops at once, Enzyme notes it as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from zymogen.ir.flow import FUNCTION, Dominators, Flow, read_flow, reversed_graph
from zymogen.toolchain.hidden_zero import HiddenZero
from zymogen.toolchain.strays import going_astray

_MOST = 8
"""Ways that meet two at a time: more come from loops that are written out, and pairs would be looked for long."""


@dataclass(frozen=True)
class _Meeting:
    """A block, and those before it; of a loop's head those outside of the loop, or those inside of it."""

    label: str
    ways: tuple[str, ...]
    nests: frozenset[str]
    """The blocks of loops with loops inside out of which ways come."""


def merge_two_at_a_time(ir: str) -> str:
    """Let ways meet two at a time, in a module as text; without reverse mode it is left as it is."""
    if "__enzyme_autodiff" not in ir:
        return ir
    zero = HiddenZero(ir)
    return zero.declared(FUNCTION.sub(lambda function: _by_twos(function[0], zero), ir))


def _by_twos(function: str, zero: HiddenZero) -> str:
    flow = read_flow(function)
    meetings = list(_meetings(flow))
    if not meetings:
        return function
    dominators = Dominators(flow.graph)
    for meeting in meetings:
        _meet(flow, meeting, dominators, zero)
    return str(flow)


def _meet(flow: Flow, meeting: _Meeting, dominators: Dominators, zero: HiddenZero) -> None:
    # Of all pairs the one for which a condition is most likely to tell the way.
    if dominators.common(dominators.deepest(combinations(meeting.ways, 2))) in meeting.nests:
        _meet_strays(flow, meeting, zero)
    else:
        _meet_in_pairs(flow, meeting, dominators, zero)


def _meet_in_pairs(flow: Flow, meeting: _Meeting, dominators: Dominators, zero: HiddenZero) -> None:
    ways = meeting.ways
    while len(ways) > 2:
        pair = dominators.deepest(combinations(ways, 2))
        new = f"zymogen.meeting.{len(flow.blocks)}"
        flow.gather(meeting.label, pair, new, _going_on(new, meeting.label, zero))
        dominators.add(new, pair)
        ways = (*(way for way in ways if way not in pair), new)


def _meet_strays(flow: Flow, meeting: _Meeting, zero: HiddenZero) -> None:
    # LLVM lets those that leave the same loop meet first, unless each of them comes to a place of its own.
    for way in meeting.ways:
        new = f"zymogen.arrival.{len(flow.blocks)}"
        flow.gather(meeting.label, [way], new, _going_on(new, meeting.label, zero))
    flow.blocks[new].rest = going_astray(flow, new, meeting.label, zero, meeting.label)


def _meetings(flow: Flow) -> Iterator[_Meeting]:
    before = reversed_graph(flow.graph)
    returning = flow.returning()
    loops = flow.loops()
    latches = {loop.head: loop.latches for loop in loops}
    nests = [loop for loop in loops if any(other.inside < loop.inside for other in loops)]
    for label, block in flow.blocks.items():
        if label not in returning or block.is_landing_pad:
            continue
        back = latches.get(label, ())
        for ways in (tuple(way for way in before[label] if way not in back), back):
            left = [loop for loop in loops if label not in loop.inside and not loop.inside.isdisjoint(ways)]
            if any(sum(way in loop.inside for loop in left) > 1 for way in ways):
                continue
            inside = frozenset(block for loop in left if loop in nests for block in loop.inside)
            # Of more than three, those that leave a loop meet before the others.
            if len(ways) == 3 or (3 < len(ways) <= _MOST and left) or (len(ways) == 2 and inside):
                yield _Meeting(label, ways, inside)


def _going_on(label: str, following: str, zero: HiddenZero) -> str:
    return f"  {zero.mark(f'%{label}.stays')}\n  br label %{following}\n"
