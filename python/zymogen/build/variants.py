"""The ways in which a build may be written, in the order in which they are tried."""

from __future__ import annotations

from zymogen.build.artifact import Plans, Variant


def in_blocks(plans: Plans) -> tuple[Variant, ...]:
    """Ways to compute rows side by side. Each row has its own seeds, in registers."""
    first = plans(Variant())[0]
    if not first.specialised or first.obstacle:
        return ()
    return tuple(Variant("dense", wide, blocks=True) for wide in ((True, False) if first.has_lanes else (True,)))


def row_by_row(plans: Plans) -> tuple[Variant, ...]:
    """Ways to compute one row after the other.

    The kernel may hand its argument to code that Enzyme cannot rewrite for the implicit one-hot, or use what Enzyme
    cannot differentiate along several directions.
    """
    first = plans(Variant())[0]
    return tuple(
        Variant("dense" if dense else "implicit", wide)
        for wide in ((True, False) if first.has_lanes else (True,))
        for dense in ((False, True) if first.has_one_hot else (False,))
    )
