"""Where one level of a derivative is compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from zymogen.planning.request import Level, Select
from zymogen.runtime.checks.correspondence import Term, differentiating, terms
from zymogen.runtime.checks.directions import Direction
from zymogen.runtime.checks.projection import Results

if TYPE_CHECKING:
    from zymogen.runtime.kernel import Kernel


@dataclass(frozen=True)
class Point:
    """A derivative, what it is the derivative of, and arguments of both."""

    derivative: Kernel
    below: Kernel
    arguments: Direction
    """Of the derivative, by name."""
    values: Results
    """Of the level below, here."""
    rng: np.random.Generator
    known: Results | None = None
    """Of the derivative, here, where a call has computed them already."""
    alone: Kernel | None = None
    """The level below in a build of its own."""

    def evaluate(self, changed: Direction) -> Results:
        """The derivative's results with some of its arguments changed."""
        if not changed and self.known is not None:
            return self.known
        return results_of(self.derivative, {**self.arguments, **changed})

    @cached_property
    def values_alone(self) -> Results:
        """What the level below gives here in a build of its own; nothing where it has none."""
        return () if self.alone is None else results_of(self.alone, self.arguments)

    @property
    def repeats(self) -> bool:
        """Whether the level below gives the same again, in either build: it counts no calls, and draws no numbers."""
        builds = filter(None, (self.below, self.alone))
        again = [value for build in builds for value in results_of(build, self.arguments)]
        seen = (*self.values, *self.values_alone)
        return all(np.array_equal(one, other, equal_nan=True) for one, other in zip(seen, again, strict=True))

    @cached_property
    def level(self) -> Level:
        """The level that the two differ by."""
        return differentiating(self.derivative.plan, self.below.plan)

    @property
    def differentiated(self) -> tuple[str, ...]:
        """The arguments that the level differentiates."""
        return () if isinstance(self.level, Select) else self.level.arguments

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        return terms(self.derivative.plan, self.below.plan)

    @cached_property
    def added(self) -> tuple[str, ...]:
        """Names of the arguments that this level has and the one below has not."""
        below = {operand.name for operand in self.below.operands}
        return tuple(operand.name for operand in self.derivative.operands if operand.name not in below)

    @cached_property
    def lists(self) -> Mapping[str, np.ndarray]:
        """Flat numbers of the components in each list that the derivative is fixed to, by the list's name."""
        chosen = [operand for operand in self.derivative.plan.operands if operand.role in ("index", "list")]
        shapes = {item.name: self.arguments[item.name].shape for item in self.derivative.operands}
        found = {}
        for operand, choice in zip(chosen, self.derivative.bound, strict=True):
            if operand.role == "list":
                shape = shapes.get(operand.array.name) or self._shape_of(operand.array.dims)
                components = np.asarray(choice, dtype=np.int64).reshape(-1, len(shape)) % shape
                found[operand.name] = np.ravel_multi_index(tuple(components.T), shape)
        return found

    def output_name(self, term: Term) -> str:
        """The name of the derivative's result."""
        return self.derivative.plan.outputs[term.position].name

    def place_in_list(self, component: tuple[int, ...], term: Term) -> tuple[int, ...]:
        """Where a component of the term's argument is in the list that the result's last dimension counts."""
        flat = int(np.ravel_multi_index(component, self.arguments[term.argument].shape)) if component else 0
        return (int(np.argmax(self.lists[term.cols] == flat)),)

    def _shape_of(self, dims: tuple[str, ...]) -> tuple[int, ...]:
        """The shape of an array that is no argument."""
        known: dict[str, int] = {}
        for operand in self.derivative.operands:
            known |= dict(zip(operand.dims, self.arguments[operand.name].shape, strict=True))
        return tuple(int(dim) if dim.isdigit() else known[dim] for dim in dims)


def results_of(kernel: Kernel, arguments: Direction) -> Results:
    """The results of a kernel for one row, as a tuple of arrays."""
    results = kernel.ufunc(*(arguments[operand.name] for operand in kernel.operands))
    return tuple(map(np.asarray, results)) if isinstance(results, tuple) else (np.asarray(results),)
