"""A plan: everything about a derivative that can be known without compiling it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from zymogen.declaration import REAL, Declaration, Instance
from zymogen.planning import blocks, passes
from zymogen.planning.function import Array, Component, Function, Listing, Seed, SeedKind
from zymogen.planning.names import symbol
from zymogen.planning.nest import nest
from zymogen.planning.request import OneHot, Request, Select

if TYPE_CHECKING:
    from zymogen.planning.sweep import Sweep

Role = Literal["input", "index", "list", "output"]


@dataclass(frozen=True)
class Operand:
    """One operand of the compiled entry, in the order of the call."""

    role: Role
    array: Array
    """The array itself; for an index or a list, the array of which it picks components."""
    name: str
    count: str = ""
    """Of a list, the dimension that has its length."""

    @property
    def dims(self) -> tuple[str, ...]:
        """Core dimensions as the ufunc sees them: the index of a matrix's component is a pair of integers."""
        if self.role == "list":
            return ()
        if self.role != "index":
            return (str(self.array.lanes), *self.array.dims) if self.array.lanes > 1 else self.array.dims
        return () if self.array.rank == 1 else (str(self.array.rank),)

    @property
    def element(self) -> str:
        """Element type in the ufunc's loop: single integers arrive as 64-bit ones, whatever the kernel takes."""
        is_integer = self.role == "input" and self.array.by_value and self.array.element != "bool"
        return "std::int64_t" if self.role in ("index", "list") or is_integer else self.array.element

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
    wide: bool = True
    """Whether the outermost level may go along several directions in one pass."""
    specialised: bool = False
    """Whether it is built for one choice of sizes and components."""
    components: tuple[int | None, ...] = ()
    """Of a specialised plan, the flat number of each index that is fixed, in order; None where the call chooses."""
    blocks: bool = False
    """Whether rows of a batch are computed side by side."""

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        return nest(self.declaration, self.instance, self.request, self.seed, wide=self.wide)

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
            elif isinstance(item, Listing):
                found.append(Operand("list", item.of, item.name, item.count))
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
        if self.blocks:
            return ()  # each row of a block has its own, in registers
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
        return any(
            isinstance(function.level, OneHot) and function.loops is None and _arrays(inner, function.level)
            for inner, function in zip(self.functions, self.functions[1:], strict=False)
        )

    @property
    def has_lanes(self) -> bool:
        """Whether passes go along several directions, and could do so one by one."""
        return self.outermost.lanes > 1 and bool(self.sweeps)

    @property
    def sweeps(self) -> tuple[Sweep, ...]:
        """Indices that run over components in compiled code, from the innermost level's on."""
        return () if self.outermost.loops is None else self.outermost.loops.sweeps

    @property
    def gathered(self) -> frozenset[str]:
        """Cotangents of swept results: no level takes them as they are given, so none can differentiate them."""
        loops = self.outermost.loops
        return frozenset(array.name for part in loops.gathered for array in part.arrays) if loops else frozenset()

    @cached_property
    def below(self) -> tuple[Plan, ...]:
        """For each level that differentiates, from the innermost on: the plan of what it differentiates."""
        levels = self.request.levels
        return tuple(
            Plan(self.declaration, self.instance, Request(levels[:number]), self.seed, wide=False)
            for number, level in enumerate(levels)
            if not isinstance(level, Select)
        )

    def component(self, index: str) -> int | None:
        """The component that the index of this name is fixed to; None where the call chooses."""
        indices = [operand.name for operand in self.operands if operand.role == "index"]
        return dict(zip(indices, self.components, strict=False)).get(index)

    @property
    def rows_of_block(self) -> int:
        """How many rows of a batch go side by side."""
        return blocks.rows_of_block(operand.array for operand in self.operands if operand.role != "index")

    @property
    def obstacle(self) -> str:
        """What keeps rows of a batch from going side by side; empty where nothing is known that does."""
        return blocks.obstacle(self.declaration.signature.sizes, self.outermost)

    @property
    def activity(self) -> dict[str, str]:
        """For every argument of the call, `Duplicated` where some level differentiates it, else `Const`."""
        active: set[str] = set()
        for level in self.request.levels:
            active |= set() if isinstance(level, Select) else set(level.arguments)
        return {
            operand.name: "Duplicated" if operand.name in active else "Const"
            for operand in self.inputs
            if operand.role == "input"
        }

    @property
    def passes(self) -> str:
        """How many times the nest runs for one row, as a formula in the sizes."""
        return passes.formula(self.sweeps) if self.request.order else "0"

    def count_passes(self, sizes: Mapping[str, int]) -> int:
        """How many times the nest runs for one row of arrays with these sizes."""
        if not self.request.order:
            return 0
        loops = self.outermost.loops
        # What no index runs over is computed once even where there are no components.
        once = loops is not None and sum(len(part.arrays) for part in loops.scattered) < len(self.outermost.results)
        return max(passes.count(self.sweeps, sizes), int(once))

    def is_real(self, name: str) -> bool:
        return self.outermost.input(name).element in REAL


def _arrays(inner: Function, level: OneHot) -> bool:
    return len(level.arguments) > 1 or inner.input(level.arguments[0]).rank > 0
