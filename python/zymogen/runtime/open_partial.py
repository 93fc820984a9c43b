"""A partial derivative whose component the call chooses: many components of the same arguments share passes."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from zymogen.errors import EnzymeError, NotCompiledError
from zymogen.planning.request import OneHot, Request
from zymogen.runtime.kernel import Derivative, Derived, Kernel

_WORTHWHILE = 1 << 21
"""Numbers that are read for all components together, from which on one pass for several components saves more than it
costs to make one more ufunc for a list (about a millisecond; each number read costs about a nanosecond)."""

_Components = tuple[tuple[int, ...], ...]


class OpenPartial(Derivative):
    """A derivative along one component, whose index is the last argument.

    Where that is an array, and no other argument has leading dimensions, compiled code goes along up to 8 components in
    one pass. All else is a derivative like any other.
    """

    _refused = False
    """Whether several components in a pass cannot be had: Enzyme refuses, or there is neither build nor toolchain."""
    _last: tuple[_Components, Derivative] | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not args or isinstance(args[-1], (int, np.integer)):
            return super().__call__(*args, **kwargs)
        if kwargs or self._refused or len(args) != len(self.operands):
            return super().__call__(*args, **kwargs)
        listed = self._listed(args)
        if listed is None:
            return super().__call__(*args)
        components, batch = listed
        try:
            result = self._along(components)(*args[:-1])
        except (EnzymeError, NotCompiledError):
            result = super().__call__(*args)
            self._refused = True
            return result
        return np.moveaxis(result, -1, 0).reshape(batch + result.shape[:-1])

    def build(self) -> OpenPartial:
        """Compile what goes along one component, and what goes along several if Enzyme can do that."""
        super().build()
        try:
            self._several.build()
        except (EnzymeError, NotCompiledError):
            self._refused = True
        return self

    @property
    def ways(self) -> tuple[Kernel, ...]:
        return (self,) if self._refused else (self, self._several)

    def _listed(self, args: tuple[Any, ...]) -> tuple[_Components, tuple[int, ...]] | None:
        """The components and the shape of their batch, where one pass for several of them is worth it."""
        index = args[-1]
        if isinstance(index, (list, tuple)):
            index = np.asarray(index)
        if not isinstance(index, np.ndarray) or index.dtype.kind not in "iu":
            return None
        rank = self.operands[-1].array.rank
        batch = index.shape if rank == 1 else index.shape[:-1]
        if index.size < 2 * rank or (rank > 1 and index.shape[-1:] != (rank,)):
            return None
        others = [np.shape(item) for item in args[:-1]]
        if any(len(shape) != len(operand.dims) for shape, operand in zip(others, self.operands, strict=False)):
            return None
        if index.size * sum(int(np.prod(shape)) for shape in others) < _WORTHWHILE:
            return None
        return tuple(map(tuple, index.reshape(-1, rank).tolist())), batch

    def _along(self, components: _Components) -> Derivative:
        """The derivative along listed components; the last list is kept, as calls mostly come with the same."""
        known = self._last  # read once: another thread may put its own list there
        if known is None or known[0] != components:
            known = self._last = (components, self._for(components))
        return known[1]

    def _for(self, components: _Components) -> Derivative:
        request, bound = self._columns
        return Derivative(self._unit, self._declaration, Derived(request, (*bound, components), 0, self.name))

    @property
    def _several(self) -> Derivative:
        """What goes along several components; the build is the same for all lists."""
        return self._for(((0,) * self.operands[-1].array.rank,))

    @cached_property
    def _columns(self) -> tuple[Request, Any]:
        """The same request for a list of components, and what is bound in it but for the list."""
        *levels, last = self.request.levels
        return Request((*levels, OneHot(last.arguments, "listed"))), self.bound[:-1]  # type: ignore[union-attr]
