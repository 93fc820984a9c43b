"""The operators: each adds levels of differentiation to a kernel, or to a derivative, which is a kernel itself."""

from zymogen.operators.gradients import grad, value_and_grad
from zymogen.operators.hessians import hessian, hessian_diagonal, value_gradient_and_hessian
from zymogen.operators.jacobians import jacobian
from zymogen.operators.partials import derivative, partial
from zymogen.operators.products import gradient_and_hvp, hvp, jvp, vjp

__all__ = [
    "derivative",
    "grad",
    "gradient_and_hvp",
    "hessian",
    "hessian_diagonal",
    "hvp",
    "jacobian",
    "jvp",
    "partial",
    "value_and_grad",
    "value_gradient_and_hessian",
    "vjp",
]
