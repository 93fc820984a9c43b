"""A partial derivative whose component the call chooses: many components of the same arguments share passes."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from zymogen.errors import ComponentError, EnzymeError
from zymogen.planning.request import OneHot, Request
from zymogen.runtime.kernel import Derivative, Derived

_WORTHWHILE = 1 << 21
"""Numbers that are read for all components together, from which on one pass for several components saves more than it
costs to make one more ufunc for a list (about a millisecond; each number read costs about a nanosecond)."""


class OpenPartial(Derivative):
    """A derivative along one component, whose index is the last argument.

    Where that is an array, and no other argument has leading dimensions, compiled code goes along up to 8 components in
    one pass. All else is a derivative like any other.
    """

    _refused = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        index = args[-1] if args else None
        if isinstance(index, (int, np.integer)) and index is not True and index is not False:
            return super().__call__(*args, **kwargs)
        self._refuse_masks(args)
        if kwargs or self._refused or len(args) != len(self.operands):
            return super().__call__(*args, **kwargs)
        listed = self._listed(args)
        if listed is None:
            return super().__call__(*args)
        components, batch = listed
        try:
            result = self._along(components)(*args[:-1])
        except EnzymeError:
            self._refused = True
            return super().__call__(*args)
        return np.moveaxis(result, -1, 0).reshape(batch + result.shape[:-1])

    def _refuse_masks(self, args: tuple[Any, ...]) -> None:
        """NumPy would take True and False for 1 and 0."""
        for operand, item in zip(self.operands, args, strict=False):
            if operand.role == "index" and np.asarray(item).dtype.kind == "b":
                raise ComponentError(
                    f"{self.name}: {operand.name} has truth values. Expected are integers; of a mask, use "
                    "numpy.flatnonzero(mask)."
                )

    def _listed(self, args: tuple[Any, ...]) -> tuple[tuple[tuple[int, ...], ...], tuple[int, ...]] | None:
        """The components and the shape of their batch, where one pass for several of them is worth it."""
        rank = self.operands[-1].array.rank
        index = np.asarray(args[-1])
        batch = index.shape if rank == 1 else index.shape[:-1]
        if index.dtype.kind not in "iu" or index.size < 2 * rank or (rank > 1 and index.shape[-1:] != (rank,)):
            return None
        others = [np.shape(item) for item in args[:-1]]
        if any(len(shape) != len(operand.dims) for shape, operand in zip(others, self.operands, strict=False)):
            return None
        if index.size * sum(int(np.prod(shape)) for shape in others) < _WORTHWHILE:
            return None
        return tuple(map(tuple, index.reshape(-1, rank).tolist())), batch

    def _along(self, components: tuple[tuple[int, ...], ...]) -> Derivative:
        """The derivative along listed components; the last list is kept, as calls mostly come with the same."""
        if self.__dict__.get("_last", (None,))[0] != components:
            request, bound = self._columns
            derived = Derived(request, (*bound, components), 0, self.name)
            self._last = (components, Derivative(self._unit, self._declaration, derived))
        return self._last[1]

    @cached_property
    def _columns(self) -> tuple[Request, Any]:
        """The same request for a list of components, and what is bound in it but for the list."""
        *levels, last = self.request.levels
        return Request((*levels, OneHot(last.arguments, "listed"))), self.bound[:-1]  # type: ignore[union-attr]
