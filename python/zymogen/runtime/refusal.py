"""What a call is refused for before the kernel runs: NumPy would take it, and compute something else than was meant."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from zymogen.errors import ArgumentError, ComponentError, InputTypeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from zymogen.runtime.kernel import Kernel


def refuse_masked(kernel: Kernel, args: Sequence[Any]) -> None:
    """Refuse masked arrays: NumPy would have the kernel compute with what the mask hides."""
    if not any(isinstance(item, np.ma.MaskedArray) for item in args):
        return
    names = [*kernel.arguments, *(operand.name for operand in kernel.plan.outputs)]
    for name, item in zip(names, args, strict=False):
        if isinstance(item, np.ma.MaskedArray):
            raise InputTypeError(
                f"{kernel.name}: {name} is a masked array, and a kernel takes no mask. Fill or compress it first: "
                f"{name}.filled(VALUE) or {name}.compressed()."
            )


def refuse_truth_values(kernel: Kernel, position: int, components: Any) -> None:
    """Refuse truth values in the place of components: NumPy would take True and False for 1 and 0."""
    if isinstance(components, (bool, list, tuple)):
        components = np.asarray(components)
    # Of other things, such as arrays of Dask, only the type is looked at: their values may not be computed yet.
    if getattr(getattr(components, "dtype", None), "kind", "") == "b":
        name = kernel.operands[position].name
        raise ComponentError(
            f"{kernel.name}: {name} has truth values. Expected are integers; of a mask, use numpy.flatnonzero(mask)."
        )


def refuse_shared_results(kernel: Kernel, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    """Refuse arrays for results that have memory in common: what one of them gets, another would overwrite."""
    given = kwargs.get("out")
    outputs = [*args[len(kernel.operands) :], *(given if isinstance(given, tuple) else ())]
    names = [operand.name for operand in kernel.plan.outputs]
    for (name, one), (other, another) in itertools.combinations(zip(names, outputs, strict=False), 2):
        if isinstance(one, np.ndarray) and isinstance(another, np.ndarray) and _shares_memory(one, another):
            raise ArgumentError(
                f"{kernel.name}: the arrays for the results {name} and {other} have memory in common, and each result "
                "needs its own. Give other arrays, or leave out= away."
            )


def _shares_memory(one: NDArray[Any], another: NDArray[Any]) -> bool:
    if not np.may_share_memory(one, another):
        return False
    try:
        return bool(np.shares_memory(one, another, max_work=10_000))  # type: ignore[arg-type]
    except np.exceptions.TooHardError:
        return True
