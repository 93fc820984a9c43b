"""A derivative that can be computed in two ways, of which the sizes of a call decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from zymogen.build.source import Unit
from zymogen.declaration import Declaration
from zymogen.errors import EnzymeError
from zymogen.planning.cost import cheaper, rule
from zymogen.planning.request import Level, Reverse
from zymogen.runtime.kernel import Derivative, Derived
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
    """A derivative that can be computed in two ways. Everything but a call shows the first of them."""

    def __init__(
        self, unit: Unit, declaration: Declaration, derived: Derived, other: Derived, ways: tuple[str, str]
    ) -> None:
        super().__init__(unit, declaration, derived)
        self.ways = ways
        self.other = Derivative(unit, declaration, other)
        self._refused = [False, False]

    def __reduce__(self) -> Any:
        kind, made = super().__reduce__()
        return kind, (*made, self.other.__reduce__()[1][2], self.ways)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self._second_is_better(args, kwargs):
            try:
                return super().__call__(*args, **kwargs)
            except EnzymeError as error:
                return self._instead(0, self.other, error, args, kwargs)
        try:
            return self.other(*args, **kwargs)
        except EnzymeError as error:
            return self._instead(1, super(), error, args, kwargs)

    def count_passes(self, **sizes: int) -> int:
        """The number of passes that a call with arrays of these sizes takes, in the way that is chosen for them."""
        if self._refused[0] or (not self._refused[1] and self._other_is_cheaper(sizes)):
            return self.other.count_passes(**sizes)
        return super().count_passes(**sizes)

    def derive(self, level: Level, structure: Structure, name: str, chosen: Chosen = None) -> Derivative:
        """One more level, of the first way; a reverse level, of the way with fewer of these."""
        ways: tuple[Derivative, ...] = (self.first, self.other)
        if isinstance(level, Reverse):
            # Two reverse levels cost more, and are not right for all kernels.
            ways = tuple(sorted(ways, key=_reverse_levels))
        return ways[0].derive(level, structure, name, chosen)

    def restructured(self, structure: Structure) -> Choice:
        made = super().restructured(structure).__reduce__()[1]
        return Choice(*made, self.other.restructured(structure).__reduce__()[1][2], self.ways)

    @property
    def first(self) -> Derivative:
        """What is taken where sizes do not decide."""
        return Derivative(self._unit, self._declaration, self._derived)

    @property
    def reason(self) -> str:
        """The rule by which a call chooses."""
        return rule(self.plan, self.other.plan, *self.ways)

    def _instead(
        self, refused: int, way: Any, error: EnzymeError, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """The results in the other way, after Enzyme has refused one of them."""
        if self._refused[1 - refused]:
            raise error
        self._refused[refused] = True
        try:
            return way.__call__(*args, **kwargs)
        except EnzymeError:
            self._refused[refused] = False
            raise error from None

    def _second_is_better(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        if any(self._refused):
            return self._refused[0]
        operands = self.operands
        axes = kwargs.get("axes", [range(-len(operand.dims), 0) for operand in operands])
        if "axis" in kwargs or len(args) < len(operands):
            return False
        sizes: dict[str, int] = {}
        try:
            for operand, item, places in zip(operands, args, axes, strict=False):
                if operand.dims:
                    shape = np.shape(item)
                    named = [places] if isinstance(places, int) else places
                    sizes.update(zip(operand.dims, (shape[place] for place in named), strict=True))
        except (IndexError, TypeError, ValueError):
            return False  # the call itself says what is wrong with it
        return self._other_is_cheaper(sizes)

    def _other_is_cheaper(self, sizes: Mapping[str, int]) -> bool:
        own, other = self.plan, self.other.plan
        lists = list_sizes(own.operands, self.bound) | list_sizes(other.operands, self.other.bound)
        return cheaper(other, own, {**sizes, **lists})
