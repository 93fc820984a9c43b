"""What happens when a call fails: it is made right where that is safe, or it gets an error in the user's words.

Nothing here runs while calls succeed, so that a call costs no more than NumPy's own.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from zymogen.errors import (
    ArgumentError,
    ComponentError,
    InputTypeError,
    IntegerRangeError,
    ShapeError,
    ZymogenError,
)
from zymogen.planning.plan import Operand
from zymogen.runtime.blocks import as_chunked, call_on_blocks, is_chunked
from zymogen.runtime.caught import with_advice
from zymogen.runtime.failed_row import with_row
from zymogen.runtime.integers import narrowed, taken
from zymogen.runtime.ufunc import dtype_of

if TYPE_CHECKING:
    from zymogen.runtime.kernel import Kernel

_RESULTS_BY_NAME = "Leave the rest away; where an array for a result was meant, give it as out=."

_CHOOSING = frozenset({"dtype", "signature", "sig"})
"""Options that choose element types, to which NumPy then converts the arguments."""

_LARGE = 2**63
"""The first number beyond signed integers of 64 bits, which components are."""


def recover(kernel: Kernel, args: tuple[Any, ...], kwargs: Mapping[str, Any], error: Exception) -> Any:
    """The results after all, or an exception that says what was wrong with the call.

    Raises
    ------
    ZymogenError
        If the reason is known; otherwise `error` itself.
    """
    if isinstance(error, ArgumentError):  # an output is an input that is still needed; nothing was written yet
        apart = _apart(kernel, args, kwargs)
        if apart is not None:
            return kernel.ufunc(*apart, **kwargs)
    if isinstance(error, ZymogenError):
        raise with_advice(kernel, args, kwargs, with_row(kernel, args, kwargs, error))
    chunked = any(map(is_chunked, args))
    if not chunked and not isinstance(error, (TypeError, ValueError, OverflowError)):
        raise error
    operands = kernel.operands
    _check_count(kernel, args, kwargs, operands)
    _check_surplus(kernel, args, operands)
    arrays = [_array(kernel, operand, item) for operand, item in zip(operands, args, strict=False)]
    _check_large(kernel, operands, args)
    _check_types(kernel, operands, arrays)
    if not _CHOOSING.intersection(kwargs):
        _check_widths(kernel, operands, args, arrays)
    if "axes" not in kwargs and "axis" not in kwargs and _are_known(arrays):
        _check_shapes(kernel, operands, arrays)
    narrow = [narrowed(kernel.name, operand, array) for operand, array in zip(operands, arrays, strict=True)]
    # Numbers of Python stay what they are where nothing was converted: an array decides about element types.
    fitting = [item if new is old else new for item, old, new in zip(args, arrays, narrow, strict=False)]
    if chunked:
        return call_on_blocks(kernel, (*fitting, *args[len(operands) :]), kwargs)
    if all(map(operator.is_, narrow, arrays)):
        if len(args) > len(operands) and "out" not in kwargs:
            raise ArgumentError(_surplus(kernel, args, f" does not fit ({error})")) from error
        raise error
    converted = (*fitting, *args[len(operands) :])
    return kernel.ufunc(*(_apart(kernel, converted, kwargs) or converted), **kwargs)


def _apart(kernel: Kernel, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The arguments with copies of those that share memory with an output; None where none does.

    NumPy makes these copies itself, but not where an output is exactly an input: it takes for granted that each
    element is read before it is written, which `axes=` and broadcasting make untrue.
    """
    count = len(kernel.operands)
    given = kwargs.get("out")
    outputs = [*args[count:], *(given if isinstance(given, tuple) else (given,))]
    written = [item for item in outputs if isinstance(item, np.ndarray)]
    copied = list(args)
    for position, item in enumerate(args[:count]):
        array = np.asanyarray(item)
        if any(np.may_share_memory(array, output) for output in written):
            copied[position] = array.copy()
    return None if all(map(operator.is_, copied, args)) else tuple(copied)


def _array(kernel: Kernel, operand: Operand, item: Any) -> Any:
    if is_chunked(item):
        return as_chunked(item)
    try:
        return np.asarray(item)
    except ValueError as error:
        raise InputTypeError(
            f"{kernel.name}: {operand.name} cannot be made an array ({error}). Expected are real numbers in rows of "
            "one length."
        ) from None


