"""Places where several ways meet, made such that the pinned Enzyme finds the one that was taken.

To go back on the way that was taken, the reverse pass asks conditions of the code before for it, or notes the way where
it comes in. Where three ways meet it asks two conditions, the second one also where the first has led past it
(https://github.com/EnzymeAD/Enzyme/pull/3223), and any answer counts. So ways meet two at a time: then a condition is
asked only if it has always been evaluated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from zymogen.ir.flow import Dominators, Flow, Loop, reversed_graph
from zymogen.toolchain.remedies.hidden_zero import HiddenZero

_MOST = 8
"""Ways that meet two at a time: more come from loops that are written out, and pairs would be looked for long."""


def merge_two_at_a_time(flow: Flow, zero: HiddenZero) -> bool:
    """Let ways meet two at a time in a function; returns whether there were more anywhere."""
    meetings = list(_meetings(flow))
    if not meetings:
        return False
    dominators = Dominators(flow.graph)
    for label, ways in meetings:
        _meet(flow, label, ways, dominators, zero)
    return True


def _meetings(flow: Flow) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Blocks, each with those before it; of a loop's head those outside of the loop, or those inside of it."""
    before = reversed_graph(flow.graph)
    returning = flow.returning()
    loops = flow.loops()
    latches = {loop.head: loop.latches for loop in loops}
    for label, block in flow.blocks.items():
        if label not in returning or block.is_landing_pad:
            continue
        back = latches.get(label, ())
        for ways in (tuple(way for way in before[label] if way not in back), back):
            # Of more than three, those that leave a loop meet before the others.
            if len(ways) == 3 or (3 < len(ways) <= _MOST and _leave_one_of(loops, label, ways)):
                yield label, ways


def _leave_one_of(loops: Iterable[Loop], label: str, ways: Iterable[str]) -> bool:
    return any(label not in loop.inside and not loop.inside.isdisjoint(ways) for loop in loops)


def _meet(flow: Flow, label: str, ways: tuple[str, ...], dominators: Dominators, zero: HiddenZero) -> None:
    while len(ways) > 2:
        # Of all pairs the one for which a condition is most likely to tell the way.
        pair = dominators.deepest(combinations(ways, 2))
        new = f"zymogen.meeting.{len(flow.blocks)}"
        flow.gather(label, pair, new, f"  {zero.mark(f'%{new}.stays')}\n  br label %{label}\n")
        dominators.add(new, pair)
        ways = (*(way for way in ways if way not in pair), new)
