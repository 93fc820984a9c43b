"""Stores whose place is hidden from Enzyme while it differentiates, so that it keeps what they overwrite.

The reverse pass of the pinned Enzyme asks whether a store overwrites what a load has read, and takes LLVM's answer for
one step of a loop: `u[i]` and `u[i + 1]` are different places. That a later step writes `u[i + 1]` is not seen, and the
reverse pass reads the new value: the gradient of ``u[i] = u[i] * u[i + 1]`` is silently wrong. With an offset that is
known to be zero only afterwards, each store may meet each load of the same array, and loaded values are kept.
"""

from __future__ import annotations

import re
from itertools import count

from zymogen.ir.flow import FUNCTION
from zymogen.toolchain.hidden_zero import HiddenZero

_LOAD = re.compile(r"(?<!\.real) = load (?:double|float|x86_fp80), ")
_STORE = re.compile(r"^  store (double|float|x86_fp80) ([^\n,]+), ptr ([%@]\S+?)(, [^\n]*)?$", re.MULTILINE)


def hide_places(ir: str) -> str:
    """Give each store of a real number an offset that is not known, in functions of a module that load some too.

    A module without reverse mode is left as it is.
    """
    if "__enzyme_autodiff" not in ir:
        return ir
    numbers = count()
    zero = HiddenZero(ir)

    def hidden(store: re.Match[str]) -> str:
        number = next(numbers)
        offset, place = f"%zymogen.offset.{number}", f"%zymogen.place.{number}"
        return (
            f"  {zero.load(offset)}\n"
            f"  {place} = getelementptr i8, ptr {store[3]}, i64 {offset}\n"
            f"  store {store[1]} {store[2]}, ptr {place}{store[4] or ''}"
        )

    def function(text: re.Match[str]) -> str:
        return _STORE.sub(hidden, text[0]) if _LOAD.search(text[0]) else text[0]

    return zero.declared(FUNCTION.sub(function, ir))
