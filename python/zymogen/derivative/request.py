"""What is wanted of a kernel: a tuple of levels, applied one after the other, each one call of Enzyme."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Forward:
    """Derivative along given tangents of `arguments`: one forward pass (pushforward, JVP)."""

    arguments: tuple[str, ...]
    value: bool = False
    """Whether the results themselves are wanted too; they come first."""

    def __str__(self) -> str:
        return f"forward, along given tangents of {', '.join(self.arguments)}"


@dataclass(frozen=True)
class OneHot:
    """Derivative with respect to one component of `argument`: one forward pass, no seed array."""

    argument: str

    def __str__(self) -> str:
        return f"forward, along one component of {self.argument}"


@dataclass(frozen=True)
class Reverse:
    """Derivative with respect to all of `arguments` at once: one reverse pass (pullback, VJP)."""

    arguments: tuple[str, ...]
    cotangent: bool = False
    """Whether cotangents of the results are given; otherwise the one result is a number and its cotangent is 1."""
    value: bool = False

    def __str__(self) -> str:
        weights = ", with given cotangents" if self.cotangent else ""
        return f"reverse, with respect to {', '.join(self.arguments)}{weights}"


Level = Forward | OneHot | Reverse


@dataclass(frozen=True)
class Request:
    """Levels from the innermost to the outermost; none is the kernel itself."""

    levels: tuple[Level, ...] = ()

    def then(self, level: Level) -> Request:
        return Request((*self.levels, level))

    @property
    def order(self) -> int:
        """The order of the derivative."""
        return len(self.levels)
