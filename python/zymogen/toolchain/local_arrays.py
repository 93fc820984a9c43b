"""Local arrays, given a type of which Enzyme does not keep a single copy for all loops.

Of an array on the stack that a loop reads, and that is overwritten later, the pinned Enzyme copies the whole before the
loop, and takes this copy for any other loop that reads the array: also where it has changed in between, and where the
first loop was never reached, so that there is no copy. Of a structure with an array in it, it keeps what is read.
"""

from __future__ import annotations

import re

from zymogen.ir.flow import NAME

_ARRAY = re.compile(rf"^(  %{NAME} = alloca )(\[[^\n]*\])(?=, )", re.MULTILINE)


def wrap_local_arrays(ir: str) -> str:
    """Make structures of the arrays on the stack, in a module as text."""
    return _ARRAY.sub(r"\1{ \2 }", ir)
