"""The operators: each adds one level of differentiation to a kernel, or to a derivative, which is a kernel itself."""

from __future__ import annotations

from zymogen.declaration import REAL
from zymogen.derivative.arguments import Argnums, component_of, named, one
from zymogen.derivative.request import Forward, OneHot, Reverse
from zymogen.errors import ArgumentError, NotDifferentiableError
from zymogen.runtime.kernel import Derivative, Kernel
from zymogen.runtime.structure import Structure, renumbered

Component = int | str | tuple[int | str, int | tuple[int, ...]]


def partial(f: Kernel, *components: Component) -> Derivative:
    """The derivative with respect to single components, at about the price of one evaluation each.

    No array of seeds is made, and nothing is computed for other components or arguments.

    Parameters
    ----------
    f : kernel or derivative with one result y of shape (..., *out)
    *components : one for each order of differentiation

        - ``("x", 2)`` or ``("M", (0, 3))``: that component of an array
        - ``"x"``: an array's component that is chosen at the call: one more argument, an integer for a vector and
          a pair (triple, ...) of integers for a matrix; it broadcasts like any other argument
        - ``"m"``: a scalar argument

        The argument is given by name or number. Negative components count from the end.

    Returns
    -------
    Derivative; called with f's arguments (then open components, in order) it gives an array of shape (..., *out):
    result[..., o] = d^k y[..., o] / (d x_1 ... d x_k), in units of y per product of the units of the x

    Raises
    ------
    ValueError
        If there is no such argument; the message lists those there are.
    TypeError
        If the argument is an integer.
    IndexError
        If a component has the wrong number of dimensions; one that is out of range is found at the call, before the
        kernel runs.

    Notes
    -----
    Source: Griewank and Walther, Evaluating Derivatives, 2nd ed., section 3.1 (forward mode).
    """
    kernel = _kernel(f, "partial")
    call = f"partial({kernel.name}, {', '.join(map(repr, components))})"
    if not components:
        raise ArgumentError(f"partial({kernel.name}): name at least one component, as in ('{kernel.arguments[0]}', 0).")
    _require_one_result(kernel, call)
    for component in components[:-1]:
        kernel = _along(kernel, component, call)
    return _along(kernel, components[-1], call)


def grad(f: Kernel, argnums: Argnums = 0) -> Derivative:
    """The gradient of a single number, in one reverse pass.

    Parameters
    ----------
    f : kernel or derivative with one result y that is a single number
    argnums : int or str or tuple of them, default 0
        Arguments by number or name. No other argument's derivative is computed.

    Returns
    -------
    Derivative; called with f's arguments it gives an array of shape (..., *in), or a tuple of them if `argnums` is
    one: g[..., i] = d y[...] / d x[..., i], in units of y per unit of x

    Raises
    ------
    ValueError
        If there is no such argument; the message lists those there are.
    TypeError
        If the argument is an integer, or the result is no single number.

    Notes
    -----
    Source: Griewank and Walther, Evaluating Derivatives, 2nd ed., section 3.2 (reverse mode).
    """
    return _gradient(f, argnums, "grad", value=False)


def value_and_grad(f: Kernel, argnums: Argnums = 0) -> Derivative:
    """The value and the gradient of a single number, in one reverse pass.

    Parameters and errors are those of `grad`.

    Returns
    -------
    Derivative; called with f's arguments it gives (y, g), with y of shape (...,) and g as `grad` gives it
    """
    return _gradient(f, argnums, "value_and_grad", value=True)


def jvp(f: Kernel, argnums: Argnums = 0) -> Derivative:
    """The value and its derivative along given tangents (Jacobian times vector), in one forward pass.

    Parameters
    ----------
    f : kernel or derivative with results of shape (..., *out)
    argnums : int or str or tuple of them, default 0

    Returns
    -------
    Derivative; called with f's arguments and then one tangent of shape (..., *in) for each of `argnums`, it gives
    (y, dy), both of shape (..., *out): dy[..., o] = sum over i of d y[..., o] / d x[..., i] * dx[..., i], in units of y
    if dx is in units of x. Each is a tuple if f has several results; integers among them have no dy.

    Raises
    ------
    ValueError
        If there is no such argument; the message lists those there are.
    TypeError
        If the argument is an integer.

    Notes
    -----
    Source: Griewank and Walther, Evaluating Derivatives, 2nd ed., section 3.1.
    """
    kernel = _kernel(f, "jvp")
    call = f"jvp({kernel.name}, {argnums!r})"
    names = named(argnums, kernel.operands, call)
    count = len(kernel.plan.outputs)
    tangents = {result: count + number for number, result in enumerate(_real_results(kernel, call))}
    structure = (kernel.structure, renumbered(kernel.structure, tangents))
    return kernel.derive(Forward(names, value=True), None, structure, call)


