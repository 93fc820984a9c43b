"""A partial derivative whose component the call chooses: many components of the same arguments share passes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from zymogen.errors import EnzymeError, NotCompiledError, WrongDerivativeError
from zymogen.planning.cost import lanes_pay
from zymogen.planning.plan import Operand
from zymogen.planning.request import OneHot, Request
from zymogen.runtime.axes import core_back, core_last, core_places
from zymogen.runtime.checks.policy import policy
from zymogen.runtime.component_lists import ComponentLists, find_lists
from zymogen.runtime.kernel import Derivative, Derived, Kernel
from zymogen.runtime.ufunc import dtype_of, make_ufunc


class OpenPartial(Derivative):
    """A derivative along one component, whose index is the last argument.

    Where that is an array with an axis along which no other argument varies, compiled code goes along up to 8
    components in one pass. All else is a derivative like any other.
    """

    _refused = False
    """Whether several components in a pass cannot be had: Enzyme refuses, or there is neither build nor toolchain."""
    _settled: object = None
    """`policy.settled` where passes along several components have nothing to be checked any more."""

    def _call_with_care(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if not args or isinstance(args[-1], (int, np.integer)):
            return super()._call_with_care(args, kwargs)
        lists = None if self._refused or kwargs.keys() - {"out", "axes"} else self._lists(args, kwargs)
        if lists is None or not lanes_pay(self._level, lists.count, self._lanes):
            return super()._call_with_care(args, kwargs)
        refused = False
        try:
            if self._lanes_built > 1:
                return self._along(lists, kwargs)
            refused = True
        except (EnzymeError, NotCompiledError):
            refused = True
        except WrongDerivativeError:
            raise
        except Exception:  # noqa: BLE001, S110  the call below says what is wrong, or makes it right
            pass
        result = super()._call_with_care(args, kwargs)
        self._refused = self._refused or refused
        return result

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

    def _lists(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> ComponentLists | None:
        if getattr(args[-1], "ndim", None) == len(self._inputs[-1].dims):
            return None  # one component
        try:
            return find_lists(self._inputs, args, core_places(self._ranks, kwargs))
        except (TypeError, ValueError):
            return None  # the plain call says what is wrong

    def _along(self, lists: ComponentLists, kwargs: Mapping[str, Any]) -> Any:
        given, place = kwargs.get("out"), core_places(self._ranks, kwargs)[-1]
        if isinstance(given, tuple):
            (given,) = given
        out = given if given is None else core_last(given, place)
        shape = lists.shape(self._output.dims)
        if out is None:
            out = np.empty(shape, self._dtype(lists))
        elif type(out) is not np.ndarray or out.shape != shape or lists.meet(out):
            raise ValueError  # the plain call knows what to do
        if self._settled is not policy.settled:
            components, first = lists.first(self._lanes)
            several = self._for(components)
            several(*first)
            self._settled = several.settled
        for arguments, results in lists.calls(out, self._lanes):
            self._of_lists(*arguments, out=results)
        return core_back(out, place) if given is None else given

    def _dtype(self, lists: ComponentLists) -> np.dtype[Any]:
        """The result's type: that of the loop that NumPy chooses."""
        if len(self.plans) == 1:
            return dtype_of(self._output.element)
        types = (*(type(item) if type(item) in (int, float) else item.dtype for item in lists.others), np.dtype("i8"))
        chosen: np.dtype[Any] = self._of_lists.resolve_dtypes((*types, None))[-1]
        return chosen

    def _for(self, components: tuple[tuple[int, ...], ...]) -> Derivative:
        """The derivative along listed components; the build is the same for all lists."""
        *levels, _ = self.request.levels
        bound = (*self.bound[:-1], components)
        return Derivative(self._unit, self._declaration, Derived(Request((*levels, self._level)), bound, 0, self.name))

    @cached_property
    def _inputs(self) -> tuple[Operand, ...]:
        return self.operands

    @property
    def _several(self) -> Derivative:
        return self._for(((0,) * self.operands[-1].array.rank,))

    @cached_property
    def _of_lists(self) -> np.ufunc:
        """What goes along several components, with the list as its last argument."""
        several = self._several
        plans, bound = several.built_plans, (*self.bound[:-1], None)
        return make_ufunc(self.name, str(several), plans, bound, several.artifact, None)

    @cached_property
    def _lanes(self) -> int:
        """How many components go in one pass, unless Enzyme refuses several."""
        return self._several.plan.outermost.lanes

    @cached_property
    def _lanes_built(self) -> int:
        return self._several.built_plans[0].outermost.lanes

    @cached_property
    def _ranks(self) -> tuple[int, ...]:
        return tuple(len(operand.dims) for operand in (*self._inputs, self._output))

    @cached_property
    def _output(self) -> Operand:
        (output,) = self.plan.outputs
        return output

    @cached_property
    def _level(self) -> OneHot:
        return OneHot(self.request.levels[-1].arguments, "listed")  # type: ignore[union-attr]
