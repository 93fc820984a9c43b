"""The first row of a batch: where a derivative is compared, whatever the size of the batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zymogen.planning.plan import Plan
from zymogen.runtime.axes import Places, core_last, core_places
from zymogen.runtime.ufunc import dtype_of

if TYPE_CHECKING:
    from zymogen.runtime.checks.directions import Direction
    from zymogen.runtime.kernel import Kernel

_TAKEN = "biuf"
"""Kinds of NumPy's types that a call may succeed with; integers beyond 64 bits are objects."""


@dataclass(frozen=True)
class Row:
    """Copies of a call's arguments, cut to the first row."""

    arguments: Direction
    """By name, components included whether they are bound or not."""
    loop: int
    """Number of the plan whose element types the call uses."""
    place: tuple[int, ...] = ()
    """Its index in the batch, of as many of the last dimensions as matter; in all others it is the first."""


def first_row(kernel: Kernel, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Row | None:
    """The first row that a call computes; None where there is none, or where the call cannot succeed.

    Arrays of other libraries, such as Dask's, have no rows here: to look at them would compute them.
    """
    operands = kernel.operands
    given = args[: len(operands)]
    if len(given) < len(operands) or any(_is_foreign(item) for item in given):
        return None
    try:
        arrays = [np.asarray(item) for item in given]
        loop = _loop(kernel, given, arrays, kwargs)
        place = _computed(kwargs)
        if place is None:
            return None
        ranks = [len(operand.dims) for operand in operands]
        rows = [
            _cut(core_last(array, own), rank, place)
            for array, rank, own in zip(arrays, ranks, _places(kernel, kwargs), strict=False)
        ]
    except (TypeError, ValueError, IndexError):
        return None  # the call itself says what is wrong
    if any(row.size == 0 or row.dtype.kind not in _TAKEN for row in rows):
        return None
    by_name = {operand.name: row for operand, row in zip(operands, rows, strict=True)}
    return as_elements(kernel.plans[loop], {**by_name, **_bound(kernel)}, loop, place)


def as_elements(plan: Plan, arguments: Direction, loop: int, place: tuple[int, ...] = ()) -> Row:
    """The arguments as the loop with number `loop` takes them."""
    types = {operand.name: dtype_of(operand.element) for operand in plan.inputs if operand.role != "list"}
    return Row({name: np.array(arguments[name], dtype=types[name], order="C") for name in types}, loop, place)


def first_results(
    kernel: Kernel, results: Sequence[Any], kwargs: Mapping[str, Any], place: tuple[int, ...]
) -> list[np.ndarray]:
    """The row at `place` of what a call has computed."""
    outputs, places = kernel.plan.outputs, _places(kernel, kwargs)[len(kernel.operands) :]
    return [
        _cut(core_last(np.asarray(item), own), len(output.dims), place)
        for item, output, own in zip(results, outputs, places, strict=True)
    ]


def _is_foreign(item: Any) -> bool:
    return hasattr(type(item), "__array_ufunc__") and not isinstance(item, (np.ndarray, np.generic))


def _places(kernel: Kernel, kwargs: Mapping[str, Any]) -> tuple[Places, ...]:
    """Where the core dimensions of each argument and result are."""
    return core_places([len(operand.dims) for operand in (*kernel.operands, *kernel.plan.outputs)], kwargs)


def _computed(kwargs: Mapping[str, Any]) -> tuple[int, ...] | None:
    """The place of the first row that `where=` lets through; None where there is none."""
    if kwargs.get("where", True) is True:
        return ()
    mask = np.asarray(kwargs["where"])
    first = int(np.argmax(mask))
    return tuple(map(int, np.unravel_index(first, mask.shape))) if mask.size and mask.ravel()[first] else None


def _cut(array: np.ndarray, rank: int, place: tuple[int, ...]) -> np.ndarray:
    """One row of an array whose core dimensions are the last `rank`; a view."""
    if array.ndim < rank:
        raise ValueError
    leading = array.shape[: array.ndim - rank]
    at = ((0,) * len(leading) + place)[len(place) :]
    return np.asarray(array[tuple(i if size > 1 else 0 for i, size in zip(at, leading, strict=True))])


def _loop(kernel: Kernel, given: Sequence[Any], arrays: Sequence[np.ndarray], kwargs: Mapping[str, Any]) -> int:
    """Which loop NumPy chooses for these arguments."""
    if len(kernel.plans) == 1:
        return 0
    seen = {
        operand.name: type(item) if type(item) in (int, float) else array.dtype
        for operand, item, array in zip(kernel.operands, given, arrays, strict=True)
    }
    opened, outputs = kernel.opened, len(kernel.plan.outputs)
    types = [seen.get(operand.name, np.dtype(np.int64)) for operand in opened.operands]
    wanted = _wanted_types(kernel, kwargs)
    keywords = {"casting": kwargs.get("casting", "same_kind"), **({"signature": wanted} if wanted else {})}
    chosen = opened.ufunc.resolve_dtypes((*types, *[None] * outputs), **keywords)
    return next(
        number
        for number, plan in enumerate(kernel.plans)
        if all(dtype_of(output.element) == dtype for output, dtype in zip(plan.outputs, chosen[-outputs:], strict=True))
    )


def _wanted_types(kernel: Kernel, kwargs: Mapping[str, Any]) -> tuple[Any, ...]:
    """What `dtype=` or `signature=` demand of each argument and result of the opened kernel; None for no demand."""
    inputs, outputs = kernel.opened.operands, len(kernel.plan.outputs)
    if kwargs.get("dtype") is not None:
        return (*[None] * len(inputs), *[np.dtype(kwargs["dtype"])] * outputs)
    signature = kwargs.get("signature", kwargs.get("sig"))
    if signature is None:
        return ()
    if isinstance(signature, str):
        signature = [np.dtype(letter) for letter in signature.replace("->", "")]
    own = kernel.operands
    by_name = {operand.name: wanted for operand, wanted in zip(own, signature, strict=False)}
    return (*(by_name.get(operand.name) for operand in inputs), *signature[len(own) :])


def _bound(kernel: Kernel) -> Direction:
    """The components that the derivative is fixed to."""
    indices = [operand for operand in kernel.plan.inputs if operand.role in ("index", "list")]
    return {
        operand.name: np.array(component, dtype=np.int64).reshape([len(component)] if operand.dims else [])
        for operand, component in zip(indices, kernel.bound, strict=True)
        if operand.role == "index" and component is not None
    }
