"""Places in memory, as a function of a listing gets to them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from zymogen.ir.names import NAME

_STEP = re.compile(rf"^  (%{NAME}) = getelementptr ([^\n]*?, ptr )([%@]{NAME})((?:, [^\n!]*)?)(?=, !|$)", re.MULTILINE)


@dataclass(frozen=True)
class Places:
    """Where the pointers of a function lead to."""

    steps: Mapping[str, tuple[str, str, str]]
    """By a pointer that comes from another one: the kind of step, the other pointer, and indices."""

    def base(self, pointer: str) -> str:
        """The pointer from which another one is reckoned."""
        while pointer in self.steps:
            pointer = self.steps[pointer][1]
        return pointer

    def place(self, pointer: str) -> str:
        """What a pointer is reckoned from, and how: equal where pointers are."""
        if pointer not in self.steps:
            return pointer
        kind, base, indices = self.steps[pointer]
        return f"{kind}{self.place(base)}{indices}"


def read_places(function: str) -> Places:
    """Read the steps of a function's pointers."""
    return Places({result: (kind, base, indices) for result, kind, base, indices in _STEP.findall(function)})
