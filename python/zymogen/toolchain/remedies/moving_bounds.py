"""Bounds of loops, hidden from Enzyme where a loop around them changes them by more than constant steps.

Of how such a number is compared and subtracted LLVM concludes too much: that `for (int i = 0; i < b; ++i)` ends at a
`b` of 0, where it is inside of `for (; a >= b; a -= b)` and that inside of a loop that sets `b`. For Enzyme it then has
2^32 turns more than it has.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from zymogen.ir.flow import Flow, Loop, Phi
from zymogen.ir.names import NAME
from zymogen.toolchain.remedies.hidden_zero import HiddenZero

_INTEGER = re.compile(r"i\d+")
_COMPARED = re.compile(
    rf"^  (?P<result>%{NAME}) = icmp (?:samesign )?\w+ i\d+ (?P<left>[^\n,]+), (?P<right>[^\n,]+)", re.MULTILINE
)


def hide_bounds(flow: Flow, zero: HiddenZero) -> bool:
    """Change the bounds of such loops of a function; returns whether there were any."""
    loops = flow.loops()
    hidden = 0
    for around in loops:
        inner = [loop for loop in loops if loop is not around and loop.head in around.inside]
        ends = {label for loop in inner for label in loop.inside if set(flow.blocks[label].successors) - loop.inside}
        head = flow.blocks[around.head]
        for phi in head.phis if ends else ():
            bound = f"%zymogen.bound.{hidden}"
            if _INTEGER.fullmatch(phi.kind) and not _steps(flow, around, phi) and _compare(flow, ends, phi, bound):
                hidden += 1
                offset = f"{bound}.offset"
                added = f"  {zero.load(offset, phi.kind)}\n  {bound} = add {phi.kind} {phi.result}, {offset}\n"
                head.rest = added + head.rest
    return hidden > 0


def _steps(flow: Flow, loop: Loop, phi: Phi) -> bool:
    """Whether every turn of a loop adds the same constant to a number."""
    after = {value for value, label in phi.ways if label in loop.inside}
    step = re.compile(rf"(?:add|sub)(?: nuw| nsw)* {phi.kind} {re.escape(phi.result)}, -?\d+")
    made = {value: text for label in loop.inside for value, text in flow.blocks[label].values.items()}
    return all(step.match(made.get(value, "")) for value in after)


def _compare(flow: Flow, ends: Collection[str], phi: Phi, bound: str) -> bool:
    """Let what loops end by compare with `bound` instead of with a number; returns whether any did."""
    compared = False
    for label in ends:
        block = flow.blocks[label]
        condition = block.condition
        for line in _COMPARED.finditer(block.rest):
            sides = [line["left"], line["right"]]
            if line["result"] == condition and phi.result in sides:
                hidden = ", ".join(bound if side == phi.result else side for side in sides)
                block.rest = f"{block.rest[: line.start('left')]}{hidden}{block.rest[line.end('right') :]}"
                compared = True
                break
    return compared
