"""Alignments in derivative code that its memory does not have, lowered to what malloc gives."""

from __future__ import annotations

import re

_LINE = re.compile(r"^  (?![^\n]* = alloca )[^\n]*\balign (?:32|64|\d{3,})\b[^\n]*$", re.MULTILINE)
_ALIGNMENT = re.compile(r"\balign (?:32|64|\d{3,})\b")


def as_malloc_aligns(ir: str) -> str:
    """Lower the alignment of accesses in a module, as text, to 16 bytes.

    Enzyme keeps values for the reverse pass in memory from malloc and realloc, and marks accesses to an array in it
    with the array's whole size, such as 64 for eight doubles; aligned vector instructions then end the process. What is
    really aligned loses nothing that can be measured.
    """
    return _LINE.sub(lambda line: _ALIGNMENT.sub("align 16", line[0]), ir)
