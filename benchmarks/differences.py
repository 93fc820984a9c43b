"""Central differences, for whoever has nothing better."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

FIRST, SECOND, THIRD = 6e-6, 1e-4, 1e-3
"""Steps for numbers near one: truncation and rounding are about equal for the cube root of eps, and so on."""


def along(f: Callable[[np.ndarray], np.ndarray], x: np.ndarray, component: int, step: float = FIRST) -> np.ndarray:
    """The derivative of `f` along one component of the last dimension of `x`."""
    up, down = x.copy(), x.copy()
    up[..., component] += step
    down[..., component] -= step
    return (f(up) - f(down)) / (2 * step)


def columns(
    f: Callable[[np.ndarray], np.ndarray], x: np.ndarray, components: Iterable[int] | None = None, step: float = FIRST
) -> np.ndarray:
    """Such derivatives, side by side in a new last dimension: those of a Jacobian's columns."""
    chosen = range(x.shape[-1]) if components is None else components
    return np.stack([along(f, x, component, step) for component in chosen], axis=-1)
