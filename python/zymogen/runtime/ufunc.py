"""From a finished build to a `numpy.ufunc`: the trampoline of `_core` around the compiled entries."""

from __future__ import annotations

import copyreg
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from zymogen import _core
from zymogen.build.artifact import Artifact
from zymogen.errors import (
    ArgumentError,
    ComponentError,
    IntegerRangeError,
    KernelIndexError,
    KernelMemoryError,
    KernelRuntimeError,
    KernelValueError,
)
from zymogen.planning.function import Array
from zymogen.planning.names import entry_name
from zymogen.planning.plan import Operand, Plan

Chosen = tuple[int, ...] | tuple[tuple[int, ...], ...] | None
"""A component, a list of components, or None where the call chooses."""

Bound = tuple[Chosen, ...]
"""What is chosen for every index and list of a plan, in order."""

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
    """The operands that a caller sees: all but bound indices and lists."""
    chosen = iter(bound)
    return tuple(operand for operand in operands if operand.role not in ("index", "list") or next(chosen) is None)


def fixed_components(plan: Plan, bound: Bound) -> tuple[int | None, ...]:
    """The flat number of each index that is bound, for arrays whose sizes are all known.

    Raises
    ------
    ComponentError
        If there is no such component.
    """
    chosen = zip((operand for operand in plan.operands if operand.role in ("index", "list")), bound, strict=True)
    return tuple(_flat(operand, component) for operand, component in chosen if operand.role == "index")


def _flat(operand: Operand, component: Chosen) -> int | None:
    if component is None:
        return None
    extents = tuple(map(int, operand.array.dims))
    numbers = tuple(int(number) for number in np.ravel(component))
    for axis, (number, extent) in enumerate(zip(numbers, extents, strict=True)):
        if not -extent <= number < extent:
            where = f" in dimension {axis}" if len(extents) > 1 else ""
            raise ComponentError(
                f"{operand.array.name}: component {number}{where} is not there, as {operand.array} has {extent}. "
                f"Expected is {-extent} to {extent - 1}."
            )
    return int(
        np.ravel_multi_index([number % extent for number, extent in zip(numbers, extents, strict=True)], extents)
    )


def list_sizes(operands: Sequence[Operand], bound: Bound) -> dict[str, int]:
    """The lengths of lists, which are dimensions of results."""
    chosen = zip((operand for operand in operands if operand.role in ("index", "list")), bound, strict=True)
    return {operand.count: len(choice) for operand, choice in chosen if operand.role == "list" and choice is not None}


def gufunc_signature(plan: Plan, bound: Bound, batched: Sequence[bool] = ()) -> str:
    """The signature as NumPy writes it, such as `(n),(n)->()`, or `(batch,n),(n)->(n)`; see `make_ufunc`."""
    shown = visible(plan.operands, bound)
    sizes = list_sizes(plan.operands, bound)
    texts = [f"({','.join(str(sizes.get(dim, dim)) for dim in dims)})" for dims in _core_dims(shown, batched)]
    count = sum(operand.role != "output" for operand in shown)
    return f"{','.join(texts[:count])}->{','.join(texts[count:])}"


def make_ufunc(
    name: str,
    doc: str,
    plans: Sequence[Plan],
    bound: Bound,
    artifact: Artifact,
    recipe: object,
    batched: Sequence[bool] = (),
    below: int | None = None,
    *,
    watched: bool = False,
) -> np.ufunc:
    """The ufunc of one kernel or derivative; it has one loop for each plan.

    Parameters
    ----------
    recipe : kept alive with the ufunc and given back by `_core.recipe_of`; it says how to make the ufunc again
    batched : for each operand that a caller sees, whether it has the batch, which then is its first core dimension;
        outputs that lack it are sums over the batch. None has it if this is empty: the batch is NumPy's own loop
    below : the number of the level whose lower neighbour is meant; `plans` are that one's
    watched : whether batches that take long are told of, see `zymogen.runtime.promotion`
    """
    library = _core.open_library(str(artifact.library))
    shown = visible(plans[0].operands, bound)
    outputs = sum(operand.role == "output" for operand in shown)
    addresses = [library.address(artifact.symbol(entry_name(number, below))) for number in range(len(plans))]
    loops = [_loop(plan, bound, address, batched) for plan, address in zip(plans, addresses, strict=True)]
    signature = gufunc_signature(plans[0], bound, batched)
    return _core.make_ufunc(name, doc, signature, len(shown) - outputs, outputs, loops, recipe, watched)


