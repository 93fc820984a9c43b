"""C++ kernels differentiated by Enzyme, as NumPy generalized ufuncs."""

from types import ModuleType as _ModuleType
from typing import TYPE_CHECKING as _TYPE_CHECKING

from zymogen._core import __version__
from zymogen.errors import ZymogenError
from zymogen.operators import grad, jvp, partial, value_and_grad, vjp
from zymogen.runtime.explanation import explain
from zymogen.runtime.kernel import Derivative, Kernel
from zymogen.runtime.library import Library, compile
from zymogen.runtime.threads import apply_environment as _apply_environment
from zymogen.runtime.threads import get_num_threads, set_num_threads

if _TYPE_CHECKING:
    from zymogen import testing

_apply_environment()

__all__ = [
    "Derivative",
    "Kernel",
    "Library",
    "ZymogenError",
    "__version__",
    "compile",
    "explain",
    "get_num_threads",
    "grad",
    "jvp",
    "partial",
    "set_num_threads",
    "testing",
    "value_and_grad",
    "vjp",
]


def __getattr__(name: str) -> _ModuleType:
    # Only tests need it, and every import of zymogen would pay for it.
    if name == "testing":
        from importlib import import_module

        return import_module("zymogen.testing")
    raise AttributeError(f"module 'zymogen' has no attribute {name!r}")
