"""The derivatives that are built ahead of time where nobody says which."""

from __future__ import annotations

from collections.abc import Iterator

from zymogen import operators as zg
from zymogen.declaration import REAL
from zymogen.planning.arguments import Argnums
from zymogen.runtime.kernel import Derivative, Kernel


def standard_derivatives(kernel: Kernel) -> Iterator[Derivative]:
    """All of first order, by each argument and by all together, and for numbers those of second order.

    Of every result: `jacobian` and, by one argument, `partial`; of all results together: `jvp` and `vjp`; of a single
    number: `grad`, `value_and_grad`, `hvp`, `gradient_and_hvp` and `hessian`.
    """
    arguments = [operand.name for operand in kernel.operands if operand.element in REAL]
    signature = kernel.plan.declaration.signature
    results = [
        (result.name if len(signature.results) > 1 else None, operand)
        for result, operand in zip(signature.results, kernel.plan.outputs, strict=True)
        if operand.element in REAL
    ]
    if not results:
        return
    together: list[Argnums] = [tuple(arguments)] if len(arguments) > 1 else []
    for argnums in (*arguments, *together):
        yield zg.jvp(kernel, argnums)
        yield zg.vjp(kernel, argnums)
        for output, operand in results:
            yield zg.jacobian(kernel, argnums, output=output)
            if isinstance(argnums, str):
                yield zg.partial(kernel, argnums, output=output)
            if operand.array.rank:
                continue
            for operator in (zg.grad, zg.value_and_grad, zg.hvp, zg.gradient_and_hvp, zg.hessian):
                yield operator(kernel, argnums, output=output)