def _check_count(kernel: Kernel, args: tuple[Any, ...], kwargs: Mapping[str, Any], operands: Sequence[Operand]) -> None:
    named = [name for name in kernel.arguments if name in kwargs]
    if named:
        count = "1 argument" if len(operands) == 1 else f"{len(operands)} arguments"
        raise ArgumentError(
            f"{kernel.name}: {', '.join(named)} {'was' if len(named) == 1 else 'were'} given by keyword. "
            f"Expected {'is' if len(operands) == 1 else 'are'} {count} by position: {', '.join(kernel.arguments)}."
        )
    outputs = len(kernel.plan.outputs)
    if len(operands) <= len(args) <= len(operands) + outputs:
        return
    cure = f" {_RESULTS_BY_NAME}" if len(args) > len(operands) else ""
    raise ArgumentError(f"{kernel.name}: {wrong_count(args, kernel.arguments)}{cure}")


def wrong_count(given: Sequence[Any], expected: Sequence[str]) -> str:
    """Say how many arguments were given, and the names of those that are expected."""
    seen = "1 argument was" if len(given) == 1 else f"{len(given)} arguments were"
    wanted = f"is {len(expected)}" if len(expected) == 1 else f"are {len(expected)}"
    return f"{seen} given. Expected {wanted}: {', '.join(expected)}."


def _check_surplus(kernel: Kernel, args: Sequence[Any], operands: Sequence[Operand]) -> None:
    """Refuse what follows the arguments and is no array: NumPy would say that results cannot be written to it."""
    for item in args[len(operands) :]:
        if item is not None and not isinstance(item, np.ndarray) and not is_chunked(item):
            raise ArgumentError(_surplus(kernel, args, f" is of type {type(item).__name__}"))


def _surplus(kernel: Kernel, args: Sequence[Any], seen: str) -> str:
    """Say what became of more arguments than a kernel has."""
    return (
        f"{kernel.name}: {wrong_count(args, kernel.arguments)} What follows them is taken for an array that a result "
        f"is written to, and it{seen}. {_RESULTS_BY_NAME}"
    )


def _check_large(kernel: Kernel, operands: Sequence[Operand], args: Sequence[Any]) -> None:
    """Refuse integers beyond 64 bits, and components beyond signed ones.

    These are looked for in what was given: NumPy makes objects of them, or real numbers.
    """
    for operand, item in zip(operands, args, strict=False):
        if dtype_of(operand.element).kind not in "iu" or is_chunked(item):
            continue
        values = item if isinstance(item, np.ndarray) else np.asarray(item, dtype=object)
        if values.dtype.kind not in "Ou":
            continue
        most = _LARGE if operand.role == "index" else 2 * _LARGE
        for position, value in enumerate(values.ravel().tolist()):
            if not isinstance(value, int) or -_LARGE <= value < most:
                continue
            if operand.role == "index":
                raise ComponentError(_large_component(kernel, operand, value, position))
            raise IntegerRangeError(
                f"{kernel.name}: {operand.name} is {value}, and {taken(dtype_of(operand.array.element))}"
            )


def _large_component(kernel: Kernel, operand: Operand, value: int, position: int) -> str:
    of = operand.array
    axis = position % of.rank  # components of a matrix are pairs
    along = f"along axis {axis} " if of.rank > 1 else ""
    return (
        f"{kernel.name}(...): component {value} of {of} was asked for, which no array is large enough for. "
        f"Valid components {along}are -{of.dims[axis]} to {of.dims[axis]} - 1."
    )


def _check_types(kernel: Kernel, operands: Sequence[Operand], arrays: Sequence[np.ndarray]) -> None:
    for operand, array in zip(operands, arrays, strict=True):
        if array.dtype.kind == "c":
            raise InputTypeError(
                f"{kernel.name}: {operand.name} is complex ({array.dtype}). Kernels take real numbers. "
                f"Pass {operand.name}.real and {operand.name}.imag to a kernel with two arguments."
            )
        if array.dtype.kind == "f" and array.dtype.itemsize > 8:
            raise InputTypeError(
                f"{kernel.name}: {operand.name} has elements of type {array.dtype}, which are wider than the kernel's "
                f"({dtype_of(operand.element)}). Convert it where that is meant: {operand.name}.astype('float64')."
            )
        wanted = dtype_of(operand.element)
        if array.dtype.kind not in "biuf":
            expected = {"f": "real numbers", "b": "truth values"}.get(wanted.kind, "integers")
            raise InputTypeError(
                f"{kernel.name}: {operand.name} has elements of type {array.dtype}. Expected are {expected}."
            )
        if wanted.kind in "iub" and array.dtype.kind == "f":
            if not array.size:
                raise InputTypeError(
                    f"{kernel.name}: {operand.name} is empty, and then nothing says that its elements are integers "
                    f"({wanted}). Give numpy.zeros({array.shape if array.ndim > 1 else array.size}, {str(wanted)!r})."
                )
            raise InputTypeError(
                f"{kernel.name}: {operand.name} has elements of type {array.dtype}, and the kernel takes integers "
                f"({wanted}). Convert it where that is meant: {operand.name}.astype({str(wanted)!r})."
            )


