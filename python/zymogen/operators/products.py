"""Products with given vectors: Jacobian times tangent, cotangent times Jacobian, Hessian times vector."""

from __future__ import annotations

from zymogen.errors import NotDifferentiableError
from zymogen.operators.asked import (
    arguments_of,
    as_asked,
    call_text,
    chosen_result,
    kernel_of,
    number_required,
    over_batch,
    real_results,
    some_results,
)
from zymogen.operators.by_name import by_name
from zymogen.planning.arguments import Argnums
from zymogen.planning.request import Forward, Reverse
from zymogen.runtime.kernel import Derivative, Kernel
from zymogen.runtime.structure import renumbered


@by_name
def jvp(f: Kernel, argnums: Argnums = 0, *, output: str | None = None, sum_over_batch: bool = False) -> Derivative:
    """The value and its derivative along given tangents (Jacobian times vector), in one forward pass.

    Parameters
    ----------
    f : kernel or derivative with results of shape (..., *out)
    argnums : int or str or tuple of them, default 0
    output : name of the one result that is wanted, default all
    sum_over_batch : whether value and derivative are summed over the samples of a batch

    Returns
    -------
    Derivative; called with f's arguments and then one tangent of shape (..., *in) for each of `argnums`, it gives
    (y, dy), both of shape (..., *out): dy[..., o] = sum over i of d y[..., o] / d x[..., i] * dx[..., i], in units of y
    if dx is in units of x. Each is a tuple if f has several results; integers among them have no dy.

    Raises
    ------
    ValueError
        If there is no such argument or result; the message lists those there are.
    TypeError
        If the argument is an integer.

    Notes
    -----
    Source: Griewank and Walther, Evaluating Derivatives, 2nd ed., section 3.1.
    """
    kernel = kernel_of(f, "jvp")
    call = call_text("jvp", kernel, argnums, output)
    names = arguments_of(kernel, argnums, call)
    kernel = some_results(kernel, output, call)
    count = len(kernel.plan.outputs)
    tangents = {result: count + number for number, result in enumerate(real_results(kernel, call))}
    structure = (kernel.structure, renumbered(kernel.structure, tangents))
    derivative = kernel.derive(Forward(names, value=True), structure, call)
    return over_batch(derivative, ((),) * len(derivative.plan.outputs), sum_over_batch=sum_over_batch)


@by_name
def vjp(f: Kernel, argnums: Argnums = 0, *, output: str | None = None, sum_over_batch: bool = False) -> Derivative:
    """Cotangents of the arguments for given cotangents of the results (vector times Jacobian), in one reverse pass.

    Parameters
    ----------
    f : kernel or derivative with results y of shape (..., *out)
    argnums : int or str or tuple of them, default 0
    output : name of the one result that has a cotangent, default all
    sum_over_batch : whether cotangents of arguments without leading dimensions are summed over the samples of a batch

    Returns
    -------
    Derivative; called with f's arguments and then one cotangent ybar of shape (..., *out) for each result that is no
    integer, it gives an array of shape (..., *in), or a tuple of them if `argnums` is one:
    xbar[..., i] = sum over o of ybar[..., o] * d y[..., o] / d x[..., i], in units of ybar times y per unit of x

    Raises
    ------
    ValueError
        If there is no such argument or result; the message lists those there are.
    TypeError
        If the argument is an integer.

    Notes
    -----
    Source: Griewank and Walther, Evaluating Derivatives, 2nd ed., section 3.2.
    """
    kernel = kernel_of(f, "vjp")
    call = call_text("vjp", kernel, argnums, output)
    names = arguments_of(kernel, argnums, call)
    kernel = some_results(kernel, output, call)
    real_results(kernel, call)
    _refuse_partly_swept(kernel, call)
    derivative = kernel.derive(Reverse(names, cotangent="given"), as_asked(argnums), call)
    return over_batch(derivative, tuple((name,) for name in names), sum_over_batch=sum_over_batch)


@by_name
def hvp(f: Kernel, argnums: Argnums = 0, *, output: str | None = None, sum_over_batch: bool = False) -> Derivative:
    """The Hessian of a single number times a vector, by a forward pass over a reverse pass.

    Parameters
    ----------
    f : kernel or derivative with one result y that is a single number, or several of which `output` names one
    argnums : int or str or tuple of them, default 0
    output : name of the result y
    sum_over_batch : as in `grad`

    Returns
    -------
    Derivative; called with f's arguments and then one vector v of shape (..., *in) for each of `argnums`, it gives an
    array of shape (..., *in), or a tuple of them if `argnums` is one:
    h[..., i] = sum over j of d2 y[...] / (d x[..., i] d x[..., j]) * v[..., j], where j runs over all of `argnums`

    Raises
    ------
    ValueError
        If there is no such argument or result; the message lists those there are.
    TypeError
        If the argument is an integer, or the result is no single number.

    Notes
    -----
    At most about 10 evaluations, whatever the number of components. Source: Griewank and Walther, Evaluating
    Derivatives, 2nd ed., section 5.1.
    """
    return _times_hessian(f, argnums, "hvp", output, gradient=False, sum_over_batch=sum_over_batch)


@by_name
def gradient_and_hvp(
    f: Kernel, argnums: Argnums = 0, *, output: str | None = None, sum_over_batch: bool = False
) -> Derivative:
    """The gradient of a single number, and its Hessian times a vector, at the price of the product alone.

    Parameters and errors are those of `hvp`.

    Returns
    -------
    Derivative; called as that of `hvp` it gives (g, h), with g as `grad` gives it and h as `hvp` does
    """
    return _times_hessian(f, argnums, "gradient_and_hvp", output, gradient=True, sum_over_batch=sum_over_batch)


def _times_hessian(
    f: Kernel, argnums: Argnums, operator: str, output: str | None, *, gradient: bool, sum_over_batch: bool
) -> Derivative:
    kernel = kernel_of(f, operator)
    call = call_text(operator, kernel, argnums, output)
    names = arguments_of(kernel, argnums, call)
    kernel = chosen_result(kernel, output, call)
    instead = f"Use zg.jvp of zg.{call_text('jacobian', kernel, argnums, output)}, or zg.hessian."
    number_required(kernel, operator, instead)
    inner = kernel.derive(Reverse(names), as_asked(argnums), call_text("grad", kernel, argnums, output))
    count = len(names)
    structure = (as_asked(argnums), as_asked(argnums, count)) if gradient else as_asked(argnums)
    derivative = inner.derive(Forward(names, value=gradient), structure, call)
    relations = tuple((name,) for name in names) * (2 if gradient else 1)
    return over_batch(derivative, relations, sum_over_batch=sum_over_batch)


def _refuse_partly_swept(kernel: Kernel, call: str) -> None:
    """Refuse results of which some are computed once and others step by step: a cotangent would count several times."""
    loops = kernel.plan.outermost.loops
    if loops is not None and len(loops.scattered) < len(kernel.plan.outermost.results):
        swept = {array.name for part in loops.scattered for array in part.arrays}
        once = [operand.name for operand in kernel.plan.outputs if operand.name not in swept]
        if once:
            raise NotDifferentiableError(
                f"{call}: of the results of `{kernel.name}`, {', '.join(once)} are computed once, and the others "
                "component by component. Take the vjp of each by itself, as of zg.hessian and zg.grad, and add them."
            )
