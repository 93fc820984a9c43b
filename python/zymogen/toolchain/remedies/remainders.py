"""Remainders in loops, hidden from LLVM while Enzyme asks it which places a loop reads.

LLVM knows `p[i % 3]` as a sum in which the number of the turn is. Where Enzyme asks whether another loop overwrites it,
both numbers come into one sum, and of loops of which neither always comes before the other LLVM puts none into order:
that ends Enzyme.
"""

from __future__ import annotations

import re

from zymogen.ir.flow import Flow
from zymogen.ir.names import NAME
from zymogen.toolchain.remedies.hidden_zero import HiddenZero

_REMAINDER = re.compile(rf"^  (%{NAME}) = urem (i\d+) ([^\n]*)\n", re.MULTILINE)


def hide_remainders(flow: Flow, zero: HiddenZero) -> bool:
    """Change those in a function with several loops; returns whether there are any."""
    loops = flow.loops()
    hidden = 0

    def changed(found: re.Match[str]) -> str:
        nonlocal hidden
        name = f"%zymogen.remainder.{hidden}"
        hidden += 1
        return (
            f"  {name} = urem {found[2]} {found[3]}\n"
            f"  {zero.load(f'{name}.zero', found[2])}\n"
            f"  {found[1]} = xor {found[2]} {name}, {name}.zero\n"
        )

    for label in sorted({label for loop in loops for label in loop.inside}) if len(loops) > 1 else ():
        flow.blocks[label].rest = _REMAINDER.sub(changed, flow.blocks[label].rest)
    return hidden > 0
