"""Random directions along which derivatives are compared, scaled to the arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

Direction = Mapping[str, np.ndarray]
"""For each argument that moves, its velocity; of the argument's shape and type."""

Kind = Literal["relative", "fractional", "small"]
"""How components move:

- relative: each by about its own size; zeros by the median size of the others
- fractional: the same, but integers (zero is one) stay where they are: there many functions have kinks and steps
- small: the same, but only those that are much smaller than the largest, which hides them in all other sums
"""

_SMALL = 1e-3


def generator(arrays: Sequence[np.ndarray]) -> np.random.Generator:
    """A generator that depends on the sizes of a call alone, so that a check can be repeated."""
    return np.random.default_rng([len(arrays), *(size for array in arrays for size in (array.ndim, *array.shape))])


def sizes(x: np.ndarray) -> np.ndarray:
    """About how large each component is; the median of the others for a zero, and 0 for what is not finite.

    Numbers so small that steps cannot be resolved beside them count as zeros.
    """
    size = np.abs(x).astype(np.float64)
    finite = np.isfinite(size)
    proper = finite & (size > 2.0**30 * np.finfo(x.dtype).tiny)
    typical = float(np.median(size[proper])) if proper.any() else 1.0
    return np.where(proper, size, np.where(finite, typical, 0.0))


def random_direction(x: np.ndarray, kind: Kind, rng: np.random.Generator) -> np.ndarray:
    """A direction for one argument.

    Components have few binary digits, and steps are powers of two: x + t u is then exact, but where it
    passes a power of two, and no rounding of the argument spoils the differences.
    """
    size = sizes(x)
    if kind == "fractional":
        size[x == np.rint(x)] = 0.0
    elif kind == "small":
        size[(size > _SMALL * size.max(initial=0.0)) | (x == 0)] = 0.0
    digits = 10 if x.dtype.itemsize > 4 else 6
    mantissa = rng.integers(2**digits, 2 ** (digits + 1), size=x.shape) / 2.0 ** (digits + 1)
    sign = 2.0 * rng.integers(0, 2, size=x.shape) - 1.0
    _, exponent = np.frexp(size)
    return np.asarray(np.where(size > 0, np.ldexp(sign * mantissa, exponent), 0.0), dtype=x.dtype)


def one_component(x: np.ndarray, component: tuple[int, ...]) -> np.ndarray:
    """The direction along one component, about as long as the component is large."""
    direction = np.zeros_like(x)
    _, exponent = np.frexp(sizes(x)[component])
    direction[component] = np.ldexp(0.5, exponent)
    return direction


def nearby(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A point close to x without its structure: no zeros, no ties, no integers."""
    step = np.where(rng.integers(0, 2, x.shape) == 1, 1, -1) * rng.uniform(0.5, 1.5, x.shape) * 2.0**-8
    return np.asarray(x + sizes(x) * step, dtype=x.dtype)


def random_like(seed: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Random numbers of about the size of the given ones; what the level below is linear in needs no scale."""
    return random_direction(seed, "relative", rng)
