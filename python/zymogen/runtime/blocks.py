"""Calls with arrays of Dask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from zymogen.errors import ArgumentError
from zymogen.runtime.ufunc import list_sizes

if TYPE_CHECKING:
    from zymogen.runtime.kernel import Kernel


def is_chunked(item: object) -> bool:
    """Whether something is a collection of Dask, whose values are not computed yet."""
    return hasattr(item, "__dask_graph__")


def as_chunked(item: object) -> Any:
    """An array of Dask."""
    from dask.array import asarray

    return asarray(item)  # type: ignore[no-untyped-call]


def call_on_blocks(kernel: Kernel, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Apply a kernel to arrays of Dask, whose own way tries the ufunc on arrays of one element to learn its types.

    That try fails for kernels with fixed extents and for components beyond the first; here the types are known, and
    so are extents that no input has.

    Raises
    ------
    ArgumentError
        If an array to write to is given by position.
    """
    from dask.array import apply_gufunc

    if len(args) > len(kernel.operands):
        raise ArgumentError(
            f"{kernel.name}: {len(args)} arguments were given, and with an array of Dask results are not written to "
            f"another array. Expected are {len(kernel.operands)}: {', '.join(kernel.arguments)}."
        )
    arrays = [as_chunked(item) for item in args]
    if "axes" not in kwargs and "axis" not in kwargs:
        arrays = _with_common_chunks(kernel, arrays)
    count = len(kernel.plan.outputs)
    sizes = list_sizes(kernel.plan.operands, kernel.bound)
    dims = {str(sizes.get(dim, dim)) for operand in kernel.plan.outputs for dim in operand.dims}
    types = kernel.ufunc.resolve_dtypes((*(array.dtype for array in arrays), *[None] * count))[-count:]
    return apply_gufunc(  # type: ignore[no-untyped-call]
        kernel.ufunc,
        kernel.ufunc_signature,
        *arrays,
        output_dtypes=list(types) if count > 1 else types[0],
        output_sizes={dim: int(dim) for dim in dims if dim.isdigit()},
        **kwargs,
    )


def _with_common_chunks(kernel: Kernel, arrays: Sequence[Any]) -> list[Any]:
    """The arrays with the same chunks in each dimension of the batch: an array of NumPy has one chunk.

    Core dimensions keep theirs: that of a large array is one chunk only if the user wants so.
    """
    from dask.array import unify_chunks

    named: list[Any] = []
    for number, (operand, array) in enumerate(zip(kernel.operands, arrays, strict=True)):
        rank = len(operand.dims)
        batch = range(array.ndim - rank, 0, -1)  # from the right, where batches are aligned
        named += [array, (*(f"batch {place}" for place in batch), *(f"{number}, {place}" for place in range(rank)))]
    _, unified = unify_chunks(*named)  # type: ignore[no-untyped-call]
    return list(unified)
