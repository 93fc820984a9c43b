"""Ways out of loops that the pinned Enzyme does not see, made visible to it.

The reverse pass goes round a loop as often as the kernel did. Where that number is not known before, Enzyme notes it
where the loop is left, and it misses two kinds of places. From a way out of several loops at once the number of the
outer loops' turns is not noted, unless these go there by themselves as well. And a way out after which nothing but the
same loop can come, in the next turn of one around it, is taken for one that ends in a throw. What has not been noted is
any number. LLVM makes both of `while (...) { if (...) continue; }`: what `continue` repeats becomes a loop of its own
inside of the other.

So a way out lands in each loop that it leaves, from which that loop might go on as far as Enzyme can see, and before
the same loop comes again the function might return.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from zymogen.ir.flow import FUNCTION, Flow, Loop, reached, read_flow, reversed_graph
from zymogen.toolchain.hidden_zero import HiddenZero
from zymogen.toolchain.strays import going_astray, may_go

_LOOP_NOTE = re.compile(r", !llvm\.loop !\d+")
_RETURNS = "zymogen.returns"


@dataclass(frozen=True)
class _WayOut:
    """A way from a block of a loop to one outside of it."""

    block: str
    out: str
    heads: tuple[str, ...]
    """Of the loops in which it must land, from the inside out."""
    may_return: bool
    """Whether it must be followed by a return."""


def show_ways_out(ir: str) -> str:
    """Give landings to ways out of loops, in a module as text; without reverse mode it is left as it is."""
    if "__enzyme_autodiff" not in ir:
        return ir
    zero = HiddenZero(ir)
    return zero.declared(FUNCTION.sub(lambda function: _with_landings(function[0], zero), ir))


def _with_landings(function: str, zero: HiddenZero) -> str:
    flow = read_flow(function)
    ways = list(_unseen_ways_out(flow))
    for way in ways:
        _land(flow, way, zero)
    if any(way.may_return for way in ways):
        flow.add(_RETURNS, [], "  ret void\n" if flow.result == "void" else f"  ret {flow.result} poison\n")
    of_several_parts = [loop for loop in flow.loops() if len(loop.latches) > 1]
    for loop in of_several_parts:
        _go_back_from_one_place(flow, loop)
    return str(flow) if ways or of_several_parts else function


def _unseen_ways_out(flow: Flow) -> Iterator[_WayOut]:
    graph, loops = flow.graph, flow.loops()
    before = reversed_graph(graph)
    returning = flow.returning()
    returns = [label for label, block in flow.blocks.items() if block.returns]

    @cache
    def returning_without(loop: Loop) -> set[str]:
        return reached(returns, before, loop.inside)

    around: dict[str, list[Loop]] = {label: [] for label in graph}
    for loop in loops:
        for label in loop.inside:
            around[label].append(loop)
    for block, following in graph.items():
        for out in dict.fromkeys(following):
            left = [loop for loop in reversed(around[block]) if out not in loop.inside]
            # Nothing goes back from where exceptions come, and where the function can only throw.
            if not left or out not in returning or flow.blocks[out].is_landing_pad:
                continue
            noted = all(_goes(loop, out, graph, around) for loop in left[1:])
            heads = () if noted else tuple(loop.head for loop in left[1:])
            # Only from within another loop can the same one come again.
            may_return = bool(around[out]) and any(out not in returning_without(loop) for loop in left)
            if heads or may_return:
                yield _WayOut(block, out, heads, may_return)


def _goes(loop: Loop, out: str, graph: Mapping[str, list[str]], around: Mapping[str, list[Loop]]) -> bool:
    """Whether a block of the loop, in no loop inside of it, goes to `out`: the number of turns is known from there."""
    return any(out in graph[label] and around[label][-1] is loop for label in loop.inside)


def _land(flow: Flow, way: _WayOut, zero: HiddenZero) -> None:
    before = way.block
    for head in (*way.heads, *([None] if way.may_return else [])):
        new = f"zymogen.landing.{len(flow.blocks)}"
        flow.gather(way.out, [before], new, "")
        aside = may_go(new, _RETURNS, way.out, zero) if head is None else going_astray(flow, new, way.out, zero, head)
        flow.blocks[new].rest = aside
        before = new


def _go_back_from_one_place(flow: Flow, loop: Loop) -> None:
    """Give a loop one block that goes back to its head: LLVM makes several loops of one that has more."""
    note = ""
    for label in loop.latches:
        block = flow.blocks[label]
        note = note or next(iter(_LOOP_NOTE.findall(block.rest)), "")
        block.rest = _LOOP_NOTE.sub("", block.rest)
    latch = f"zymogen.latch.{len(flow.blocks)}"
    flow.gather(loop.head, loop.latches, latch, f"  br label %{loop.head}{note}\n")
