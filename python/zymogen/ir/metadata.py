"""Numbers of the metadata in a listing."""

from __future__ import annotations

import re

_NUMBERED = re.compile(r"^!(\d+) = ", re.MULTILINE)


def free_number(ir: str) -> int:
    """The first number from which on no metadata of a listing has one."""
    return max(map(int, _NUMBERED.findall(ir)), default=-1) + 1
