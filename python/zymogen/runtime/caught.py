"""Exceptions that a kernel catches itself, which leave its derivatives: derivative code cannot catch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from zymogen.errors import KernelIndexError, KernelRuntimeError, KernelValueError, ZymogenError

if TYPE_CHECKING:
    from zymogen.runtime.kernel import Kernel


def with_advice(kernel: Kernel, args: Sequence[Any], kwargs: Mapping[str, Any], error: ZymogenError) -> ZymogenError:
    """The error of a derivative with what to do where its kernel alone returns; `error` itself elsewhere."""
    if not isinstance(error, (KernelValueError, KernelIndexError, KernelRuntimeError)) or kwargs or not kernel.below:
        return error
    alone = kernel.below[0]
    given = dict(zip(kernel.arguments, args, strict=False))
    try:
        with np.errstate(all="ignore"):
            alone.ufunc(*(given[name] for name in alone.arguments))
    except (ZymogenError, MemoryError):
        return error
    return type(error)(
        f"{error}. `{alone.name}` by itself does not throw there: it catches this exception, which derivative code "
        "cannot. Write a branch (if, else) in the place of throw and catch."
    )
