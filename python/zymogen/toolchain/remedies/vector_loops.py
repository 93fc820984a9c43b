"""Wishes that a loop should become vector code, which nobody may fulfil before the back end.

Until then there is no code of elementary functions that vectors could be made of. Clang, before Enzyme, would make
calls of vectors of them, which nobody has; `-opt-disable=loop-vectorize` keeps it from that. Enzyme's driver optimises
after Enzyme without knowing the processor, takes such a wish as an order, and would write the calls once for each place
of a vector; it has no option that keeps it from that, so the wish is hidden from it here.
"""

from __future__ import annotations

_WISH, _HIDDEN = '!"llvm.loop.vectorize.', '!"zymogen.loop.vectorize.'


def hide_wishes(ir: str) -> str:
    """The module, as text, with loops that nobody has a wish for."""
    return ir.replace(_WISH, _HIDDEN)


def reveal_wishes(ir: str) -> str:
    """The module with the wishes that were hidden."""
    return ir.replace(_HIDDEN, _WISH)
