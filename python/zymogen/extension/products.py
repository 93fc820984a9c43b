"""What sparse derivatives are made of: products with vectors, one by one and eight in a pass."""

from __future__ import annotations

from zymogen.operators import grad, vjp
from zymogen.operators.asked import arguments_of, call_text, chosen_result
from zymogen.planning.arguments import Argnums
from zymogen.planning.lanes import LANES
from zymogen.planning.request import Forward
from zymogen.runtime.kernel import Kernel

SPARSE = ("sparse_jacobian", "sparse_hessian")


def sparse_products(operator: str, f: Kernel, argnum: Argnums, output: str | None = None) -> tuple[Kernel, ...]:
    """The derivatives that a sparse one calls, whatever the pattern.

    With a number of colours for which these have no lanes of their own, vectors go one by one.
    """
    call = call_text(operator, f, argnum, output)
    (argument,) = arguments_of(f, argnum, call)
    kernel = chosen_result(f, output, call)
    if operator == "sparse_jacobian":
        return *_times(kernel, argument, call), vjp(kernel, argument)
    return *_times(grad(kernel, argument), argument, call), grad(_times(kernel, argument, call)[0], argument)


def _times(kernel: Kernel, argument: str, call: str) -> tuple[Kernel, ...]:
    lanes = (1,) if kernel.plan.sweeps else (1, LANES)
    return tuple(kernel.derive(Forward((argument,), lanes=count), 0, call) for count in lanes)
