"""The ways in which a build may be written, in the order in which they are tried."""

from __future__ import annotations

from zymogen.build.artifact import Variant
from zymogen.planning.plan import Plan

EFFORT_FOR_BLOCKS = 60
"""Seconds of the processor's time for a stage where all is written out: some kernels take hours, row by row seconds.

A limit by the clock would make it a matter of what else runs on the machine.
"""


def in_blocks(plan: Plan) -> tuple[Variant, ...]:
    """Ways to compute rows of this plan side by side. Each row has its own seeds, in registers."""
    if not plan.specialised or plan.obstacle:
        return ()
    return tuple(Variant("dense", wide, blocks=True) for wide in _widths(plan))


def row_by_row(plan: Plan) -> tuple[Variant, ...]:
    """Ways to compute one row after the other.

    The kernel may hand its argument to code that Enzyme cannot rewrite for the implicit one-hot, or use what Enzyme
    cannot differentiate along several directions.
    """
    return tuple(
        Variant("dense" if dense else "implicit", wide)
        for wide in _widths(plan)
        for dense in ((False, True) if plan.has_one_hot else (False,))
    )


def _widths(plan: Plan) -> tuple[bool, ...]:
    return (True, False) if plan.has_lanes else (True,)
