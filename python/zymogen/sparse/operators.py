"""The operators of sparse derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from zymogen.errors import ArgumentError, MissingPackageError, NotDifferentiableError
from zymogen.operators.asked import arguments_of, call_text, chosen_result, kernel_of
from zymogen.operators.by_name import by_name
from zymogen.runtime.kernel import Kernel
from zymogen.runtime.summed import SummedDerivative

if TYPE_CHECKING:
    from zymogen.sparse.hessian import SparseHessian
    from zymogen.sparse.jacobian import SparseJacobian


@by_name
def sparse_jacobian(
    f: Kernel,
    argnum: int | str = 0,
    *,
    pattern: Any = None,
    at: Sequence[Any] | None = None,
    verify: bool = False,
    mode: Literal["auto", "forward", "reverse"] = "auto",
    output: str | None = None,
) -> SparseJacobian:
    """The nonzero first derivatives of an array-valued kernel with respect to one argument.

    Parameters
    ----------
    f : kernel or derivative with one result y of shape (*out), or several of which `output` names one
    argnum : the argument x, of shape (*in), by number or name
    pattern : which entries can be other than zero: a sparse array, all of whose stored entries count, or a dense
        array of booleans, of shape (prod(out), prod(in)); without it the pattern is detected
    at : sample points, each a tuple of f's arguments. The pattern is what is found at any of them, and stays that.
        Without it, the pattern is detected at the first call, at that call's arguments (the first row of a batch),
        and again at a call, or a row, with other integers, truth values, components or sizes: it has what was found
        at any of these
    verify : compare each result with a product that needs no pattern; costs one more pass for each call
    mode : "forward" finds columns, "reverse" rows; "auto" takes rows where that needs less than half as many passes
    output : name of the result y

    Returns
    -------
    SparseJacobian; called with f's arguments it gives a `scipy.sparse.csr_array` J of shape (prod(out), prod(in)):
    J[o, i] = d y[o] / d x[i], in units of y per unit of x, with components numbered in row-major order.
    `.values(...)` gives the entries of a batch; `.build(...)` compiles beforehand; `.pattern`, `.coloring`,
    `.detection` and `.explain()` show the plan

    Raises
    ------
    ValueError
        If there is no such argument or result, or the pattern is no matrix.
    TypeError
        If the argument or the result is an integer, or there are several results and none is named.
    ImportError
        If scipy is not installed.

    Notes
    -----
    Detection is structural: it finds which results depend on which components in the arithmetic that is carried out
    at a point, whatever the numbers are, so that an entry that happens to be zero there is found as well. Branches on
    real numbers are those that are taken at the sample points; what depends on a component in others only is not
    seen. Nor is what
    depends on it through the square root of exactly 0, whose derivative counts as 0. A detected pattern can have
    entries that are always zero, as from ``x[0] - x[0]``.

    Sources: Gebremedhin, Manne and Pothen, What color is your Jacobian?, SIAM Review 47 (2005); Gillis and Diehl,
    Hierarchical seeding for efficient sparsity pattern recovery in automatic differentiation, CSC 2011.
    """
    kernel, argument, call = _request(f, argnum, output, "sparse_jacobian")
    points = _points(kernel, pattern, at, call)
    if mode not in ("auto", "forward", "reverse"):
        raise ArgumentError(f"{call}: mode is {mode!r}. Expected is 'auto', 'forward' or 'reverse'.")
    from zymogen.sparse.jacobian import SparseJacobian

    return SparseJacobian(kernel, argument, call, pattern, points, verify=verify, mode=mode)


@by_name
def sparse_hessian(
    f: Kernel,
    argnum: int | str = 0,
    *,
    pattern: Any = None,
    at: Sequence[Any] | None = None,
    verify: bool = False,
    output: str | None = None,
) -> SparseHessian:
    """The nonzero second derivatives of a single number with respect to one argument.

    Parameters
    ----------
    f : kernel or derivative with one result y that is a single number, or several of which `output` names one
    argnum, at, verify, output : as for `sparse_jacobian`
    pattern : as for `sparse_jacobian`, and symmetric

    Returns
    -------
    SparseHessian; called with f's arguments it gives a `scipy.sparse.csr_array` H of shape (prod(in), prod(in)), which
    is exactly symmetric: H[i, j] = d2 y / d x[i] d x[j], in units of y per unit of x squared, with components
    numbered in row-major order. Otherwise it is as `sparse_jacobian` gives

    Raises
    ------
    ValueError
        If there is no such argument or result, or the pattern is no symmetric matrix.
    TypeError
        If the argument is an integer, or the result is no single number.
    ImportError
        If scipy is not installed.

    Notes
    -----
    Detection is that of `sparse_jacobian`, for the gradient. An entry is kept if it or its mirror is found.

    Sources: Gebremedhin, Tarafdar, Manne and Pothen, New acyclic and star coloring algorithms with application to
    computing Hessians, SIAM J. Sci. Comput. 29 (2007), and those of `sparse_jacobian`.
    """
    kernel, argument, call = _request(f, argnum, output, "sparse_hessian")
    result = kernel.plan.outputs[0].array
    if result.rank:
        raise NotDifferentiableError(
            f"{call}: `{kernel.name}` returns {result}, and a sparse Hessian is that of a single number. "
            f"Use zg.{call_text('sparse_jacobian', kernel, argnum, output)} for its first derivatives."
        )
    points = _points(kernel, pattern, at, call)
    from zymogen.sparse.hessian import SparseHessian

    return SparseHessian(kernel, argument, call, pattern, points, verify=verify)


def _request(f: object, argnum: Any, output: str | None, operator: str) -> tuple[Kernel, str, str]:
    """The kernel with one result, the argument's name, and the call in words; nothing is compiled."""
    kernel = kernel_of(f, operator)
    call = call_text(operator, kernel, argnum, output)
    if isinstance(argnum, (tuple, list)):
        raise ArgumentError(
            f"{call}: argnum is a {type(argnum).__name__}. Expected is the number or name of one argument: make one "
            "sparse derivative for each."
        )
    (argument,) = arguments_of(kernel, argnum, call)
    if isinstance(kernel, SummedDerivative):
        raise NotDifferentiableError(
            f"{call}: `{kernel.name}` is summed over a batch, and a pattern is that of one sample. "
            "Use it without sum_over_batch."
        )
    if find_spec("scipy") is None:
        raise MissingPackageError(
            f"{call}: scipy is not installed, and the result is a scipy.sparse array. Run `pip install scipy`."
        )
    return chosen_result(kernel, output, call), argument, call


def _points(kernel: Kernel, pattern: object, at: Sequence[Any] | None, call: str) -> list[tuple[Any, ...]] | None:
    """The sample points, each a tuple of arguments; None where there are none."""
    if at is None:
        return None
    if pattern is not None:
        raise ArgumentError(f"{call}: pattern= and at= were both given. Give the pattern, or points to detect it at.")
    points = [point if isinstance(point, tuple) else _only(kernel, point, call) for point in at]
    if not points:
        arguments = ", ".join(kernel.arguments)
        raise ArgumentError(f"{call}: at= is empty. Give at least one tuple of arguments: ({arguments}).")
    return points


def _only(kernel: Kernel, point: object, call: str) -> tuple[Any]:
    """A point of a kernel of one argument may be given without the tuple."""
    if len(kernel.operands) != 1 or not isinstance(point, (np.ndarray, float, int)):
        raise ArgumentError(
            f"{call}: at= has {point!r} of type {type(point).__name__}. Expected are tuples of arguments: "
            f"[({', '.join(kernel.arguments)}), ...]."
        )
    return (point,)
