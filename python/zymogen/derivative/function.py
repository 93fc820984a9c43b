"""The C++ functions of a nest: the kernel itself, and above it one function for each level, calling the one below.

Every function has one shape: it reads inputs, and writes results and scratch arrays in full before it returns. So the
next level can differentiate it without knowing what is inside. Everything is passed by pointer, but integers and sizes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from zymogen.declaration import REAL
from zymogen.derivative.names import symbol
from zymogen.derivative.request import Level

Activity = Literal["Const", "Duplicated", "DuplicatedNoNeed"]


@dataclass(frozen=True)
class Array:
    """Numbers of one element type; `dims` is empty for a single number."""

    name: str
    element: str
    dims: tuple[str, ...]
    write_once: bool = False
    """Stored once and never read back, so that Enzyme may skip its value (enzyme_dupnoneed). True only where our own
    wrapper does the storing: what a kernel does with a buffer that it was given is not known."""

    @property
    def rank(self) -> int:
        return len(self.dims)

    @property
    def symbol(self) -> str:
        """Its name in generated C++."""
        return symbol(self.name)

    @property
    def is_real(self) -> bool:
        """Whether it has a derivative; integers are never active."""
        return self.element in REAL

    @property
    def by_value(self) -> bool:
        """How a function takes it as input: single integers by value; all else by pointer, as it may have a shadow."""
        return not self.dims and not self.is_real

    def __str__(self) -> str:
        return f"{self.name}({','.join(self.dims)})"


@dataclass(frozen=True)
class Component:
    """A run-time index that picks one component of the array `of`; flat and row-major in compiled code."""

    name: str
    of: Array

    @property
    def symbol(self) -> str:
        return symbol(self.name)

    def __str__(self) -> str:
        return f"{self.name}, a component of {self.of}"


@dataclass(frozen=True)
class Seed:
    """A dense one-hot tangent, where the implicit one does not work: zero but for one component, set by the entry."""

    array: Array
    component: Component

    @property
    def name(self) -> str:
        return self.array.name

    @property
    def symbol(self) -> str:
        return self.array.symbol


Input = Array | Component | Seed


@dataclass(frozen=True)
class Local:
    """A single number on a function's stack."""

    array: Array
    initial: str
    """Its first value, a C++ expression."""


@dataclass(frozen=True)
class Preparation:
    """What a function does before its call: fill `array` with zeros, or copy `source` into it."""

    array: Array
    source: Array | None = None


@dataclass(frozen=True)
class Passed:
    """One argument of a call of Enzyme, and its shadow. Both are C++ expressions."""

    activity: Activity
    value: str
    shadow: str | None = None


@dataclass(frozen=True)
class Function:
    """One C++ function of the nest."""

    name: str
    inputs: tuple[Input, ...]
    results: tuple[Array, ...]
    scratch: tuple[Array, ...] = ()
    level: Level | None = None
    """What this function is of the one below; None for the kernel itself."""
    locals: tuple[Local, ...] = ()
    preparations: tuple[Preparation, ...] = ()
    differentiates: str = ""
    """Name of the function that this one differentiates."""
    passed: tuple[Passed, ...] = ()

    @property
    def arrays(self) -> tuple[Array, ...]:
        """The arrays among the inputs."""
        return tuple(item for item in self.inputs if isinstance(item, Array))

    def input(self, name: str) -> Array:
        return next(item for item in self.arrays if item.name == name)
