"""C++ kernels differentiated by Enzyme, as NumPy generalized ufuncs."""

from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from zymogen._core import __version__
from zymogen.errors import ZymogenError
from zymogen.operators import (
    derivative,
    grad,
    gradient_and_hvp,
    hessian,
    hessian_diagonal,
    hvp,
    jacobian,
    jvp,
    partial,
    value_and_grad,
    value_gradient_and_hessian,
    vjp,
)
from zymogen.runtime.checks.policy import apply_environment as _apply_checks
from zymogen.runtime.checks.policy import get_checks, set_checks
from zymogen.runtime.kernel import Derivative, Kernel
from zymogen.runtime.library import Library, compile
from zymogen.runtime.promotion import apply_environment as _apply_specialization
from zymogen.runtime.promotion import get_specialization, set_specialization
from zymogen.runtime.threads import apply_environment as _apply_environment
from zymogen.runtime.threads import get_num_threads, set_num_threads
from zymogen.sparse import sparse_hessian, sparse_jacobian

if _TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell as _InteractiveShell

    from zymogen import testing
    from zymogen.runtime.explanation import explain
    from zymogen.runtime.together import compile_all

_apply_environment()
_apply_checks()
_apply_specialization()

__all__ = [
    "Derivative",
    "Kernel",
    "Library",
    "ZymogenError",
    "__version__",
    "compile",
    "compile_all",
    "derivative",
    "explain",
    "get_checks",
    "get_num_threads",
    "get_specialization",
    "grad",
    "gradient_and_hvp",
    "hessian",
    "hessian_diagonal",
    "hvp",
    "jacobian",
    "jvp",
    "partial",
    "set_checks",
    "set_num_threads",
    "set_specialization",
    "sparse_hessian",
    "sparse_jacobian",
    "testing",
    "value_and_grad",
    "value_gradient_and_hessian",
    "vjp",
]


def __getattr__(name: str) -> _Any:
    # What people and tests ask for: every import of zymogen would pay for it, those of batch jobs among them.
    from importlib import import_module

    if name == "explain":
        return import_module("zymogen.runtime.explanation").explain
    if name == "compile_all":
        return import_module("zymogen.runtime.together").compile_all
    if name == "testing":
        return import_module("zymogen.testing")
    raise AttributeError(f"module 'zymogen' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def load_ipython_extension(shell: "_InteractiveShell") -> None:
    """Register the cell magic `%%zymogen`; IPython calls this for ``%load_ext zymogen``."""
    from zymogen.notebook import register

    register(shell)
