"""Derivatives that are summed over a batch: one ufunc for each choice of arguments that have the batch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Never

import numpy as np

from zymogen.build.source import Unit
from zymogen.declaration import REAL, Declaration
from zymogen.errors import ArgumentError, InputTypeError, NotDifferentiableError, ShapeError
from zymogen.runtime.axes import core_back, core_last, core_places
from zymogen.runtime.kernel import Derivative, Derived
from zymogen.runtime.ufunc import make_ufunc

Relations = tuple[tuple[str, ...], ...]
"""For every result, the arguments that it is a derivative with respect to; none for a value."""

_Batched = tuple[bool, ...]

_NUMBERS = frozenset({int, float})
"""They take the type of the arrays beside them, as in all calls of NumPy; arrays made of them would not."""


@dataclass(frozen=True)
class _Sum:
    """What is made for one choice of arguments that have the batch."""

    ufunc: np.ufunc
    kept: _Batched
    """For every result, whether it is there for each sample."""


def summed(derivative: Derivative, relations: Relations) -> SummedDerivative:
    """The same derivative, summed over the batch.

    Parameters
    ----------
    relations : one tuple of argument names for each result of the derivative's ufunc, in order

    Raises
    ------
    TypeError
        If a result would have to be summed and is an integer.
    """
    for output, related in zip(derivative.plan.outputs, relations, strict=True):
        if output.element not in REAL and not related:
            raise NotDifferentiableError(
                f"{derivative.name}: the result {output.array} is an integer, and sums over a batch are of real "
                "numbers. Use an operator that leaves it out, or sum_over_batch=False."
            )
    _, made = derivative.__reduce__()
    return SummedDerivative(*made, relations)


class SummedDerivative(Derivative):
    """A derivative of the sum over a batch.

    It is called with the derivative's arguments. Those with leading dimensions must have the same ones, the batch;
    all others are shared by its samples. A result that is a derivative with respect to an argument with the batch is
    there for each sample. All other results are sums over the samples, of the shape that one sample's has: they need
    no memory for each sample, and are the same, bit by bit, for one number of threads (`zg.set_num_threads`). The
    sum over no samples is 0. Real numbers are added as float64, row after row, whatever the kernel computes with.

    Arrays whose element type is not the kernel's are converted as a whole, as in all calls; so are several leading
    dimensions that do not follow each other in memory.
    """

    by_rows = False

    def __init__(self, unit: Unit, declaration: Declaration, derived: Derived, relations: Relations) -> None:
        super().__init__(unit, declaration, derived)
        self.relations = relations
        self._sums: dict[_Batched, _Sum] = {}
        self._names = self.arguments
        self._input_ranks = tuple(len(operand.dims) for operand in self.operands)
        self._output_ranks = tuple(len(output.dims) for output in self.plan.outputs)

    def __reduce__(self) -> Any:
        kind, made = super().__reduce__()
        return kind, (*made, self.relations)

    def __repr__(self) -> str:
        return f"<summed derivative {self}>"

    def __str__(self) -> str:
        return f"{super().__str__()}, summed over the batch"

    def build(self) -> SummedDerivative:
        _ = self._artifact
        return self

    def specialize(self, **sizes: int) -> Never:
        """Not for sums over a batch, whose rows are added up one by one."""
        given = ", ".join(f"{name}={size!r}" for name, size in sizes.items())
        raise ArgumentError(
            f"{self.name}.specialize({given}): rows of a sum over a batch are computed one by one. Leave "
            "sum_over_batch=True away, and add the results up."
        )

    def derive(self, *_: Any, **__: Any) -> Derivative:
        raise NotDifferentiableError(
            f"{self.name} is summed over its batch, and operators apply to what there is for each sample. "
            "Use sum_over_batch=True with the outermost operator alone."
        )

    @property
    def ufunc(self) -> Any:  # called like a ufunc, but there is one for each choice of arguments
        """The sums as a flat tuple, or the only one."""
        return self._evaluate

    def _evaluate(self, *args: Any, out: Any = None, axes: Any = None, **options: Any) -> Any:
        inputs, results = len(self._input_ranks), len(self._output_ranks)
        # Where NumPy would complain a plain exception is enough: `recover` says what was wrong.
        if not inputs <= len(args) <= inputs + results:
            raise TypeError("wrong number of arguments")
        if options:
            self._refuse_options(options)
        items = [
            item if type(item) is np.ndarray or type(item) in _NUMBERS else self._array(name, item)
            for name, item in zip(self._names, args, strict=False)
        ]
        given = _outputs(args[inputs:], out, results)
        if axes is None:
            calculated = self._over(items, given, options)
        else:
            places = core_places((*self._input_ranks, *self._output_ranks), {"axes": axes})
            items = list(map(core_last, items, places))
            wanted = [
                None if item is None else core_last(item, own) for item, own in zip(given, places[inputs:], strict=True)
            ]
            calculated = self._over(items, wanted, options)
            calculated = tuple(map(core_back, calculated, places[inputs:]))
        finished = tuple(result if item is None else item for result, item in zip(calculated, given, strict=True))
        return finished if results > 1 else finished[0]

    def _over(self, items: Sequence[Any], wanted: Sequence[Any], options: Mapping[str, Any]) -> tuple[Any, ...]:
        """The results; those that are `wanted` in an array are written there too."""
        batch, batched = self._batch(items)
        known = self._sums.get(batched) or self._made(batched)
        length = math.prod(batch)
        flat = [_flat(item, batch, length) if has else item for item, has in zip(items, batched, strict=True)]
        if not any(item is not None for item in wanted):
            results = _as_tuple(known.ufunc(*flat, **options))
        else:
            self._check_outputs(wanted, [batch if keep else () for keep in known.kept])
            into = [
                _flat(item, batch, length) if keep and item is not None else item
                for item, keep in zip(wanted, known.kept, strict=True)
            ]
            results = _as_tuple(known.ufunc(*flat, out=tuple(into), **options))
            for item, written in zip(wanted, into, strict=True):
                if item is not None and written is not item and not np.may_share_memory(item, written):
                    item[...] = written.reshape(item.shape)
        return tuple(
            result.reshape(batch + result.shape[1:]) if keep else result
            for result, keep in zip(results, known.kept, strict=True)
        )

    def _batch(self, items: Sequence[Any]) -> tuple[tuple[int, ...], _Batched]:
        """The leading dimensions, and which arguments have them."""
        batches = []
        for item, rank in zip(items, self._input_ranks, strict=True):
            shape: tuple[int, ...] = () if type(item) in _NUMBERS else item.shape
            if len(shape) < rank:
                raise ValueError("too few dimensions")
            batches.append(shape[: len(shape) - rank])
        different = {batch for batch in batches if batch}
        if len(different) > 1:
            seen = ", ".join(f"{batch} of {name}" for batch, name in zip(batches, self._names, strict=True) if batch)
            raise ShapeError(
                f"{self.name}: a sum is over one batch, and leading dimensions differ: {seen}. Expected are the same "
                "in all arguments that have any; an argument without them is shared by all samples. Drop those that "
                "are 1, or repeat an argument for all samples, without a copy, by np.broadcast_to."
            )
        return (different.pop() if different else ()), tuple(map(bool, batches))

    def _made(self, batched: _Batched) -> _Sum:
        having = {name for name, has in zip(self._names, batched, strict=True) if has}
        kept = tuple(not having.isdisjoint(related) for related in self.relations)
        # Without a batch nothing is to be added: it is the derivative itself.
        operands = (*batched, *kept) if having else ()
        plans = self.built_plans
        ufunc = make_ufunc(self.name, str(self), plans, self.bound, self._artifact, None, batched=operands)
        self._sums[batched] = _Sum(ufunc, kept)
        return self._sums[batched]

    def _array(self, name: str, item: Any) -> np.ndarray:
        if hasattr(type(item), "__array_ufunc__") and not isinstance(item, (np.ndarray, np.generic)):
            kind = f"{type(item).__module__}.{type(item).__name__}"
            raise InputTypeError(
                f"{self.name}: {name} is a {kind}, and a sum over a batch takes NumPy arrays. "
                "Call it with each of its parts, and add the results; or convert it by np.asarray."
            )
        return np.asarray(item)

    def _check_outputs(self, wanted: Sequence[Any], batches: Sequence[tuple[int, ...]]) -> None:
        for item, batch, output in zip(wanted, batches, self.plan.outputs, strict=True):
            if item is None or (item.ndim == len(batch) + len(output.dims) and item.shape[: len(batch)] == batch):
                continue
            what = f"leading dimensions {batch}, as it is there for each sample" if batch else "no leading dimensions"
            raise ShapeError(
                f"{self.name}: out= for {output.array} has shape {item.shape}. Expected are {what}, and then "
                f"({', '.join(output.dims)})."
            )

    def _refuse_options(self, options: Mapping[str, Any]) -> None:
        for name in ("axis", "keepdims"):
            if name in options:
                raise ArgumentError(
                    f"{self.name}: {name}= was given, and a sum over a batch does not take it. "
                    "Use axes= where core dimensions are not the last."
                )


def _flat(array: np.ndarray, batch: tuple[int, ...], length: int) -> np.ndarray:
    """The array with its batch in one dimension: a view where that is possible."""
    return array if len(batch) == 1 else array.reshape((length, *array.shape[len(batch) :]))


def _as_tuple(results: Any) -> tuple[Any, ...]:
    return results if isinstance(results, tuple) else (results,)


def _outputs(positional: Sequence[Any], out: Any, count: int) -> list[Any]:
    """For every result, the array that it is to be written to, or None."""
    if out is not None and positional:
        raise TypeError("cannot specify 'out' as both a positional and keyword argument")
    given = [*positional] if out is None else [*out] if isinstance(out, tuple) else [out]
    if out is not None and len(given) != count:
        raise ValueError(f"The 'out' tuple must have exactly {count} entries")
    if any(item is not None and not isinstance(item, np.ndarray) for item in given):
        raise TypeError("return arrays must be of ArrayType")
    return given + [None] * (count - len(given))
