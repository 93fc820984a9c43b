"""What is said to something that was given in the place of a kernel."""

from __future__ import annotations

from types import ModuleType

from zymogen.errors import NotDifferentiableError
from zymogen.runtime.kernel import Kernel
from zymogen.runtime.library import Library


def no_kernel(f: object, call: str) -> NotDifferentiableError:
    """The error for an object that is no kernel; of a library or an extension module, it lists those inside."""
    kernels = _kernels_in(f)
    if kernels:
        kind, name = ("module", f.__name__) if isinstance(f, ModuleType) else ("library", "library")
        return NotDifferentiableError(
            f"{call}: a whole {kind} was given. Expected is one of its kernels: {', '.join(kernels)}. Give it as an "
            f"attribute: {name}.{kernels[0]}."
        )
    return NotDifferentiableError(
        f"{call}: {f!r} is of type {type(f).__name__}. Expected is a kernel, an attribute of what zg.compile gives, or "
        "a derivative of one."
    )


def _kernels_in(f: object) -> tuple[str, ...]:
    if isinstance(f, Library):
        return f.kernels
    if isinstance(f, ModuleType):
        return tuple(name for name, value in vars(f).items() if isinstance(value, Kernel))
    return ()
