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


def named(argnums: Argnums | list[int | str], operands: Sequence[Operand], call: str) -> tuple[str, ...]:
    """The names of the arguments that `argnums` means, all of them differentiable.

    Raises
    ------
    ArgumentError
        If there is no such argument, or one is named twice; the message lists those there are.
    NotDifferentiableError
        If one is an integer.
    """
    if isinstance(argnums, list) and all(_may_name(argnum) for argnum in argnums):
        meant = tuple(argnums) or tuple(operand.name for operand in operands[:2])
        raise ArgumentError(f"{call}: argnums is a list. Expected is a name, a number, or a tuple of them: {meant!r}.")
    wanted = tuple(argnums) if isinstance(argnums, (tuple, list)) else (argnums,)
    if not wanted:
        raise ArgumentError(f"{call}: argnums is empty. Name at least one of {_listed(operands)}.")
    names = tuple(one(argnum, operands, call).name for argnum in wanted)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ArgumentError(f"{call}: {twice} is named twice. Name every argument once.")
    return names


def one(argnum: object, operands: Sequence[Operand], call: str) -> Operand:
    """The operand that a number or a name means."""
    if isinstance(argnum, (tuple, list)):
        meant = f": {argnum[0]!r}" if argnum else ""
        raise ArgumentError(
            f"{call}: {argnum!r} is a {type(argnum).__name__}. Expected is one argument by name or number{meant}."
        )
    if not operands:
        raise ArgumentError(f"{call}: the kernel has no arguments, so that there is nothing to differentiate by.")
    if not _may_name(argnum):
        raise ArgumentError(
            f"{call}: {as_written(argnum)} is of type {type(argnum).__name__}. Expected is the argument to "
            f"differentiate by, as its name or number: {_listed(operands)}. "
            f"{second_call(call.partition('(')[0], operands[0].name)}"
        )
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


def as_written(argnums: object) -> str:
    """What an operator was given, for a message: an array by its shape, as its elements may fill pages."""
    if isinstance(argnums, np.ndarray):
        return f"<array of shape {argnums.shape}>"
    if isinstance(argnums, tuple):
        return f"({', '.join(map(as_written, argnums))}{',' if len(argnums) == 1 else ''})"
    return repr(argnums)


def second_call(operator: str, argument: str) -> str:
    """Where values go that an operator was given instead of names."""
    return f"Values come in a second call, that of the derivative: zg.{operator}(f, {argument!r})(...)."


def parted(component: object, call: str) -> tuple[object, object]:
    """The argument that a component is of, and where in it; None for an argument alone.

    Raises
    ------
    ArgumentError
        If it is neither a name or number nor a tuple of two; the message says how it is written.
    """
    if not isinstance(component, (tuple, list)):
        return component, None
    if isinstance(component, tuple) and len(component) == 2:
        return component[0], component[1]
    argument, *where = component or (None,)
    meant = (argument, where[0] if len(where) == 1 else tuple(where)) if where else argument
    raise ArgumentError(
        f"{call}: {component!r} is no component. Expected is an argument and where in it, in a tuple of two, or the "
        f"argument alone{'' if argument is None else f': {meant!r}'}."
    )


def component_of(operand: Operand, index: object, call: str) -> tuple[int, ...]:
    """The component of an array that an integer or a tuple of integers means.

    Raises
    ------
    ComponentError
        If it has the wrong number of dimensions, is not made of integers, or is out of a fixed extent's range.
    """
    array = operand.array
    if array.rank == 0 and index != ():
        raise ComponentError(
            f"{call}: {array} is a number, and {index!r} was asked for of it. Write its name alone: {array.name!r}."
        )
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
        dimensions = "1 dimension" if len(component) == 1 else f"{len(component)} dimensions"
        expected = "is 1" if array.rank == 1 else f"are {array.rank}"
        raise ComponentError(f"{call}: the component {index!r} of {array} has {dimensions}. Expected {expected}.")
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


def _may_name(argnum: object) -> bool:
    """Whether it is of a kind that names an argument, so that it is no value."""
    if isinstance(argnum, str):
        return True
    try:
        operator.index(argnum)  # type: ignore[arg-type]
    except TypeError:
        return False
    return True


def _find(argnum: object, operands: Sequence[Operand]) -> Operand | None:
    if isinstance(argnum, str):
        return next((operand for operand in operands if operand.name == argnum), None)
    if isinstance(argnum, bool):
        return None
    number = operator.index(argnum)  # type: ignore[arg-type]
    return operands[number] if 0 <= number < len(operands) else None


def _listed(operands: Sequence[Operand]) -> str:
    return ", ".join(operand.name for operand in operands) or "none"
