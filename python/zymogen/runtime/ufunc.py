"""From a finished build to a `numpy.ufunc`: the trampoline of `_core` around the compiled entries."""

from __future__ import annotations

import copyreg
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from zymogen import _core
from zymogen.build.pipeline import Artifact
from zymogen.codegen.entry import entry_name
from zymogen.derivative.function import Array
from zymogen.derivative.plan import Operand, Plan
from zymogen.errors import (
    ArgumentError,
    ComponentError,
    IntegerRangeError,
    KernelIndexError,
    KernelMemoryError,
    KernelRuntimeError,
    KernelValueError,
)

Bound = tuple[tuple[int, ...] | None, ...]
"""For every index of a plan, in order, the component that it is fixed to, or None where it is an argument."""

_DTYPES: dict[str, np.dtype[Any]] = {
    "double": np.dtype(np.float64),
    "float": np.dtype(np.float32),
    "bool": np.dtype(np.bool_),
    **{f"std::{kind}{bits}_t": np.dtype(f"{kind}{bits}") for kind in ("int", "uint") for bits in (8, 16, 32, 64)},
    # Those of these that are a type of their own (see element_name in zymogen/parameter.hpp).
    "long": np.dtype(np.long),
    "unsigned long": np.dtype(np.ulong),
    "long long": np.dtype(np.longlong),
    "unsigned long long": np.dtype(np.ulonglong),
}

_core.set_error_types(
    {
        "invalid_argument": KernelValueError,
        "out_of_range": KernelIndexError,
        "out_of_memory": KernelMemoryError,
        "runtime": KernelRuntimeError,
        "unknown": KernelRuntimeError,
        "integer_range": IntegerRangeError,
        "component": ComponentError,
        "overlap": ArgumentError,
    }
)


def dtype_of(element: str) -> np.dtype[Any]:
    """NumPy's type for a C++ element type."""
    return _DTYPES[element]


def visible(operands: Sequence[Operand], bound: Bound) -> tuple[Operand, ...]:
    """The operands that a caller sees: all but bound indices."""
    fixed = iter(bound)
    return tuple(operand for operand in operands if operand.role != "index" or next(fixed) is None)


def gufunc_signature(plan: Plan, bound: Bound) -> str:
    """The signature as NumPy writes it, such as `(n),(n)->()`."""
    shown = visible(plan.operands, bound)
    texts = [f"({','.join(operand.dims)})" for operand in shown]
    count = sum(operand.role != "output" for operand in shown)
    return f"{','.join(texts[:count])}->{','.join(texts[count:])}"


def make_ufunc(
    name: str, doc: str, plans: Sequence[Plan], bound: Bound, artifact: Artifact, recipe: object
) -> np.ufunc:
    """The ufunc of one kernel or derivative; it has one loop for each plan.

    Parameters
    ----------
    recipe : kept alive with the ufunc and given back by `_core.recipe_of`; it says how to make the ufunc again
    """
    library = _core.open_library(str(artifact.library))
    shown = visible(plans[0].operands, bound)
    outputs = sum(operand.role == "output" for operand in shown)
    loops = [_loop(plan, bound, library.address(entry_name(number))) for number, plan in enumerate(plans)]
    signature = gufunc_signature(plans[0], bound)
    return _core.make_ufunc(name, doc, signature, len(shown) - outputs, outputs, loops, recipe)


def _loop(plan: Plan, bound: Bound, address: int) -> _core.Loop:
    shown = visible(plan.operands, bound)
    dimensions = tuple(dict.fromkeys(dim for operand in shown for dim in operand.dims))
    fixed = iter(bound)
    operands = [
        _index(operand, next(fixed), dimensions) if operand.role == "index" else _array(operand, dimensions)
        for operand in plan.operands
    ]
    seeds = {seed.name for seed in plan.seeds}
    scratch = [
        _core.Scratch(dtype_of(array.element).itemsize, _positions(array.dims, dimensions), array.name in seeds)
        for array in plan.scratch
    ]
    return _core.Loop(address, [dtype_of(operand.element).num for operand in shown], operands, scratch)


def _array(operand: Operand, dimensions: tuple[str, ...]) -> _core.Operand:
    itemsize = dtype_of(operand.element).itemsize
    return _core.Operand(operand.role, itemsize, _positions(operand.dims, dimensions))


def _index(operand: Operand, component: tuple[int, ...] | None, dimensions: tuple[str, ...]) -> _core.Operand:
    of: Array = operand.array
    return _core.Operand(
        "index",
        dtype_of(operand.element).itemsize,
        _positions(operand.dims, dimensions) if component is None else [],
        bound=None if component is None else list(component),
        extents=_positions(of.dims, dimensions),
        label=str(of),
        names=list(of.dims),
    )


def _positions(dims: tuple[str, ...], dimensions: tuple[str, ...]) -> list[int]:
    return [dimensions.index(dim) for dim in dims]


def _reduce(ufunc: np.ufunc) -> Any:
    """Pickle a ufunc: ours by how to make it again, all others as NumPy does."""
    recipe: Any = _core.recipe_of(ufunc)
    return _numpys_reduce(ufunc) if recipe is None else (_ufunc_of, recipe)


def _ufunc_of(kind: Callable[..., Any], arguments: tuple[Any, ...]) -> np.ufunc:
    ufunc: np.ufunc = kind(*arguments).ufunc
    return ufunc


# Dask and multiprocessing pickle the ufunc itself, which NumPy can only do for ufuncs that a module holds by name.
_numpys_reduce = copyreg.dispatch_table[np.ufunc]
copyreg.pickle(np.ufunc, _reduce)
