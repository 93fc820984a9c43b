"""Second derivatives: Hessians with their blocks, and their diagonals."""

from __future__ import annotations

from zymogen.errors import ArgumentError
from zymogen.operators.asked import (
    arguments_of,
    as_asked,
    blocks_as_asked,
    call_text,
    chosen_result,
    kernel_of,
    number_required,
    only_result,
    over_batch,
)
from zymogen.operators.by_name import by_name
from zymogen.operators.jacobians import Mode
from zymogen.planning.arguments import Argnums
from zymogen.planning.request import OneHot, Reverse, Select
from zymogen.runtime.choice import choice
from zymogen.runtime.kernel import Derivative, Kernel
from zymogen.runtime.structure import flat


@by_name
def hessian(
    f: Kernel,
    argnums: Argnums = 0,
    *,
    mode: Mode = "auto",
    output: str | None = None,
    sum_over_batch: bool = False,
) -> Derivative:
    """All second derivatives of a number or an array with respect to one argument, or to several and between them.

    Parameters
    ----------
    f : kernel or derivative with one result y of shape (..., *out), or several of which `output` names one
    argnums : int or str or tuple of them, default 0
    mode : "reverse" differentiates gradients (of each component of the result) along all components, up to 8 in a pass;
        "forward" differentiates twice in forward mode, for all components of the result at once, and computes only one
        of two entries that are equal by symmetry; "auto" takes what the sizes of a call make cheaper (`zg.explain`
        shows the rule), or the other where Enzyme can do one only. Forward mode alone gives exactly symmetric results.
        With `sum_over_batch`, and where other operators are applied to it, sizes do not decide
    output : name of the result y
    sum_over_batch : as in `grad`

    Returns
    -------
    Derivative; called with f's arguments it gives an array of shape (..., *out, *in, *in):
    h[..., o, i, j] = d2 y[..., o] / (d x[..., i] d x[..., j]), in units of y per unit of x squared.
    If `argnums` is a tuple, a tuple with a tuple of blocks for each of its members: block (x, z) has the shape
    (..., *out, *in of x, *in of z), with d2 y[..., o] / (d x[..., i] d z[..., j]).

    Raises
    ------
    ValueError
        If there is no such argument or result; the message lists those there are.
    TypeError
        If the argument is an integer.

    Notes
    -----
    One block alone is ``zg.jacobian(zg.grad(f, "x"), "z")``. With n components: ceil(n / 8) passes for each component
    of the result, or for all of them together the sum of ceil(k / 8) for k = 1 to n. No array beyond the result is made
    but a block of 8 columns. Source: Griewank and Walther, Evaluating Derivatives, 2nd ed., sections 3.1 and 5.1.
    """
    kernel = kernel_of(f, "hessian")
    call = call_text("hessian", kernel, argnums, output)
    if mode not in ("auto", "forward", "reverse"):
        raise ArgumentError(f"{call}: mode is {mode!r}. Expected is 'auto', 'forward' or 'reverse'.")
    names = arguments_of(kernel, argnums, call)
    kernel = chosen_result(kernel, output, call)
    inside = call_text("jacobian", kernel, argnums, output)
    count = len(names)
    gradients = kernel.derive(Reverse(names, "all" if only_result(kernel).rank else "unit"), flat(count), inside)
    reverse = gradients.derive(OneHot(names, "all"), flat(count**2), call)
    columns = kernel.derive(OneHot(names, "all"), flat(count), inside)
    forward = columns.derive(OneHot(names, "symmetric"), flat(count**2), call)
    ways = [(reverse, "forward over reverse"), (forward, "forward over forward")]
    if only_result(kernel).rank:
        ways.reverse()  # where sizes are not known, the way that serves all components of the result at once
    made = {"forward": forward, "reverse": reverse}.get(mode) or choice(*ways)
    relations = tuple((first, second) for first in names for second in names)
    return over_batch(made.restructured(blocks_as_asked(argnums)), relations, sum_over_batch=sum_over_batch)


@by_name
def hessian_diagonal(
    f: Kernel, argnums: Argnums = 0, *, output: str | None = None, sum_over_batch: bool = False
) -> Derivative:
    """The second derivative with respect to each component by itself; no other entry of the Hessian is computed.

    Parameters
    ----------
    f : kernel or derivative with one result y of shape (..., *out), or several of which `output` names one
    argnums : int or str or tuple of them, default 0
    output : name of the result y
    sum_over_batch : as in `grad`

    Returns
    -------
    Derivative; called with f's arguments it gives an array of shape (..., *out, *in), or a tuple of them if `argnums`
    is one: h[..., o, i] = d2 y[..., o] / d x[..., i]2, in units of y per unit of x squared

    Raises
    ------
    ValueError
        If there is no such argument or result; the message lists those there are.
    TypeError
        If the argument is an integer.

    Notes
    -----
    One pass for each component of the arguments, forward over forward, for all components of the result at once.
    Source: Griewank and Walther, Evaluating Derivatives, 2nd ed., section 3.1.
    """
    kernel = kernel_of(f, "hessian_diagonal")
    call = call_text("hessian_diagonal", kernel, argnums, output)
    names = arguments_of(kernel, argnums, call)
    kernel = chosen_result(kernel, output, call)
    columns = kernel.derive(OneHot(names, "all"), flat(len(names)), call_text("jacobian", kernel, argnums, output))
    derivative = columns.derive(OneHot(names, "diagonal"), as_asked(argnums), call)
    return over_batch(derivative, tuple((name,) for name in names), sum_over_batch=sum_over_batch)


@by_name
def value_gradient_and_hessian(
    f: Kernel, argnums: Argnums = 0, *, output: str | None = None, sum_over_batch: bool = False
) -> Derivative:
    """The value, the gradient and the Hessian of a single number, at the price of the Hessian alone.

    Parameters
    ----------
    f : kernel or derivative with one result y that is a single number, or several of which `output` names one
    argnums : int or str or tuple of them, default 0
    output : name of the result y
    sum_over_batch : as in `grad`

    Returns
    -------
    Derivative; called with f's arguments it gives (y, g, h), with y of shape (...,), g as `grad` gives it and h as
    `hessian` does

    Raises
    ------
    ValueError
        If there is no such argument or result; the message lists those there are.
    TypeError
        If the argument is an integer, or the result is no single number.
    """
    kernel = kernel_of(f, "value_gradient_and_hessian")
    call = call_text("value_gradient_and_hessian", kernel, argnums, output)
    names = arguments_of(kernel, argnums, call)
    kernel = chosen_result(kernel, output, call)
    instead = (
        f"Use zg.{call_text('jacobian', kernel, argnums, output)} and "
        f"zg.{call_text('hessian', kernel, argnums, output)}."
    )
    number_required(kernel, "value_gradient_and_hessian", instead)
    count = len(names)
    inner = kernel.derive(
        Reverse(names, value=True), flat(1 + count), call_text("value_and_grad", kernel, argnums, output)
    )
    everything = inner.derive(OneHot(names, "all", value=True), flat(2 + count + count + count**2), call)
    # The value's own tangents are gradients once more.
    kept = (*range(1 + count), *range(2 + count, 2 + 2 * count))
    structure = (0, as_asked(argnums, 1), blocks_as_asked(argnums, 1 + count))
    derivative = everything.derive(Select(kept), structure, call)
    relations = (
        (),
        *((name,) for name in names),
        *((first, second) for first in names for second in names),
    )
    return over_batch(derivative, relations, sum_over_batch=sum_over_batch)
