"""Ways that nobody goes, by which others cannot be told apart as far as Enzyme sees."""

from __future__ import annotations

from itertools import pairwise

from zymogen.ir.flow import Flow
from zymogen.toolchain.hidden_zero import HiddenZero

_STRAYS = 3


def going_astray(flow: Flow, block: str, following: str, zero: HiddenZero, to: str) -> str:
    """Give the end of a block that goes on to `following`, and may go to another one by three further blocks.

    The reverse pass then finds at least four ways to that one, and notes which was taken: it asks conditions only for
    two and three.
    """
    first = len(flow.blocks)
    strays = [f"zymogen.stray.{first + k}" for k in range(_STRAYS)]
    for stray, other in pairwise(strays):
        flow.add(stray, [], may_go(stray, to, other, zero))
    flow.add(strays[-1], [], f"  {zero.mark(f'%{strays[-1]}.stays')}\n  br label %{to}\n")
    for phi in flow.blocks[to].phis:
        phi.ways += [("poison", stray) for stray in strays]
    return may_go(block, strays[0], following, zero)


def may_go(block: str, aside: str, following: str, zero: HiddenZero) -> str:
    """Give the end of a block that goes on to `following`, and might go aside; the block stays where it is."""
    value = f"%{block}.goes.aside"
    return (
        f"  {zero.mark(f'%{block}.stays')}\n"
        f"  {zero.is_not(value)}\n"
        f"  br i1 {value}, label %{aside}, label %{following}\n"
    )