def vjp(f: Kernel, argnums: Argnums = 0) -> Derivative:
    """Cotangents of the arguments for given cotangents of the results (vector times Jacobian), in one reverse pass.

    Parameters
    ----------
    f : kernel or derivative with results y of shape (..., *out)
    argnums : int or str or tuple of them, default 0

    Returns
    -------
    Derivative; called with f's arguments and then one cotangent ybar of shape (..., *out) for each result that is no
    integer, it gives an array of shape (..., *in), or a tuple of them if `argnums` is one:
    xbar[..., i] = sum over o of ybar[..., o] * d y[..., o] / d x[..., i], in units of ybar times y per unit of x

    Raises
    ------
    ValueError
        If there is no such argument; the message lists those there are.
    TypeError
        If the argument is an integer.

    Notes
    -----
    Source: Griewank and Walther, Evaluating Derivatives, 2nd ed., section 3.2.
    """
    kernel = _kernel(f, "vjp")
    call = f"vjp({kernel.name}, {argnums!r})"
    names = named(argnums, kernel.operands, call)
    _real_results(kernel, call)
    return kernel.derive(Reverse(names, cotangent=True), None, _as_asked(argnums, 0), call)


def _along(kernel: Kernel, component: Component, call: str) -> Derivative:
    argnum, index = component if isinstance(component, tuple) and len(component) == 2 else (component, None)
    operand = one(argnum, kernel.operands, call)
    fixed = None if index is None else component_of(operand, index, call)
    return kernel.derive(OneHot(operand.name), fixed, 0, call)


def _gradient(f: Kernel, argnums: Argnums, operator: str, *, value: bool) -> Derivative:
    kernel = _kernel(f, operator)
    call = f"{operator}({kernel.name}, {argnums!r})"
    names = named(argnums, kernel.operands, call)
    _require_one_result(kernel, call)
    result = kernel.plan.outputs[0].array
    if result.rank:
        raise NotDifferentiableError(
            f"{operator}: `{kernel.name}` returns {result}, and a gradient needs a single number. "
            f"Use zg.vjp({kernel.name}, {argnums!r}) with a cotangent of shape ({', '.join(result.dims)})."
        )
    gradient = _as_asked(argnums, int(value))
    return kernel.derive(Reverse(names, value=value), None, (0, gradient) if value else gradient, call)


def _as_asked(argnums: Argnums, first: int) -> Structure:
    """One argument gives an array, a tuple of arguments a tuple."""
    return tuple(range(first, first + len(argnums))) if isinstance(argnums, tuple) else first


def _kernel(f: object, operator: str) -> Kernel:
    if not isinstance(f, Kernel):
        raise NotDifferentiableError(
            f"{operator}: {f!r} is a {type(f).__name__}. Expected is a kernel, an attribute of what zg.compile gives, "
            "or a derivative of one."
        )
    return f


def _require_one_result(kernel: Kernel, call: str) -> None:
    results = [str(operand.array) for operand in kernel.plan.outputs]
    if len(results) != 1:
        raise NotDifferentiableError(
            f"{call}: `{kernel.name}` has {len(results)} results, {', '.join(results)}, and one is expected. "
            "Use zg.jvp or zg.vjp, which take several."
        )
    if kernel.plan.outputs[0].element not in REAL:
        raise NotDifferentiableError(
            f"{call}: the result {results[0]} of `{kernel.name}` is an integer, which has no derivative."
        )


def _real_results(kernel: Kernel, call: str) -> list[int]:
    """Positions of the results that have derivatives."""
    real = [position for position, operand in enumerate(kernel.plan.outputs) if operand.element in REAL]
    if not real:
        raise NotDifferentiableError(f"{call}: `{kernel.name}` gives integers only, which have no derivative.")
    return real
