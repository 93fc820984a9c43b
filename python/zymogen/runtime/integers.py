"""Integers on their way into kernels: arrays of other types are converted where all their values fit."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from zymogen.errors import InputTypeError
from zymogen.planning.plan import Operand
from zymogen.runtime.ufunc import dtype_of

_KINDS = "iub"


def narrowed(name: str, operand: Operand, array: Any) -> Any:
    """An array with integers in the kernel's type; the array itself where NumPy converts it, or it has no integers.

    NumPy converts without a look at the values, and so from narrower types only. Arrays of Dask are looked at when
    they are computed.

    Parameters
    ----------
    name : what the message calls the kernel

    Raises
    ------
    InputTypeError
        If a value does not fit.
    """
    wanted = dtype_of(operand.element)
    if wanted.kind not in _KINDS or array.dtype.kind not in _KINDS or np.can_cast(array.dtype, wanted, "safe"):
        return array
    if hasattr(array, "__dask_graph__"):
        return array.map_blocks(
            partial(narrowed, name, operand), dtype=wanted, meta=np.empty((0,) * array.ndim, wanted)
        )
    narrow = array.astype(wanted)
    if not np.array_equal(narrow, array):
        raise InputTypeError(
            f"{name}: {operand.name} has values from {array.min()} to {array.max()}, and {taken(wanted)}"
        )
    return narrow


def taken(dtype: np.dtype[Any]) -> str:
    """The end of a message: which integers there may be, and what to do about others."""
    span = "" if dtype.kind == "b" else f" ({np.iinfo(dtype).min} to {np.iinfo(dtype).max})"
    return f"the kernel takes {dtype}{span}. Give values that fit, or change the kernel's type."
