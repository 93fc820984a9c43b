"""The text of a `WrongDerivativeError`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from zymogen.planning.request import Level, Reverse, Select
from zymogen.runtime.checks.level import Comparison, Entry
from zymogen.runtime.checks.projection import label

if TYPE_CHECKING:
    from zymogen.runtime.kernel import Kernel

_SHOWN = 5  # rules

_REPORT = (
    "If that does not help, write the place in the kernel that makes the difference in another way, and report it with "
    'd.source() and d.ir(). zg.set_checks("off") gives the numbers unchecked.'
)


def complaint_of_level(kernel: Kernel, comparison: Comparison) -> str:
    """Say which level of `kernel` disagrees with differences of the level below, and what to try."""
    request = comparison.derivative.request
    level = next(level for level in reversed(request.levels) if not isinstance(level, Select))
    name, number, nested = kernel.plan.declaration.name, request.order, kernel.request.order > 1
    where = f" at level {number} ({level})" if nested else ""
    return (
        f"{kernel.name}: the derivative of `{name}` with respect to {_arguments(level)} is wrong{where}. "
        f"{_seen(comparison.worst, f'`{name}`' if number == 1 else f'level {number - 1}')} "
        f"Expected is that the two agree; nothing is returned. {suspected_rules(kernel)}Try {_other_mode(kernel)}. "
        f"{_REPORT}"
    )


def suspected_rules(kernel: Kernel) -> str:
    """Name the rules of the user's that a derivative goes through; nothing where there are none."""
    rules = kernel.artifact.rules
    if not rules:
        return ""
    more = f", and {len(rules) - _SHOWN} more" if len(rules) > _SHOWN else ""
    return (
        f"It goes through functions with rules of yours: {', '.join(rules[:_SHOWN])}{more}. "
        "Look at these rules first: at the point of this call, they must give the derivatives of the functions. "
    )


def complaint_of_layout(kernel: Kernel, found: Sequence[np.ndarray], expected: Sequence[np.ndarray]) -> str:
    """Say which entry of the first row depends on where the row lies in memory."""
    worst, text = -1.0, ""
    for output, one, other in zip(kernel.plan.outputs, found, expected, strict=True):
        off = np.nan_to_num(np.abs(one.astype(np.float64) - other), nan=np.inf)
        if off.size and float(off.max()) > worst:
            worst = float(off.max())
            at = np.unravel_index(int(np.argmax(off)), off.shape)
            text = (
                f"{output.name}{label(at)} is {float(one[at]):.10g} in the call and {float(other[at]):.10g} by itself"
            )
    return (
        f"{kernel.name}: the first row of the call is not what the same row gives by itself. The worst entry: {text}. "
        "Expected is that a result does not depend on where its arguments lie; nothing is returned. Make the arguments "
        f"dense with np.ascontiguousarray. {_REPORT}"
    )


def _arguments(level: Level) -> str:
    return "" if isinstance(level, Select) else " and ".join(level.arguments)


def _seen(entry: Entry | None, below: str) -> str:
    if entry is None:
        return ""
    if entry.is_value:
        return (
            f"The worst entry is {entry.name} = {entry.given:.10g}, where {below} itself gives {entry.expected:.10g}."
        )
    along = f", for {entry.along}" if entry.along else ""
    error = f" with an error below {entry.error:.1g}" if entry.error > 0 else ""
    return (
        f"The worst entry is {entry.name} = {entry.given:.10g}, where differences of {below} give "
        f"{entry.expected:.10g}{error}{along}."
    )


def _other_mode(kernel: Kernel) -> str:
    """Other ways to the same numbers."""
    levels = [level for level in kernel.request.levels if not isinstance(level, Select)]
    reverse = any(isinstance(level, Reverse) for level in levels)
    if len(levels) == 1:
        return "forward mode, zg.jvp or zg.partial" if reverse else "reverse mode, zg.grad or zg.vjp"
    if reverse:
        return 'forward mode alone, as zg.partial(f, ..., ...) or zg.hessian(f, mode="forward")'
    return 'forward over reverse mode, as zg.jvp(zg.grad(f)) or zg.hessian(f, mode="reverse")'