def _check_widths(
    kernel: Kernel, operands: Sequence[Operand], args: Sequence[Any], arrays: Sequence[np.ndarray]
) -> None:
    """Refuse numbers that a kernel for float32 alone would have to round; those of Python take the kernel's type."""
    if len(kernel.plans) > 1:  # the last loop is for float64, which takes all
        return
    for operand, item, array in zip(operands, args, arrays, strict=False):
        wanted = dtype_of(operand.element)
        if wanted.kind != "f" or type(item) in (bool, int, float) or np.can_cast(array.dtype, wanted, "safe"):
            continue
        elements, cure = f"has elements of type {array.dtype}", f"{operand.name}.astype({str(wanted)!r})"
        if not hasattr(item, "astype"):
            elements = f"is a {type(item).__name__}, of which NumPy makes an array of {array.dtype}"
            cure = f"numpy.asarray({operand.name}, {str(wanted)!r})"
        raise InputTypeError(
            f"{kernel.name}: {operand.name} {elements}, and the kernel takes {wanted}, to which NumPy does not round "
            f"by itself. Convert it where that is meant: {cure}. A kernel template takes both "
            "(ZYMOGEN_KERNEL_TEMPLATE)."
        )


def _are_known(arrays: Sequence[Any]) -> bool:
    """Whether all sizes are known: Dask has NaN for those that it would have to compute."""
    return not any(math.isnan(size) for array in arrays for size in array.shape)


def _check_shapes(kernel: Kernel, operands: Sequence[Operand], arrays: Sequence[np.ndarray]) -> None:
    seen: dict[str, tuple[int, Operand, np.ndarray]] = {}
    for operand, array in zip(operands, arrays, strict=True):
        if array.ndim < len(operand.dims):
            if operand.role == "index":
                expected = f"{operand.dims[0]} integers along the last dimension, a component of {operand.array}"
            else:
                expected = f"at least {len(operand.dims)} dimensions, the last of them ({', '.join(operand.dims)})"
            raise ShapeError(f"{kernel.name}: {_label(operand)} has shape {array.shape}. Expected are {expected}.")
        for dim, size in zip(operand.dims, array.shape[array.ndim - len(operand.dims) :], strict=True):
            if dim.isdigit() and size != int(dim):
                raise ShapeError(_wrong_size(kernel, operand, array, dim, size))
            first = seen.setdefault(dim, (size, operand, array))
            if size != first[0]:
                raise ShapeError(
                    f"{kernel.name}: {dim} is {first[0]} in {_label(first[1])}, of shape {first[2].shape}, and {size} "
                    f"in {_label(operand)}, of shape {array.shape}. Dimensions of one name have one size; leading "
                    "dimensions are batches. Use axes= where the batch is elsewhere."
                )
    batches = [array.shape[: array.ndim - len(operand.dims)] for operand, array in zip(operands, arrays, strict=True)]
    try:
        np.broadcast_shapes(*batches)
    except ValueError:
        given = ", ".join(
            f"{batch} of {operand.name}" for operand, batch in zip(operands, batches, strict=True) if batch
        )
        raise ShapeError(f"{kernel.name}: the leading dimensions (batches) do not broadcast: {given}.") from None


def _wrong_size(kernel: Kernel, operand: Operand, array: np.ndarray, dim: str, size: int) -> str:
    """Say that a dimension has another size than the signature, or what was given to `specialize`, fixes."""
    seen = f"{kernel.name}: {_label(operand)} has shape {array.shape}"
    chosen = [name for name, number in kernel.plan.declaration.signature.known if number == dim]
    if not chosen:
        return f"{seen}, and its dimension {dim} is fixed: {size} is not {dim}."
    return (
        f"{seen}, and this is specialized for {' and '.join(f'{name} = {dim}' for name in chosen)}: {size} is not "
        f"{dim}. Use specialize with that size, or what is not specialized, which takes all sizes."
    )


def _label(operand: Operand) -> str:
    return operand.name if operand.role == "index" else str(operand.array)
