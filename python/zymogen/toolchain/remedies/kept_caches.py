"""Caches of derivative code whose memory is kept for the next call, instead of being freed and allocated again.

The C library gives large memory back to the system, whose pages are empty when they come again: for a gradient that
needs some megabytes, filling them takes as long as computing it.
"""

from __future__ import annotations

import re

from zymogen.ir.flow import FUNCTION
from zymogen.ir.names import NAME
from zymogen.toolchain.remedies.row_memory import ALLOCATION, NAME_END, READ_OR_WRITTEN, allocated_by

CACHE_MEMORY = "zymogen_cache_memory"
CACHE_RELEASE = "zymogen_cache_release"
"""Both are of `zymogen/row_memory.hpp`."""

_SAME = re.compile(rf"^  (%{NAME}) = (?:phi ptr|select) ")  # the value is one of those that follow
_FREED = r"^  (?:tail )?call void @free\(ptr [^\n]*{value}\)"
_COMPARED = r"= icmp "


def keep_for_the_next_call(ir: str) -> str:
    """Redirect the allocation and freeing of caches, in a module as text, where both are in one function."""
    return FUNCTION.sub(lambda function: _redirected(function[0]), ir)


def _redirected(function: str) -> str:
    frees = {allocation: _frees(allocation, function) for allocation in ALLOCATION.findall(function)}
    for allocation, lines in frees.items():
        if lines:
            function = allocated_by(CACHE_MEMORY, allocation, function)
    for line in {line for lines in frees.values() for line in lines}:
        function = function.replace(line, line.replace("@free(", f"@{CACHE_RELEASE}("))
    return function


def _frees(allocation: str, function: str) -> list[str]:
    """The lines that free an allocation; none if its pointer may get elsewhere, to be freed or enlarged there."""
    found: dict[str, None] = {}
    values = [allocation]
    for value in values:
        name = re.escape(value) + NAME_END
        freed = re.compile(_FREED.format(value=name))
        allowed = re.compile("|".join((*READ_OR_WRITTEN, _COMPARED)).format(value=name))
        for use in re.findall(rf"^.*{name}.*$", function, re.MULTILINE):
            if use.startswith(f"  {value} = "):
                continue
            if same := _SAME.match(use):
                values += [same[1]] if same[1] not in values else []
            elif freed.search(use):
                found[use] = None
            elif not allowed.search(use):
                return []
    return list(found)
