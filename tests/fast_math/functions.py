"""The functions that math="fast" makes itself: exact values, where to try them, and how right they must be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from mpmath import mp, mpf

LARGEST_ANGLE = 2.0**47


@dataclass(frozen=True)
class Function:
    exact: Callable[[mpf], mpf]
    ulps: float
    """How far a result in double may be from the exact one, in units of its last place (docs/explain/toolchain.md)."""
    begin: float
    end: float
    """Between these, double has results that are finite and not zero."""
    in_cpp: str


def _function(name, ulps, begin, end, exact=None, in_cpp=""):
    return Function(exact or getattr(mp, name), ulps, begin, end, in_cpp or f"std::{name}")


FUNCTIONS = {
    "exp": _function("exp", 1, -745, 709),
    "exp2": _function("exp2", 1, -1074, 1023, lambda x: mpf(2) ** x),
    "exp10": _function("exp10", 1, -323, 308, lambda x: mpf(10) ** x, "power_of_ten"),
    "expm1": _function("expm1", 1, -745, 709),
    "sinh": _function("sinh", 2, -710, 710),
    "cosh": _function("cosh", 2, -710, 710),
    "tanh": _function("tanh", 2, -710, 710),
    "log": _function("log", 1, 5e-324, 1.7e308),
    "log2": _function("log2", 1, 5e-324, 1.7e308, lambda x: mp.log(x) / mp.log(2)),
    "log10": _function("log10", 1, 5e-324, 1.7e308, lambda x: mp.log(x) / mp.log(10)),
    "log1p": _function("log1p", 1, -1 + 2**-53, 1.7e308),
    "sin": _function("sin", 1, -LARGEST_ANGLE, LARGEST_ANGLE),
    "cos": _function("cos", 1, -LARGEST_ANGLE, LARGEST_ANGLE),
    "tan": _function("tan", 2, -LARGEST_ANGLE, LARGEST_ANGLE),
}
NUMBERS = {name: number for number, name in enumerate(FUNCTIONS)}


def points(name: str, dtype: type, count: int) -> np.ndarray:
    """Arguments of all sizes, many near 0 and 1, and near multiples of pi/2, at which a function is defined."""
    function, random = FUNCTIONS[name], np.random.default_rng(count)
    smallest, signs = np.finfo(dtype).smallest_subnormal, random.choice([-1.0, 1.0], count)
    sizes = np.exp2(random.uniform(np.log2(smallest), np.finfo(dtype).maxexp, count))
    quarters = [float(mpf(k) * mp.pi / 2) for k in random.integers(1, 2 ** random.integers(1, 46, count // 4))]
    x = np.concatenate(
        [
            random.uniform(-3, 3, count),
            random.uniform(-0.1, 0.1, count // 4),
            random.uniform(0.7, 1.5, count // 4),
            1 + signs * np.exp2(random.uniform(-50, -2, count)),
            random.uniform(max(function.begin, -750), min(function.end, 1024), count),
            signs * sizes,
            quarters,
        ]
    )
    end = min(function.end, float(np.finfo(dtype).max))
    return x[(x >= function.begin) & (x <= end)].astype(dtype)


def ulps(found: np.ndarray, x: np.ndarray, name: str) -> np.ndarray:
    """How far results are from the exact ones, in units of the last place of these, with denormal numbers counted too.

    Results that overflow are right if the exact ones are above the largest number.
    """
    limits = np.finfo(found.dtype)
    lowest = int(np.log2(limits.smallest_subnormal))
    exact = FUNCTIONS[name].exact
    errors = np.zeros(len(x))
    with mp.workprec(200):
        for i, (argument, result) in enumerate(zip(x.tolist(), found.tolist(), strict=True)):
            value = exact(mpf(argument))
            if np.isinf(result) and abs(value) >= mpf(float(limits.max)):
                continue
            place = max(mp.frexp(value)[1] - limits.nmant - 1, lowest)
            errors[i] = abs(mpf(result) - value) / mpf(2) ** place
    return errors
