"""Jacobians: all first derivatives of an array, or those in some rows and columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from zymogen.errors import ArgumentError
from zymogen.operators.asked import arguments_of, as_asked, call_text, chosen_result, is_swept, kernel_of, over_batch
from zymogen.operators.by_name import by_name
from zymogen.planning.arguments import Argnums, component_of
from zymogen.planning.lanes import lanes_for
from zymogen.planning.plan import Operand
from zymogen.planning.request import OneHot, Reverse, Select
from zymogen.runtime.choice import choice
from zymogen.runtime.kernel import Derivative, Kernel
from zymogen.runtime.structure import flat

Mode = Literal["auto", "forward", "reverse"]
Listed = Sequence[Any] | np.ndarray
"""Components: integers for a vector, tuples of integers for a matrix."""

_Components = tuple[tuple[int, ...], ...]


@by_name
def jacobian(
    f: Kernel,
    argnums: Argnums = 0,
    *,
    mode: Mode = "auto",
    rows: Listed | None = None,
    cols: Listed | None = None,
    output: str | None = None,
    sum_over_batch: bool = False,
) -> Derivative:
    """All first derivatives of an array with respect to one argument or several.

    Parameters
    ----------
    f : kernel or derivative with one result y of shape (..., *out), or several of which `output` names one
    argnums : int or str or tuple of them, default 0
    mode : "forward" goes along components of the arguments, "reverse" along those of the result, up to 8 in a pass
        each; "auto" takes what the sizes of a call make cheaper (`zg.explain` shows the rule), or the
        other where Enzyme can differentiate the kernel in one mode only. With `sum_over_batch`, and where
        other operators are applied to it, sizes do not decide, and it is "forward"
    rows : components of the result; reverse mode goes along these only, forward mode drops the others of each column
    cols : components of the one argument; forward mode goes along these only, reverse mode drops the others of each row
    output : name of the result y
    sum_over_batch : as in `grad`

    Returns
    -------
    Derivative; called with f's arguments it gives an array of shape (..., *out, *in), or a tuple of them if `argnums`
    is one: jac[..., o, i] = d y[..., o] / d x[..., i], in units of y per unit of x. With `rows`, (len(rows),) stands
    in the place of out; with `cols`, (len(cols),) in that of in.

    Raises
    ------
    ValueError
        If there is no such argument or result; the message lists those there are.
    TypeError
        If the argument is an integer.
    IndexError
        If a row or column has the wrong number of dimensions; one that is out of range is found at the call, before
        the kernel runs.

    Notes
    -----
    With n components of the arguments and m of the result: ceil(n / 8) forward passes or ceil(m / 8) reverse
    passes; for a subset, n or m is the length of the list. No array beyond the result is made but a block of 8 columns
    or rows.
    Source: Griewank and Walther, Evaluating Derivatives, 2nd ed., sections 3.1 to 3.3.
    """
    kernel = kernel_of(f, "jacobian")
    call = call_text("jacobian", kernel, argnums, output)
    if mode not in ("auto", "forward", "reverse"):
        raise ArgumentError(f"{call}: mode is {mode!r}. Expected is 'auto', 'forward' or 'reverse'.")
    names = arguments_of(kernel, argnums, call)
    kernel = chosen_result(kernel, output, call)
    if rows is not None and is_swept(kernel):
        raise ArgumentError(
            f"{call}: rows= were given, and {kernel.plan.outputs[0].array} is computed component by component. Choose "
            f"components in the operators that `{kernel.name}` is made of, or take the rows of the whole result."
        )
    listed_rows = None if rows is None else _listed(rows, "rows", kernel.plan.outputs[0], call)
    listed_cols = None
    if cols is not None:
        if len(names) > 1:
            raise ArgumentError(f"{call}: cols= are of one argument, and {len(names)} are named. Ask for one by one.")
        argument = next(operand for operand in kernel.operands if operand.name == names[0])
        listed_cols = _listed(cols, "cols", argument, call)
    structure = as_asked(argnums)
    forward = _forward(kernel, names, listed_rows, listed_cols, call)
    reverse = _reverse(kernel, names, listed_rows, listed_cols, call)
    made = {"forward": forward, "reverse": reverse}.get(mode) or choice((forward, "forward"), (reverse, "reverse"))
    finished = made.restructured(structure)
    return over_batch(finished, tuple((name,) for name in names), sum_over_batch=sum_over_batch)


def _forward(
    kernel: Kernel, names: tuple[str, ...], rows: _Components | None, cols: _Components | None, call: str
) -> Derivative:
    if rows is not None:
        kernel = kernel.derive(Select((0,), listed=True), flat(1), kernel.name, rows)
    columns = OneHot(names, "all") if cols is None else OneHot(names, "listed", lanes=lanes_for(len(cols)))
    return kernel.derive(columns, flat(len(names)), call, cols)


def _reverse(
    kernel: Kernel, names: tuple[str, ...], rows: _Components | None, cols: _Components | None, call: str
) -> Derivative:
    level = Reverse(names, "all") if rows is None else Reverse(names, "listed", lanes=lanes_for(len(rows)))
    derivative = kernel.derive(level, flat(len(names)), call, rows)
    if cols is not None:
        derivative = derivative.derive(Select((0,), listed=True), flat(1), call, cols)
    return derivative


def _listed(components: Listed, name: str, of: Operand, call: str) -> _Components:
    """The components that a list means, each checked as far as fixed extents allow."""
    if of.array.rank == 0:
        raise ArgumentError(f"{call}: {name} choose components, and {of.array} is a single number. Leave {name}= out.")
    given = components.tolist() if isinstance(components, np.ndarray) else components
    if isinstance(given, (str, bytes)) or not isinstance(given, Sequence):
        wanted = "integers" if of.array.rank == 1 else f"tuples of {of.array.rank} integers"
        raise ArgumentError(f"{call}: {name} is {components!r}. Expected is a list of {wanted}.")
    if not len(given):
        raise ArgumentError(f"{call}: {name} is empty. List at least one component of {of.array}.")
    return tuple(component_of(of, tuple(item) if isinstance(item, list) else item, call) for item in given)
