"""Operators take arguments by name: what is said where a kernel's values are given to one, as in `grad(f, x, y)`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from typing import ParamSpec, TypeVar

from zymogen.errors import ArgumentError
from zymogen.planning.arguments import second_call
from zymogen.runtime.kernel import Kernel

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


def by_name(operator: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """The operator, with an error of ours where it is given more by position than it takes.

    Python's own counts arguments, and does not say that several names are a tuple, or where values go.
    """
    names = [
        name for name, item in signature(operator).parameters.items() if item.kind is Parameter.POSITIONAL_OR_KEYWORD
    ]

    @wraps(operator)
    def called(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
        if len(args) > len(names) and isinstance(args[0], Kernel):
            raise ArgumentError(_too_many(operator.__name__, args[0], args[1:], names))
        return operator(*args, **kwargs)

    return called


def _too_many(operator: str, kernel: Kernel, rest: tuple[object, ...], names: list[str]) -> str:
    several = rest if all(isinstance(item, (int, str)) for item in rest) else ()
    advice = (
        f"Several arguments are one tuple: {several!r}."
        if several and names[1:] == ["argnums"]
        else second_call(operator, next(iter(kernel.arguments), "x"))
    )
    return (
        f"{operator}({kernel.name}, ...): {1 + len(rest)} arguments were given by position. Expected are at most "
        f"{len(names)}: {', '.join(names)}. {advice}"
    )
