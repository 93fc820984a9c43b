"""The first row of a batch: where a derivative is compared, whatever the size of the batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zymogen.planning.plan import Operand, Plan
from zymogen.runtime.checks.directions import Direction
from zymogen.runtime.ufunc import dtype_of

if TYPE_CHECKING:
    from zymogen.runtime.kernel import Kernel


@dataclass(frozen=True)
class Row:
    """Copies of a call's arguments, cut to the first row."""

    arguments: Direction
    """By name, components included whether they are bound or not."""
    loop: int
    """Number of the plan whose element types the call uses."""


def first_row(kernel: Kernel, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Row | None:
    """The first row of a call; None where there is none, or where the call cannot succeed.

    Arrays of other libraries, such as Dask's, have no rows here: to look at them would compute them.
    """
    operands = kernel.operands
    given = args[: len(operands)]
    if len(given) < len(operands) or any(_is_foreign(item) for item in given):
        return None
    try:
        arrays = [np.asarray(item) for item in given]
        loop = _loop(kernel, given, arrays, kwargs)
        rows = [
            _cut(array, operand, axes)
            for array, operand, axes in zip(arrays, operands, _axes(kwargs, len(operands)), strict=False)
        ]
    except (TypeError, ValueError, IndexError):
        return None  # the call itself says what is wrong
    if any(row.size == 0 for row in rows):
        return None
    by_name = {operand.name: row for operand, row in zip(operands, rows, strict=True)}
    return as_elements(kernel.plans[loop], {**by_name, **_bound(kernel)}, loop)


def as_elements(plan: Plan, arguments: Direction, loop: int) -> Row:
    """The arguments as the loop with number `loop` takes them."""
    types = {operand.name: dtype_of(operand.element) for operand in plan.inputs if operand.role != "list"}
    return Row({name: np.array(arguments[name], dtype=types[name], order="C") for name in types}, loop)


def first_results(kernel: Kernel, results: Sequence[Any], kwargs: Mapping[str, Any]) -> list[np.ndarray]:
    """The first row of what a call has computed."""
    outputs, inputs = kernel.plan.outputs, len(kernel.operands)
    axes = _axes(kwargs, inputs + len(outputs))[inputs:]
    return [_cut(np.asarray(item), output, own) for item, output, own in zip(results, outputs, axes, strict=True)]


def _is_foreign(item: Any) -> bool:
    return hasattr(type(item), "__array_ufunc__") and not isinstance(item, (np.ndarray, np.generic))


def _axes(kwargs: Mapping[str, Any], count: int) -> list[Any]:
    """Where the core dimensions of each operand are; None is last, as they are by default."""
    given = list(kwargs["axes"]) if "axes" in kwargs else [kwargs.get("axis")] * count
    return [*given, *[None] * (count - len(given))]


def _cut(array: np.ndarray, operand: Operand, axes: Any) -> np.ndarray:
    """The first row of an operand; a view."""
    rank = len(operand.dims)
    if axes is not None and rank:
        array = np.moveaxis(array, axes, tuple(range(-rank, 0)))
    if array.ndim < rank:
        raise ValueError
    leading = array.ndim - rank
    return np.asarray(array[(0,) * leading])


def _loop(kernel: Kernel, given: Sequence[Any], arrays: Sequence[np.ndarray], kwargs: Mapping[str, Any]) -> int:
    """Which loop NumPy chooses for these arguments."""
    if len(kernel.plans) == 1:
        return 0
    seen = {
        operand.name: type(item) if type(item) in (int, float) else array.dtype
        for operand, item, array in zip(kernel.operands, given, arrays, strict=True)
    }
    types = [seen.get(operand.name, np.dtype(np.int64)) for operand in kernel.opened.operands]
    outputs = len(kernel.plan.outputs)
    casting = kwargs.get("casting", "same_kind")
    chosen = kernel.opened.ufunc.resolve_dtypes((*types, *[None] * outputs), casting=casting)
    return next(
        number
        for number, plan in enumerate(kernel.plans)
        if all(dtype_of(output.element) == dtype for output, dtype in zip(plan.outputs, chosen[-outputs:], strict=True))
    )


def _bound(kernel: Kernel) -> Direction:
    """The components that the derivative is fixed to."""
    indices = [operand for operand in kernel.plan.inputs if operand.role in ("index", "list")]
    return {
        operand.name: np.array(component, dtype=np.int64).reshape([len(component)] if operand.dims else [])
        for operand, component in zip(indices, kernel.bound, strict=True)
        if operand.role == "index" and component is not None
    }
