"""Functions in a form in which the pinned Enzyme finds the way back, before it differentiates them in reverse mode."""

from __future__ import annotations

from zymogen.ir.flow import FUNCTION, read_flow
from zymogen.ir.types import structures
from zymogen.toolchain.remedies.hidden_zero import HiddenZero
from zymogen.toolchain.remedies.loop_exits import give_one_way_out
from zymogen.toolchain.remedies.merging import merge_two_at_a_time
from zymogen.toolchain.remedies.moving_bounds import hide_bounds
from zymogen.toolchain.remedies.remainders import hide_remainders


def show_ways_back(ir: str) -> str:
    """Change loops and places where ways meet, in a module as text; without reverse mode it is left as it is."""
    if "__enzyme_autodiff" not in ir:
        return ir
    zero, named = HiddenZero(ir), structures(ir)

    def changed(function: str) -> str:
        flow = read_flow(function)
        exits = give_one_way_out(flow, named, zero)
        hidden = [hide_bounds(flow, zero), hide_remainders(flow, zero)]
        merged = merge_two_at_a_time(flow, zero)
        return str(flow) if exits or merged or any(hidden) else function

    return zero.declared(FUNCTION.sub(lambda function: changed(function[0]), ir))
