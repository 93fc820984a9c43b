"""Gradients of single numbers."""

from __future__ import annotations

from zymogen.operators.asked import (
    arguments_of,
    as_asked,
    call_text,
    chosen_result,
    kernel_of,
    number_required,
    over_batch,
)
from zymogen.operators.by_name import by_name
from zymogen.planning.arguments import Argnums
from zymogen.planning.request import Reverse
from zymogen.runtime.kernel import Derivative, Kernel


@by_name
def grad(f: Kernel, argnums: Argnums = 0, *, output: str | None = None, sum_over_batch: bool = False) -> Derivative:
    """The gradient of a single number, in one reverse pass.

    Parameters
    ----------
    f : kernel or derivative with one result y that is a single number, or several of which `output` names one
    argnums : int or str or tuple of them, default 0
        Arguments by number or name. No other argument's derivative is computed.
    output : name of the result y
    sum_over_batch : whether the gradient is that of the sum of y over the batch: what belongs to an argument without
        leading dimensions is then summed over the samples, in memory for one sample per thread

    Returns
    -------
    Derivative; called with f's arguments it gives an array of shape (..., *in), or a tuple of them if `argnums` is
    one: g[..., i] = d y[...] / d x[..., i], in units of y per unit of x

    Raises
    ------
    ValueError
        If there is no such argument or result; the message lists those there are.
    TypeError
        If the argument is an integer, or the result is no single number.

    Notes
    -----
    Source: Griewank and Walther, Evaluating Derivatives, 2nd ed., section 3.2 (reverse mode).
    """
    return _gradient(f, argnums, "grad", output, value=False, sum_over_batch=sum_over_batch)


@by_name
def value_and_grad(
    f: Kernel, argnums: Argnums = 0, *, output: str | None = None, sum_over_batch: bool = False
) -> Derivative:
    """The value and the gradient of a single number, in one reverse pass.

    Parameters and errors are those of `grad`. With `sum_over_batch` the value is summed as well.

    Returns
    -------
    Derivative; called with f's arguments it gives (y, g), with y of shape (...,) and g as `grad` gives it
    """
    return _gradient(f, argnums, "value_and_grad", output, value=True, sum_over_batch=sum_over_batch)


def _gradient(
    f: Kernel, argnums: Argnums, operator: str, output: str | None, *, value: bool, sum_over_batch: bool
) -> Derivative:
    kernel = kernel_of(f, operator)
    call = call_text(operator, kernel, argnums, output)
    names = arguments_of(kernel, argnums, call)
    kernel = chosen_result(kernel, output, call)
    instead = f"Use zg.{call_text('jacobian', kernel, argnums, output)}, or zg.vjp with a cotangent."
    number_required(kernel, operator, instead)
    gradient = as_asked(argnums, int(value))
    derivative = kernel.derive(Reverse(names, value=value), (0, gradient) if value else gradient, call)
    relations = (*([()] if value else []), *((name,) for name in names))
    return over_batch(derivative, relations, sum_over_batch=sum_over_batch)
