"""What is wanted of a kernel: a tuple of levels, applied one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Select:
    """Some of the results, by position; the others are still computed where the kernel does so, and then dropped."""

    results: tuple[int, ...]
    listed: bool = False
    """Whether of the one result only the components in a list are kept."""

    def __str__(self) -> str:
        which = "listed components of " if self.listed else ""
        return f"{which}result{'s' if len(self.results) > 1 else ''} {', '.join(map(str, self.results))}"


@dataclass(frozen=True)
class Forward:
    """Derivative along given tangents of `arguments`: one forward pass (pushforward, JVP)."""

    arguments: tuple[str, ...]
    value: bool = False
    """Whether the results themselves are wanted too; they come first."""
    lanes: int = 1
    """How many tangents of each argument are given together; the outermost level only."""

    def __str__(self) -> str:
        together = f"{self.lanes} given tangents" if self.lanes > 1 else "given tangents"
        return f"forward, along {together} of {', '.join(self.arguments)}"


Components = Literal["one", "all", "listed", "diagonal", "symmetric"]
"""Along which components of its arguments, taken together, a forward level goes:

- one: that which the call names, or which is bound
- all, listed: each of them, or of a list
- diagonal: the one that the level before goes along
- symmetric: each from the one on that the level before goes along; the others are equal by symmetry
"""


@dataclass(frozen=True)
class OneHot:
    """Derivative with respect to single components of `arguments`: one forward pass for each, no seed array."""

    arguments: tuple[str, ...]
    components: Components = "one"
    value: bool = False
    lanes: int | None = None
    """How many components go in one pass, at most, where it is known that there are few."""

    def __str__(self) -> str:
        arguments = ", ".join(self.arguments)
        which = {
            "one": f"one component of {arguments}",
            "all": f"each component of {arguments}",
            "listed": f"each listed component of {arguments}",
            "diagonal": f"the same component of {arguments}",
            "symmetric": f"each component of {arguments} from the same one on",
        }
        return f"forward, along {which[self.components]}"


Cotangent = Literal["unit", "given", "all", "listed"]
"""What a reverse level starts from: 1 for the one result, which is a number; cotangents that are given; or 1 for each
component of the one result in turn, all of them or those of a list."""


@dataclass(frozen=True)
class Reverse:
    """Derivative with respect to all of `arguments` at once: one reverse pass (pullback, VJP) for each cotangent."""

    arguments: tuple[str, ...]
    cotangent: Cotangent = "unit"
    value: bool = False
    lanes: int | None = None
    """How many cotangents go in one pass, at most, where it is known that there are few."""

    def __str__(self) -> str:
        weights = {
            "unit": "",
            "given": ", with given cotangents",
            "all": ", for each component of the result",
            "listed": ", for each listed component of the result",
        }
        return f"reverse, with respect to {', '.join(self.arguments)}{weights[self.cotangent]}"


Level = Select | Forward | OneHot | Reverse


@dataclass(frozen=True)
class Request:
    """Levels from the innermost to the outermost; none is the kernel itself."""

    levels: tuple[Level, ...] = ()

    def then(self, level: Level) -> Request:
        return Request((*self.levels, level))

    @property
    def order(self) -> int:
        """The order of the derivative: how many levels differentiate."""
        return sum(not isinstance(level, Select) for level in self.levels)
