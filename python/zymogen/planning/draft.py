"""A nest that is being made: its functions so far, and what their levels share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zymogen.planning.function import Activity, Array, Function, Listing, Local, Passed, SeedKind
from zymogen.planning.names import Names
from zymogen.planning.sweep import Layout, Part, Sweep, extent, product


class Draft:
    """Functions so far, and how the results of the last one belong to whole results."""

    def __init__(self, kernel: Function, names: Names, sizes: Mapping[str, str], seed: SeedKind) -> None:
        self.functions = [kernel]
        self.names, self.sizes, self.seed = names, sizes, seed
        self.sweeps: list[Sweep] = []
        self.layouts = tuple(Layout() for _ in kernel.results)
        self.gathered: list[Part] = []

    @property
    def inner(self) -> Function:
        """The last function, which the next level differentiates."""
        return self.functions[-1]

    def listing(self, array: Array) -> Listing:
        return Listing(self.names.fresh(f"{array.name}_list"), array, self.names.fresh(f"{array.name}_count"))

    @staticmethod
    def result_activity(result: Array, *, value_is_wanted: bool) -> Activity:
        """What a differentiated call says of a result: Enzyme may skip the value only where nothing reads it."""
        return "DuplicatedNoNeed" if result.write_once and not value_is_wanted else "Duplicated"

    def addresses(self, array: Array) -> tuple[str, ...]:
        """The address of an array in each lane."""
        steps = [product([str(lane), extent(array, self.sizes)]) for lane in range(1, array.lanes)]
        steps[:1] = [extent(array, self.sizes)] if steps else []
        return (array.symbol, *(f"{array.symbol} + {step}" for step in steps))


@dataclass
class Frame:
    """Memory that a function needs beyond inputs and results: single numbers on its stack, arrays from the entry."""

    locals: list[Local] = field(default_factory=list)
    scratch: list[Array] = field(default_factory=list)

    def place(self, array: Array, initial: str = "0") -> str:
        """Room for `array`; its C++ address. `initial` is the value of a single number; arrays start undefined."""
        if array.is_number:
            self.locals.append(Local(array, initial))
            return f"&{array.symbol}"
        self.scratch.append(array)
        return array.symbol


def like(array: Array, name: str, dims: tuple[str, ...] | None = None) -> Array:
    """An array of the same type and, unless others are given, the same dimensions."""
    return Array(name, array.element, array.dims if dims is None else dims)


def passed_inputs(inner: Function, shadows: Mapping[str, tuple[str, ...]]) -> list[Passed]:
    """Inputs as the call passes them: those with a shadow are active, all others are not."""
    passed = []
    for item in inner.inputs:
        if item.name in shadows:
            passed.append(Passed("Duplicated", item.symbol, shadows[item.name]))
        else:
            passed.extend(Passed("Const", value) for value in item.values)
    return passed