def core_dimensions(plan: Plan, bound: Bound) -> tuple[str, ...]:
    """Core dimensions in the order in which NumPy numbers them: of first appearance in the ufunc's signature."""
    sizes = {name: str(size) for name, size in list_sizes(plan.operands, bound).items()}
    dims = (dim for dims in _core_dims(visible(plan.operands, bound), ()) for dim in dims)
    return tuple(dict.fromkeys(sizes.get(dim, dim) for dim in dims))


def _core_dims(shown: Sequence[Operand], batched: Sequence[bool]) -> list[tuple[str, ...]]:
    """Core dimensions of the operands that a caller sees, with the batch where they have it."""
    if not batched:
        return [_dims(operand) for operand in shown]
    batch = _batch_name(shown)
    return [(batch, *operand.dims) if has else operand.dims for operand, has in zip(shown, batched, strict=True)]


def _dims(operand: Operand) -> tuple[str, ...]:
    """Core dimensions of one operand; a list that the call gives has them too."""
    if operand.role != "list":
        return operand.dims
    return (operand.count,) if operand.array.rank == 1 else (operand.count, str(operand.array.rank))


def _batch_name(shown: Sequence[Operand]) -> str:
    """A name for the batch that no dimension has."""
    taken = {dim for operand in shown for dim in operand.dims}
    name = "batch"
    while name in taken:
        name += "_"
    return name


def _loop(plan: Plan, bound: Bound, address: int, batched: Sequence[bool]) -> _core.Loop:
    shown = visible(plan.operands, bound)
    core_dims = _core_dims(shown, batched)
    sizes = {name: str(size) for name, size in list_sizes(plan.operands, bound).items()}
    dimensions = tuple(dict.fromkeys(sizes.get(dim, dim) for dims in core_dims for dim in dims))

    def positions(dims: Sequence[str]) -> list[int]:
        return [dimensions.index(sizes.get(dim, dim)) for dim in dims]

    def extents(dims: Sequence[str]) -> list[int]:
        # Fixed extents of results that the ufunc does not show whole are no dimensions of it.
        return [positions([dim])[0] if sizes.get(dim, dim) in dimensions else ~int(sizes.get(dim, dim)) for dim in dims]

    def working_memory(array: Array) -> _core.Scratch:
        known = extents(array.dims)
        fixed = math.prod(~extent for extent in known if extent < 0)
        itemsize = dtype_of(array.element).itemsize * array.lanes * fixed
        return _core.Scratch(max(itemsize, 1), [extent for extent in known if extent >= 0], array.name in seeds)

    chosen, seen = iter(bound), iter(core_dims)
    operands = [
        _choice(operand, next(chosen), seen, positions, extents)
        if operand.role in ("index", "list")
        else _core.Operand(operand.role, dtype_of(operand.element).itemsize, positions(next(seen)))
        for operand in plan.operands
    ]
    batch = positions([_batch_name(shown)])[0] if batched else -1
    seeds = {seed.name for seed in plan.seeds}
    scratch = [working_memory(array) for array in plan.scratch]
    return _core.Loop(address, [dtype_of(operand.element).num for operand in shown], operands, scratch, batch)


def _choice(
    operand: Operand,
    chosen: Chosen,
    seen: Iterator[tuple[str, ...]],
    positions: Callable[[Sequence[str]], list[int]],
    extents: Callable[[Sequence[str]], list[int]],
) -> _core.Operand:
    """An index or a list of components."""
    of: Array = operand.array
    flat = None if chosen is None else [int(number) for number in np.ravel(chosen)]
    return _core.Operand(
        operand.role,
        dtype_of(operand.element).itemsize,
        positions(next(seen)) if chosen is None else [],
        bound=flat,
        extents=extents(of.dims),
        label=str(of),
        names=list(of.dims),
    )


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
