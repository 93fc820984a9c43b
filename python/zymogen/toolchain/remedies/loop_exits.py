"""Loops from which the pinned Enzyme does not find back, given one way out.

The reverse pass goes round a loop as often as the kernel did, and back on the way that was taken. Enzyme notes both
where a loop is left, and is wrong about loops in each other. Of a way out of several loops at once it does not note the
number of the outer loops' turns, unless these go there by themselves as well. A way out after which nothing but the
same loop can come, in the next turn of one around it, is taken for one that ends in a throw. And where ways out meet it
asks a condition of an inner loop, in a turn of the outer one that it does not know
(https://github.com/EnzymeAD/Enzyme/issues/1392). What has not been noted is any number. LLVM makes such loops of
`while (...) { if (...) continue; }`: what `continue` repeats becomes a loop of its own inside of the other.

So all ways out of such a loop meet in one place, in the loop around it, where a number tells which was taken. Then none
leaves two loops at once, and no condition of a loop tells apart what comes after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from zymogen.ir.flow import Flow, Loop, Phi, reached, renamed, reversed_graph
from zymogen.ir.names import NAME
from zymogen.ir.renaming import rename_behind
from zymogen.toolchain.remedies.hidden_zero import HiddenZero
from zymogen.toolchain.remedies.unknown_values import unknown, unknown_number

_LOOP_NOTE = re.compile(r", !llvm\.loop !\d+")
_REAL = re.compile(r".*\b(?:double|float|x86_fp80)")
_STRAYS = 3
_VALUE = re.compile(rf"%{NAME}")


@dataclass
class _Nested:
    """A loop whose blocks become more while those inside of it are changed."""

    head: str
    inside: set[str]
    around: list[_Nested] = field(default_factory=list)
    """The loops in which it is."""


@dataclass(frozen=True)
class _Exit:
    """The one place to which a loop is left."""

    label: str
    arrivals: Mapping[str, str]
    """New blocks that lead there, one for each way out, and where that led before."""


def give_one_way_out(flow: Flow, named: Mapping[str, str], zero: HiddenZero) -> bool:
    """Change the loops of a function from which Enzyme does not find back; returns whether there were any.

    Parameters
    ----------
    named : the module's `structures`
    """
    lost = _lost(flow)
    for loop in lost:
        _leave_by_one_way(flow, loop, named, zero)
    of_several_parts = [natural for natural in flow.loops() if len(natural.latches) > 1]
    for natural in of_several_parts:
        _go_back_from_one_place(flow, natural)
    return bool(lost or of_several_parts)


def _lost(flow: Flow) -> list[_Nested]:
    """The loops to be changed, inner ones before those around them."""
    loops = [_Nested(loop.head, set(loop.inside)) for loop in flow.loops()]
    for loop in loops:
        loop.around = [other for other in loops if other is not loop and loop.head in other.inside]
    before = reversed_graph(flow.graph)
    returning = flow.returning()
    returns = [label for label, block in flow.blocks.items() if block.returns]
    lost = set()
    for loop in loops:
        ways = list(_ways_out(flow, loop, returning))
        if len(ways) > 1 and any(loop in other.around for other in loops):
            lost.add(loop.head)
        # Only from within another loop can the same one come again.
        if loop.around and not reached(returns, before, loop.inside).issuperset(out for _, out in ways):
            lost.add(loop.head)
        for _, out in ways:
            left = [other.head for other in (loop, *loop.around) if out not in other.inside]
            if len(left) > 1:
                lost.update(left)
    if loops:
        lost.update(_left_by_values(flow, loops))
    return [loop for loop in reversed(loops) if loop.head in lost and any(_ways_out(flow, loop, returning))]


def _left_by_values(flow: Flow, loops: list[_Nested]) -> Iterator[str]:
    """The heads of loops out of which something is used that Enzyme would compute again in a turn it does not know.

    That is what is computed inside of another loop in them, and integers and pointers that depend on the way in a turn.
    """
    heads = {loop.head for loop in loops}
    around = {label: [loop for loop in loops if label in loop.inside] for label in flow.blocks}
    places = {value: label for label, block in flow.blocks.items() if around[label] for value in block.values}
    merged = {
        phi.result
        for label, block in flow.blocks.items()
        if label not in heads
        for phi in block.phis
        if not _REAL.match(phi.kind)
    }
    for label, block in flow.blocks.items():
        uses = [(value, label) for value in _VALUE.findall(block.rest)]
        for value, way in (*uses, *(way for phi in block.phis for way in phi.ways)):
            left = [loop for loop in around[places[value]] if way not in loop.inside] if value in places else []
            if len(left) > 1 or (left and value in merged):
                yield from (loop.head for loop in left)


def _ways_out(flow: Flow, loop: _Nested, returning: set[str]) -> Iterator[tuple[str, str]]:
    """The blocks from which a loop is left, each with one to which it goes.

    Nothing goes back from where exceptions come, and where the function can only throw.
    """
    for label, block in flow.blocks.items():
        if label in loop.inside:
            for out in dict.fromkeys(block.successors):
                if out not in loop.inside and out in returning and not flow.blocks[out].is_landing_pad:
                    yield label, out


def _leave_by_one_way(flow: Flow, loop: _Nested, named: Mapping[str, str], zero: HiddenZero) -> None:
    known = set(flow.blocks)
    exit_ = _arrive(flow, list(_ways_out(flow, loop, flow.returning())), zero)
    # What leaves most loops comes first: so all places where this is decided are in the loop around.
    outs = sorted(
        set(exit_.arrivals.values()), key=lambda out: (sum(out in other.inside for other in loop.around), out)
    )
    choices = _choose(flow, exit_, outs, zero)
    for out, choice in zip(outs, choices, strict=True):
        _bring(flow, exit_, out, choice, zero)
    rename_behind(flow, loop.inside, exit_.label, named, lambda kind: unknown(flow, kind, zero))
    _go_astray(flow, [*exit_.arrivals][-1], exit_.label, zero)
    for other in loop.around:
        other.inside |= flow.blocks.keys() - known


def _arrive(flow: Flow, ways: list[tuple[str, str]], zero: HiddenZero) -> _Exit:
    """Let ways out of a loop lead to a new block each, and these to one whose end is still missing."""
    label = f"zymogen.exit.{len(flow.blocks)}"
    arrivals = {}
    for block, out in ways:
        new = f"zymogen.arrival.{len(flow.blocks)}"
        flow.gather(out, [block], new, f"  {zero.mark(f'%{new}.stays')}\n  br label %{label}\n")
        arrivals[new] = out
    flow.add(label, [], "")
    return _Exit(label, arrivals)


def _bring(flow: Flow, exit_: _Exit, out: str, choice: str, zero: HiddenZero) -> None:
    """Let what arrivals bring to a block that they led to come from an exit, by the block that goes there."""
    for phi in flow.blocks[out].phis:
        brought = {way: value for value, way in phi.ways if way in exit_.arrivals}
        other = unknown(flow, phi.kind, zero)
        ways = [(brought.get(arrival, other), arrival) for arrival in exit_.arrivals]
        merged = Phi(renamed(phi.result, exit_.label), phi.kind, ways, phi.notes)
        flow.blocks[exit_.label].phis.append(merged)
        phi.ways = [*(way for way in phi.ways if way[1] not in brought), (merged.result, choice)]


def _choose(flow: Flow, exit_: _Exit, outs: list[str], zero: HiddenZero) -> list[str]:
    """Go on from an exit to where the way that was taken led; returns the blocks that go there, one for each."""
    if len(outs) == 1:
        flow.blocks[exit_.label].rest = f"  {zero.mark(f'%{exit_.label}.stays')}\n  br label %{outs[0]}\n"
        return [exit_.label]
    which = f"%{exit_.label}.which"
    numbers = [(unknown_number(flow, outs.index(out), zero), arrival) for arrival, out in exit_.arrivals.items()]
    flow.blocks[exit_.label].phis.append(Phi(which, "i64", numbers))
    choices = [exit_.label, *(f"zymogen.choice.{len(flow.blocks) + k}" for k in range(len(outs) - 2))]
    for choice in choices[1:]:
        flow.add(choice, [], "")
    for number, (choice, other) in enumerate(pairwise([*choices, outs[-1]])):
        told = f"%{choice}.told"
        flow.blocks[choice].rest = (
            f"  {zero.mark(f'%{choice}.stays')}\n"
            f"  {told} = icmp eq i64 {which}, {number}\n"
            f"  br i1 {told}, label %{outs[number]}, label %{other}\n"
        )
    return [*choices, choices[-1]]


def _go_astray(flow: Flow, block: str, to: str, zero: HiddenZero) -> None:
    """Let a block that goes on to another one go there by further ways as well, which nobody takes.

    The reverse pass then finds at least four ways to that one, and notes which was taken: it asks conditions only for
    two and three.
    """
    strays = [f"zymogen.stray.{len(flow.blocks) + k}" for k in range(_STRAYS)]
    for label in strays:
        flow.add(label, [], "")
    for label, aside in pairwise((block, *strays)):
        goes = f"%{label}.goes.aside"
        flow.blocks[
            label
        ].rest = (
            f"  {zero.mark(f'%{label}.stays')}\n  {zero.is_not(goes)}\n  br i1 {goes}, label %{aside}, label %{to}\n"
        )
    flow.blocks[strays[-1]].rest = f"  {zero.mark(f'%{strays[-1]}.stays')}\n  br label %{to}\n"
    for phi in flow.blocks[to].phis:
        phi.ways += [(unknown(flow, phi.kind, zero), stray) for stray in strays]


def _go_back_from_one_place(flow: Flow, loop: Loop) -> None:
    """Give a loop one block that goes back to its head: LLVM makes several loops of one that has more."""
    note = ""
    for label in loop.latches:
        block = flow.blocks[label]
        note = note or next(iter(_LOOP_NOTE.findall(block.rest)), "")
        block.rest = _LOOP_NOTE.sub("", block.rest)
    latch = f"zymogen.latch.{len(flow.blocks)}"
    flow.gather(loop.head, loop.latches, latch, f"  br label %{loop.head}{note}\n")
