"""Wishes that a loop should become vector code, kept from Enzyme's driver.

The driver optimises after Enzyme without knowing the processor, and takes such a wish as an order. Calls of elementary
functions are then written once for each place of a vector, before there is code for them that vectors are made of. It
has no option that keeps it from that (`-opt-disable` does not, which keeps clang from it).
"""

from __future__ import annotations

_WISH, _HIDDEN = '!"llvm.loop.vectorize.', '!"zymogen.loop.vectorize.'

VERSION = 1
"""Raised when what is done here changes; part of every key of the cache."""


def hide_wishes(ir: str) -> str:
    """The module, as text, with loops that nobody has a wish for."""
    return ir.replace(_WISH, _HIDDEN)


def reveal_wishes(ir: str) -> str:
    """The module with the wishes that were hidden."""
    return ir.replace(_HIDDEN, _WISH)
