"""The derivatives that multiply a Jacobian or a Hessian by vectors; each takes the vector as its last argument."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from zymogen.errors import EnzymeError, NotCompiledError
from zymogen.operators import grad, vjp
from zymogen.planning.lanes import lanes_for
from zymogen.planning.request import Forward
from zymogen.runtime.kernel import Kernel
from zymogen.sparse.memory import vectors_within_limit

# With these a compiler may take for granted that nothing is NaN.
_WITHOUT_NAN = ("-ffast-math", "-Ofast", "-ffinite-math-only", "-fno-honor-nans")


def jacobian_times(f: Kernel, argument: str, name: str, lanes: int = 1) -> Kernel:
    """The derivative that gives J v, in one forward pass without the value.

    Parameters
    ----------
    name : what the derivative is called in messages
    lanes : how many vectors it takes together, in an axis before their own; one where Enzyme cannot do more, or there
        is neither that build nor a toolchain, so ask `lanes_of` what was made
    """
    if lanes > 1 and not f.plan.sweeps:  # a sweep has lanes of its own, or none
        with suppress(EnzymeError, NotCompiledError):
            return f.derive(Forward((argument,), lanes=lanes), 0, name).build()
    return f.derive(Forward((argument,)), 0, name)


def lanes_within_limit(count: int, length: int) -> int:
    """How many of `count` vectors go in one pass, if one vector and its product have `length` numbers together."""
    return min(lanes_for(count), vectors_within_limit(length))


def lanes_of(product: Kernel) -> int:
    """How many vectors a product takes together; they have an axis of their own only where that is more than one."""
    last = product.request.levels[-1]
    return last.lanes if isinstance(last, Forward) else 1


def times_jacobian(f: Kernel, argument: str) -> Kernel:
    """The derivative that gives w J, in one reverse pass."""
    return vjp(f, argument)


def hessian_times(f: Kernel, argument: str, name: str, lanes: int = 1) -> Kernel:
    """The derivative that gives H v, built: forward over reverse, or reverse over forward where Enzyme refuses that.

    Parameters are those of `jacobian_times`.

    Raises
    ------
    EnzymeError
        If Enzyme refuses both; the message is that of the first.
    NotCompiledError
        If neither was built, and there is no toolchain.
    """
    try:
        return jacobian_times(grad(f, argument), argument, name, lanes).build()
    except (EnzymeError, NotCompiledError):
        with suppress(EnzymeError, NotCompiledError):
            return grad(jacobian_times(f, argument, name), argument).build()
        raise


def strict(f: Kernel) -> Kernel:
    """The same kernel in IEEE arithmetic: with ``math="fast"`` compiled code assumes that no NaN occurs."""
    kind, made = f.__reduce__()
    unit = made[0]
    flags = tuple(flag for flag in unit.options.flags if flag not in _WITHOUT_NAN)
    options = replace(unit.options, math="strict", flags=flags)
    return f if options == unit.options else kind(replace(unit, options=options), *made[1:])
