"""Derivatives with respect to single numbers: components of arrays, and scalar arguments."""

from __future__ import annotations

import numpy as np

from zymogen.errors import ArgumentError, NotDifferentiableError
from zymogen.operators.asked import arguments_of, call_text, chosen_result, kernel_of, output_text
from zymogen.operators.by_name import by_name
from zymogen.planning.arguments import as_written, component_of, one, parted
from zymogen.planning.request import OneHot
from zymogen.runtime.kernel import Derivative, Kernel
from zymogen.runtime.open_partial import OpenPartial

_HIGHEST_ORDER = 12
"""Each order doubles the code and its scratch memory; of a line of C++ this one takes some seconds to build."""

Component = int | str | tuple[int | str, int | tuple[int, ...]]


def partial(f: Kernel, *components: Component, output: str | None = None) -> Derivative:
    """The derivative with respect to single components, at about the price of one evaluation each.

    No array of seeds is made, and nothing is computed for other components or arguments.

    Parameters
    ----------
    f : kernel or derivative with one result y of shape (..., *out), or several of which `output` names one
    *components : one for each order of differentiation

        - ``("x", 2)`` or ``("M", (0, 3))``: that component of an array
        - ``"x"``: an array's component that is chosen at the call: one more argument, an integer for a vector and
          a pair (triple, ...) of integers for a matrix; it broadcasts like any other argument
        - ``"m"``: a scalar argument

        The argument is given by name or number. Negative components count from the end.
    output : name of the result y

    Returns
    -------
    Derivative; called with f's arguments (then open components, in order) it gives an array of shape (..., *out):
    result[..., o] = d^k y[..., o] / (d x_1 ... d x_k), in units of y per product of the units of the x

    Raises
    ------
    ValueError
        If there is no such argument or result; the message lists those there are.
    TypeError
        If the argument is an integer.
    IndexError
        If a component has the wrong number of dimensions; one that is out of range is found at the call, before the
        kernel runs.

    Notes
    -----
    Where the last open component is an array with an axis along which no other argument varies, up to eight of its
    components share a pass, if that is cheaper by the estimates that `zg.explain` shows.
    Source: Griewank and Walther, Evaluating Derivatives, 2nd ed., section 3.1 (forward mode).
    """
    kernel = kernel_of(f, "partial")
    call = f"partial({kernel.name}, {', '.join(map(as_written, components))}{output_text(output)})"
    if not components:
        raise ArgumentError(f"partial({kernel.name}): name at least one component, as in ('{kernel.arguments[0]}', 0).")
    kernel = chosen_result(kernel, output, call)
    for component in components[:-1]:
        kernel = _along(kernel, component, call)
    return _along(kernel, components[-1], call)


@by_name
def derivative(f: Kernel, argnum: int | str = 0, order: int = 1, *, output: str | None = None) -> Derivative:
    """The derivative of an order up to 12 with respect to a scalar argument: an array where the result is one.

    Parameters
    ----------
    f : kernel or derivative with one result y of shape (..., *out), or several of which `output` names one
    argnum : int or str, default 0
        A scalar argument t, by number or name.
    order : 1 for the first derivative, 2 for the second, ..., at most 12
    output : name of the result y

    Returns
    -------
    Derivative; called with f's arguments it gives an array of shape (..., *out):
    result[..., o] = d^order y[..., o] / d t^order, in units of y per unit of t to that power

    Raises
    ------
    ValueError
        If there is no such argument or result, or `order` is less than 1 or more than 12.
    TypeError
        If the argument is an array or an integer.

    Notes
    -----
    One forward pass, nested `order` times. Each order doubles the code and its scratch memory, and can double the time
    that a build takes: that of eight Newton steps took 3, 5 and 9 s for the orders 4 to 6.
    Source: Griewank and Walther, Evaluating Derivatives, 2nd ed., section 3.1.
    """
    kernel = kernel_of(f, "derivative")
    call = f"derivative({kernel.name}, {as_written(argnum)}{'' if order == 1 else f', {order}'}{output_text(output)})"
    if not _is_positive_integer(order):
        raise ArgumentError(f"{call}: order is {order!r}. Expected is a positive integer, 1 for the first derivative.")
    if order > _HIGHEST_ORDER:
        raise ArgumentError(
            f"{call}: order is {order}. Expected is at most {_HIGHEST_ORDER}: each order doubles the code and its "
            "scratch memory."
        )
    array = one(argnum, kernel.operands, call).array
    if array.rank:
        raise NotDifferentiableError(
            f"{call}: {array} is an array, and a derivative is with respect to a single number. Use "
            f"zg.{call_text('jacobian', kernel, array.name, output)} for all of its components, or zg.partial for one."
        )
    kernel = chosen_result(kernel, output, call)
    for _ in range(order - 1):
        kernel = _along(kernel, argnum, call)
    return _along(kernel, argnum, call)


def _is_positive_integer(order: object) -> bool:
    return isinstance(order, (int, np.integer)) and not isinstance(order, bool) and bool(order >= 1)


def _along(kernel: Kernel, component: Component, call: str) -> Derivative:
    argnum, index = parted(component, call)
    operand = one(argnum, kernel.operands, call)
    arguments_of(kernel, operand.name, call)
    fixed = None if index is None else component_of(operand, index, call)
    derivative = kernel.derive(OneHot((operand.name,)), 0, call, fixed)
    if index is None and operand.array.rank:
        return OpenPartial(*derivative.__reduce__()[1])
    return derivative
