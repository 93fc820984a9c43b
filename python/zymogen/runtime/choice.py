"""A derivative that can be computed in two ways, of which the sizes of a call decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from zymogen.build.artifact import Artifact
from zymogen.build.source import Unit
from zymogen.declaration import Declaration
from zymogen.errors import EnzymeError, NotCompiledError
from zymogen.planning.cost import cheaper, rule
from zymogen.planning.function import SeedKind
from zymogen.planning.plan import Plan
from zymogen.planning.request import Level, Reverse
from zymogen.runtime.axes import core_places, core_shape
from zymogen.runtime.kernel import Derivative, Derived, Kernel
from zymogen.runtime.structure import Structure
from zymogen.runtime.ufunc import Chosen, list_sizes


def choice(first: tuple[Derivative, str], second: tuple[Derivative, str]) -> Derivative:
    """The cheaper of two derivatives with the same arguments and results, each with what `zg.explain` calls it.

    The first is taken where both cost the same, or where sizes are not known: in compositions, and in `.ufunc`.
    """
    unit, declaration, derived = first[0].__reduce__()[1]
    return Choice(unit, declaration, derived, second[0].__reduce__()[1][2], (first[1], second[1]))


def _reverse_levels(derivative: Derivative) -> int:
    return sum(isinstance(level, Reverse) for level in derivative.request.levels)


class Choice(Derivative):
    """A derivative that can be computed in two ways.

    What is shown of its code is the first way's, or the other's where Enzyme refuses the first.
    """

    def __init__(
        self, unit: Unit, declaration: Declaration, derived: Derived, other: Derived, labels: tuple[str, str]
    ) -> None:
        super().__init__(unit, declaration, derived)
        self.labels = labels
        self.first = Derivative(unit, declaration, derived)
        """What is taken where sizes do not decide."""
        self.other = Derivative(unit, declaration, other)
        self._refused = [False, False]
        """Ways that cannot be had: Enzyme refuses, or they were not built and there is no toolchain."""
        self._dims = tuple(operand.dims for operand in self.operands)
        self._ranks = (*map(len, self._dims), *(len(operand.dims) for operand in self.plan.outputs))
        self._lists = list_sizes(self.plan.operands, self.bound) | list_sizes(self.other.plan.operands, other.bound)
        self._decided: tuple[Mapping[str, int], bool] | None = None
        """Sizes of the last call, and whether the second way was better: calls mostly come with the same."""

    def __reduce__(self) -> Any:
        kind, made = super().__reduce__()
        return kind, (*made, self.other.__reduce__()[1][2], self.labels)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        number = 1 if self._second_is_better(args, kwargs) else 0
        try:
            return self._way(number)(*args, **kwargs)
        except EnzymeError as error:
            return self._instead(number, error, args, kwargs)
        except NotCompiledError as error:
            # Without a toolchain the dearer way will do, if it was built before.
            if self._way(1 - number).finished is None:
                raise
            return self._instead(number, error, args, kwargs)

    def build(self) -> Choice:
        """Compile both ways, as sizes decide which one a call takes; at least one must succeed."""
        failures: list[EnzymeError | NotCompiledError] = []
        for number in (0, 1):
            try:
                self._way(number).build()
            except (EnzymeError, NotCompiledError) as error:
                failures.append(error)
                self._refused[number] = isinstance(error, EnzymeError)
        if len(failures) > 1:
            self._refused = [False, False]
            raise failures[0]
        return self

    @property
    def ways(self) -> tuple[Kernel, ...]:
        return tuple(self.named_ways.values())

    @property
    def ufunc(self) -> np.ufunc:
        return self._shown.ufunc

    @property
    def artifact(self) -> Artifact:
        return self._shown.artifact

    @property
    def built_plans(self) -> tuple[Plan, ...]:
        return self._shown.built_plans

    @property
    def finished(self) -> Artifact | None:
        return self._way(1 if self._refused[0] else 0).finished

    @property
    def seed(self) -> SeedKind | None:
        return self._shown.seed

    @property
    def passes(self) -> int | str:
        """How many times derivative code runs through the kernel for one row: what either way takes."""
        counts = [way.passes for way in self.ways]
        return counts[0] if len(set(counts)) == 1 else " or ".join(map(str, counts))

    def count_passes(self, **sizes: int) -> int:
        """The number of passes that a call with arrays of these sizes takes, in the way that is chosen for them."""
        if self._refused[0] or (not self._refused[1] and self._other_is_cheaper(sizes)):
            return self.other.count_passes(**sizes)
        return self.first.count_passes(**sizes)

    def derive(self, level: Level, structure: Structure, name: str, chosen: Chosen = None) -> Derivative:
        """One more level, of the first way; a reverse level, of the way with fewer of these."""
        ways: tuple[Derivative, ...] = (self.first, self.other)
        if isinstance(level, Reverse):
            # Two reverse levels cost more, and are not right for all kernels.
            ways = tuple(sorted(ways, key=_reverse_levels))
        return ways[0].derive(level, structure, name, chosen)

    def restructured(self, structure: Structure) -> Choice:
        made = super().restructured(structure).__reduce__()[1]
        return Choice(*made, self.other.restructured(structure).__reduce__()[1][2], self.labels)

    def specialize(self, **sizes: int) -> Choice:
        """The same for arrays of one size, see `Kernel.specialize`; its calls all take the way that is cheaper."""
        _, declaration, derived = self.first.specialize(**sizes).__reduce__()[1]
        other = self.other.specialize(**sizes).__reduce__()[1][2]
        return Choice(self._unit, declaration, derived, other, self.labels)

    @property
    def named_ways(self) -> dict[str, Derivative]:
        """The ways that a call may take, as `zg.explain` calls them."""
        return {label: self._way(number) for number, label in enumerate(self.labels) if not self._refused[number]}

    @property
    def reason(self) -> str:
        """The rule by which a call chooses."""
        if any(self._refused):
            return f"{next(iter(self.named_ways))}, as the other way was refused, or is not built and cannot be here"
        return rule(self.plan, self.other.plan, *self.labels)

    def _way(self, number: int) -> Derivative:
        return self.other if number else self.first

    @property
    def _shown(self) -> Derivative:
        """The first way, built, or the other one where Enzyme refuses it."""
        if not self._refused[0]:
            try:
                self.first.build()
            except EnzymeError:
                self.build()
        return self._way(1 if self._refused[0] else 0)

    def _instead(
        self, refused: int, error: EnzymeError | NotCompiledError, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """The results in the other way, after one of them was refused, or cannot be built here."""
        if self._refused[1 - refused]:
            raise error
        self._refused[refused] = True
        try:
            return self._way(1 - refused)(*args, **kwargs)
        except (EnzymeError, NotCompiledError):
            self._refused[refused] = False
            raise error from None

    def _second_is_better(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        if any(self._refused):
            return self._refused[0]
        sizes: dict[str, int] = {}
        try:
            places = core_places(self._ranks, kwargs)
            for dims, item, place in zip(self._dims, args, places, strict=False):
                if dims:
                    sizes.update(zip(dims, core_shape(np.shape(item), len(dims), place), strict=True))
        except (IndexError, TypeError, ValueError):
            return False  # the call itself says what is wrong with it
        last = self._decided  # read once: another thread may put its own there
        if last is None or last[0] != sizes:
            last = self._decided = (sizes, self._other_is_cheaper(sizes))
        return last[1]

    def _other_is_cheaper(self, sizes: Mapping[str, int]) -> bool:
        return cheaper(self.other.plan, self.plan, {**sizes, **self._lists})
