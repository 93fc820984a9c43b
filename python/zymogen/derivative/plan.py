"""A plan: everything about a derivative that can be known without compiling it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from zymogen.declaration import REAL, Declaration, Instance
from zymogen.derivative.function import Array, Component, Function, Seed
from zymogen.derivative.names import symbol
from zymogen.derivative.nest import SeedKind, nest
from zymogen.derivative.request import OneHot, Request

Role = Literal["input", "index", "output"]


@dataclass(frozen=True)
class Operand:
    """One operand of the compiled entry, in the order of the call."""

    role: Role
    array: Array
    """The array itself; for an index, the array of which it picks a component."""
    name: str

    @property
    def dims(self) -> tuple[str, ...]:
        """Core dimensions as the ufunc sees them: the index of a matrix's component is a pair of integers."""
        if self.role != "index":
            return self.array.dims
        return () if self.array.rank == 1 else (str(self.array.rank),)

    @property
    def element(self) -> str:
        """Element type in the ufunc's loop: single integers arrive as 64-bit ones, whatever the kernel takes."""
        is_integer = self.role == "input" and self.array.by_value and self.array.element != "bool"
        return "std::int64_t" if self.role == "index" or is_integer else self.array.element

    @property
    def symbol(self) -> str:
        """Its name in generated C++."""
        return symbol(self.name)


@dataclass(frozen=True)
class Plan:
    """How one instance of a kernel is differentiated: the nest of functions and the operands of its entry."""

    declaration: Declaration
    instance: Instance
    request: Request
    seed: SeedKind = "implicit"

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        return nest(self.declaration, self.instance, self.request, self.seed)

    @property
    def outermost(self) -> Function:
        return self.functions[-1]

    @cached_property
    def operands(self) -> tuple[Operand, ...]:
        found: list[Operand] = []
        for item in self.outermost.inputs:
            if isinstance(item, Array):
                found.append(Operand("input", item, item.name))
            elif isinstance(item, Component):
                found.append(Operand("index", item.of, item.name))
        found.extend(Operand("output", array, array.name) for array in self.outermost.results)
        return tuple(found)

    @property
    def inputs(self) -> tuple[Operand, ...]:
        return tuple(operand for operand in self.operands if operand.role != "output")

    @property
    def outputs(self) -> tuple[Operand, ...]:
        return tuple(operand for operand in self.operands if operand.role == "output")

    @property
    def seeds(self) -> tuple[Seed, ...]:
        return tuple(item for item in self.outermost.inputs if isinstance(item, Seed))

    @cached_property
    def scratch(self) -> tuple[Array, ...]:
        """Arrays that the entry needs for one row: those of the nest, then the seeds (which must start at zero)."""
        return (*self.outermost.scratch, *(seed.array for seed in self.seeds))

    @cached_property
    def dimensions(self) -> tuple[str, ...]:
        """Core dimensions in the order in which NumPy numbers them: of first appearance in the ufunc's signature.

        The kernel's own arguments come first and have all named dimensions, so their numbers do not depend on
        whether indices are operands of the ufunc or bound.
        """
        return tuple(dict.fromkeys(dim for operand in self.operands for dim in operand.dims))

    @property
    def has_one_hot(self) -> bool:
        """Whether an array's one-hot tangent is needed, implicit or dense."""
        return any(operand.role == "index" for operand in self.operands)

    @property
    def activity(self) -> dict[str, str]:
        """For every argument of the call, `Duplicated` where some level differentiates it, else `Const`."""
        active: set[str] = set()
        for level in self.request.levels:
            active |= {level.argument} if isinstance(level, OneHot) else set(level.arguments)
        return {
            operand.name: "Duplicated" if operand.name in active else "Const"
            for operand in self.inputs
            if operand.role == "input"
        }

    @property
    def passes(self) -> int:
        """How many times the nest runs for one row."""
        return 1 if self.request.levels else 0

    def is_real(self, name: str) -> bool:
        return self.outermost.input(name).element in REAL
