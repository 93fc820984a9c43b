"""Which arguments a user means: numbers and names, as JAX's `argnums`, and components of arrays."""

from __future__ import annotations

import operator
from collections.abc import Sequence

import numpy as np

from zymogen.declaration import REAL
from zymogen.errors import ArgumentError, ComponentError, NotDifferentiableError
from zymogen.planning.plan import Operand

_EXTENT = 2**63
"""No extent is larger, and components are integers of 64 bits."""

Argnums = int | str | tuple[int | str, ...]


def named(argnums: Argnums, operands: Sequence[Operand], call: str) -> tuple[str, ...]:
    """The names of the arguments that `argnums` means, all of them differentiable.

    Raises
    ------
    ArgumentError
        If there is no such argument, or one is named twice; the message lists those there are.
    NotDifferentiableError
        If one is an integer.
    """
    wanted = argnums if isinstance(argnums, tuple) else (argnums,)
    if not wanted:
        raise ArgumentError(f"{call}: argnums is empty. Name at least one of {_listed(operands)}.")
    names = tuple(one(argnum, operands, call).name for argnum in wanted)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ArgumentError(f"{call}: {twice} is named twice. Name every argument once.")
    return names


def one(argnum: object, operands: Sequence[Operand], call: str) -> Operand:
    """The operand that a number or a name means."""
    operand = _find(argnum, operands)
    if operand is None:
        raise ArgumentError(
            f"{call}: there is no argument {argnum!r}. Arguments are {_listed(operands)}: use a name or a number "
            f"from 0 to {len(operands) - 1}."
        )
    if operand.role == "index" or operand.element not in REAL:
        kind = (
            "the index of a component" if operand.role == "index" else f"an integer argument ({operand.array.element})"
        )
        real = [item for item in operands if item.role == "input" and item.element in REAL]
        raise NotDifferentiableError(
            f"{call}: {operand.name} is {kind}, which has no derivative. Differentiable are {_listed(real)}."
        )
    return operand


def component_of(operand: Operand, index: object, call: str) -> tuple[int, ...]:
    """The component of an array that an integer or a tuple of integers means.

    Raises
    ------
    ComponentError
        If it has the wrong number of dimensions, is not made of integers, or is out of a fixed extent's range.
    """
    array = operand.array
    given = index if isinstance(index, tuple) else (index,)
    wanted = "an integer" if array.rank == 1 else f"{array.rank} integers"
    try:
        component = tuple(operator.index(i) for i in given)
    except TypeError:
        raise ComponentError(f"{call}: the component of {array} is {index!r}. Expected is {wanted}.") from None
    if any(isinstance(i, (bool, np.bool_)) for i in given):
        raise ComponentError(
            f"{call}: the component of {array} is {index!r}, a truth value. Expected is {wanted}; of a mask, use "
            "numpy.flatnonzero(mask)."
        )
    if len(component) != array.rank:
        raise ComponentError(
            f"{call}: the component {index!r} of {array} has {len(component)} dimensions. Expected are {array.rank}."
        )
    for axis, (i, dim) in enumerate(zip(component, array.dims, strict=True)):
        if dim.isdigit() and not -int(dim) <= i < int(dim):
            raise ComponentError(
                f"{call}: component {index!r} of {array} was asked for. Valid components are -{dim} to {int(dim) - 1}."
            )
        if not -_EXTENT <= i < _EXTENT:
            along = f"along axis {axis} " if array.rank > 1 else ""
            raise ComponentError(
                f"{call}: component {index!r} of {array} was asked for, which no array is large enough for. "
                f"Valid components {along}are -{dim} to {dim} - 1."
            )
    return component


def _find(argnum: object, operands: Sequence[Operand]) -> Operand | None:
    if isinstance(argnum, str):
        return next((operand for operand in operands if operand.name == argnum), None)
    if isinstance(argnum, bool):
        return None
    try:
        number = operator.index(argnum)  # type: ignore[arg-type]
    except TypeError:
        return None
    return operands[number] if 0 <= number < len(operands) else None


def _listed(operands: Sequence[Operand]) -> str:
    return ", ".join(operand.name for operand in operands) or "none"
