"""Whether code for some sizes computes what the general code does, but for rounding."""

from __future__ import annotations

from typing import Any

import numpy as np

_TOLERANCES: dict[tuple[str, type[np.floating[Any]]], float] = {
    ("strict", np.float64): 1e-10,
    ("strict", np.float32): 1e-3,
    ("fast", np.float64): 1e-8,
    ("fast", np.float32): 1e-2,
}
"""Relative to the largest of a component's numbers in the rows that are compared.

Strict: derivatives add up what they are made of in another order. Rounding then differs by 1024 times the machine
epsilon at most, as a row has no more numbers than that, times what cancels: a factor of 400 in double precision, of 8
in single. Fast: the compiler takes sums and quotients of the kernel itself apart, and elementary functions differ by
some units in the last place. What cancels may do so in the kernel and in the derivative; half of the digits are left in
double precision, and in single two, by which a wrong derivative still shows. Of Jacobians, gradients and Hessians of a
layer with tanh, Rosenbrock's function, a Lennard-Jones potential and a product of exp, log and sin, the worst were
2e-16 and 1e-7 (strict), 5e-15 and 1e-6 (fast).
"""


def agree(found: np.ndarray, expected: np.ndarray, math: str) -> bool:
    """Whether two results for the same rows are one, but for rounding.

    Each component is compared by itself, since others may have other units: of 1 and 1e20, both count.

    Parameters
    ----------
    found, expected : of shape (rows, *component); where one is NaN or infinite, the other has to be the same
    math : "strict" or "fast", as the code was compiled

    Notes
    -----
    There is no floor but the smallest normal number. A component that is nothing but what rounding leaves, in all rows,
    differs then. The general code goes on in its place, which takes longer and is right; no floor could tell it from
    one of a small unit that is wrong.
    """
    if expected.dtype.kind != "f":
        return np.array_equal(found, expected)
    finite = np.isfinite(expected)
    scale = np.max(np.abs(expected), axis=0, initial=0.0, where=finite)
    allowed = _TOLERANCES[math, expected.dtype.type] * scale + np.finfo(expected.dtype).tiny
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    with np.errstate(invalid="ignore", over="ignore"):
        near = finite & (np.abs(found - expected) <= allowed)
    return bool(np.all(same | near))
