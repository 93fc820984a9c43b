"""Which row of a batch a kernel of single numbers failed in.

NumPy runs such kernels in parts of its own choice, so that compiled code cannot know which row of the call one is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from zymogen.errors import (
    IntegerRangeError,
    KernelIndexError,
    KernelMemoryError,
    KernelRuntimeError,
    KernelValueError,
    ZymogenError,
)
from zymogen.runtime.ufunc import make_ufunc

if TYPE_CHECKING:
    from zymogen.runtime.kernel import Kernel

_OF_ROWS = (KernelValueError, KernelIndexError, KernelMemoryError, KernelRuntimeError, IntegerRangeError)

_ROW = re.compile(r" in row (\d+) of \d+")


def with_row(kernel: Kernel, args: Sequence[Any], kwargs: Mapping[str, Any], error: ZymogenError) -> ZymogenError:
    """The error of a call with the row in its text, or `error` itself where that is not to be had.

    The call is repeated with the batch as a dimension of the arrays, which one inner loop then has as a whole: where
    there is no memory for arrays of that size, no row is told. Rows of several leading dimensions are told by their
    indices.
    """
    if not isinstance(error, _OF_ROWS) or kwargs or len(args) != len(kernel.operands):
        return error  # an array for results may be an argument, and be written already
    if not kernel.by_rows or any(operand.dims for operand in (*kernel.operands, *kernel.plan.outputs)):
        return error
    arrays = list(map(np.asarray, args))
    batch = np.broadcast_shapes(*(array.shape for array in arrays))
    if math.prod(batch) <= 1:
        return error
    batched = [array.ndim > 0 for array in arrays]
    whole = make_ufunc(
        kernel.name,
        str(kernel),
        kernel.built_plans,
        kernel.bound,
        kernel.artifact,
        None,
        batched=(*batched, *(True for _ in kernel.plan.outputs)),
    )
    try:
        flat = [
            np.broadcast_to(array, batch).ravel() if has else item  # numbers of Python take the kernel's element type
            for array, has, item in zip(arrays, batched, args, strict=True)
        ]
        with np.errstate(all="ignore"):  # what the call had to say of floating-point flags, it has said
            whole(*flat)
    except type(error) as found:
        text = str(found)
        if len(batch) > 1:
            text = _ROW.sub(lambda row: f" in row {_index(int(row[1]), batch)} of {batch}", text, count=1)
        return type(error)(text)
    except (ZymogenError, MemoryError):
        return error
    return error


def _index(row: int, batch: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(map(int, np.unravel_index(row, batch)))
