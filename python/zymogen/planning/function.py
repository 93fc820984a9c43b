"""The C++ functions of a nest: the kernel itself, and above it one function for each level, calling the one below.

Every function has one shape: it reads inputs, and writes results and scratch arrays in full before it returns. So the
next level can differentiate it without knowing what is inside. Everything is passed by pointer, but integers and sizes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from zymogen.declaration import REAL
from zymogen.planning.names import symbol
from zymogen.planning.request import Level

if TYPE_CHECKING:
    from zymogen.planning.sweep import Loops, Sweep

Activity = Literal["Const", "Duplicated", "DuplicatedNoNeed"]

SeedKind = Literal["implicit", "dense"]
"""How a one-hot tangent is made: by replacing its loads, or from a buffer where Enzyme cannot do that."""


@dataclass(frozen=True)
class Array:
    """Numbers of one element type; `dims` is empty for a single number."""

    name: str
    element: str
    dims: tuple[str, ...]
    write_once: bool = False
    """Stored once and never read back, so that Enzyme may skip its value (enzyme_dupnoneed). True only where our own
    wrapper does the storing: what a kernel does with a buffer that it was given is not known."""
    lanes: int = 1
    """How many of them lie one after the other, one for each direction of a pass."""

    @property
    def rank(self) -> int:
        return len(self.dims)

    @property
    def is_number(self) -> bool:
        """Whether it is one single number."""
        return not self.dims and self.lanes == 1

    @property
    def symbol(self) -> str:
        """Its name in generated C++."""
        return symbol(self.name)

    @property
    def values(self) -> tuple[str, ...]:
        """What a call passes for it, as C++ expressions."""
        return (self.symbol,)

    @property
    def is_real(self) -> bool:
        """Whether it has a derivative; integers are never active."""
        return self.element in REAL

    @property
    def by_value(self) -> bool:
        """How a function takes it as input: single integers by value; all else by pointer, as it may have a shadow."""
        return not self.dims and not self.is_real

    def __str__(self) -> str:
        lanes = (str(self.lanes),) if self.lanes > 1 else ()
        return f"{self.name}({','.join((*lanes, *self.dims))})"


@dataclass(frozen=True)
class Component:
    """A run-time index that picks one component of the array `of`; flat and row-major in compiled code."""

    name: str
    of: Array
    lanes: int = 1
    """How many there are, one after the other, where directions of a pass are not neighbours."""

    @property
    def symbol(self) -> str:
        return symbol(self.name)

    @property
    def values(self) -> tuple[str, ...]:
        return (self.symbol,)

    def __str__(self) -> str:
        return f"{self.name}, a component of {self.of}"


@dataclass(frozen=True)
class Listing:
    """Components of the array `of` that a caller has listed; flat and row-major in compiled code."""

    name: str
    of: Array
    count: str
    """Name of the dimension that a result with one entry for each of them has."""

    @property
    def symbol(self) -> str:
        return symbol(self.name)

    @property
    def values(self) -> tuple[str, ...]:
        return (self.symbol, self.count)

    def __str__(self) -> str:
        return f"{self.name}, components of {self.of}"


@dataclass(frozen=True)
class Seed:
    """A dense one-hot tangent, where the implicit one does not work: zero but for one component in each lane."""

    array: Array
    component: Component

    @property
    def name(self) -> str:
        return self.array.name

    @property
    def symbol(self) -> str:
        return self.array.symbol

    @property
    def values(self) -> tuple[str, ...]:
        return (self.symbol,)


Input = Array | Component | Listing | Seed


@dataclass(frozen=True)
class Local:
    """A single number on a function's stack."""

    array: Array
    initial: str
    """Its first value, a C++ expression."""


@dataclass(frozen=True)
class Preparation:
    """What a function does before its call: fill `array` with zeros but for the 1 of `one`, or copy `source` to it."""

    array: Array
    source: Array | None = None
    one: Sweep | None = None


@dataclass(frozen=True)
class Passed:
    """One argument of a call of Enzyme, and its shadow. Both are C++ expressions."""

    activity: Activity
    value: str
    shadows: tuple[str, ...] = ()
    """One for each lane; none for what is constant."""


@dataclass(frozen=True)
class Picks:
    """Listed components of an array: all that a function keeps of it."""

    source: Array
    listing: Listing
    result: Array


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
    calls: str = ""
    """Name of the function that this one differentiates, or calls as it is."""
    passed: tuple[Passed, ...] = ()
    lanes: int = 1
    """Directions that one pass goes along (Enzyme's vector mode). Tangents then have one more dimension in front."""
    along: Sweep | None = None
    """Of a one-hot level, the index of its component."""
    picks: Picks | None = None
    loops: Loops | None = None
    """For the outermost function of a nest that sweeps over components."""

    @property
    def arrays(self) -> tuple[Array, ...]:
        """The arrays among the inputs."""
        return tuple(item for item in self.inputs if isinstance(item, Array))

    def input(self, name: str) -> Array:
        return next(item for item in self.arrays if item.name == name)
