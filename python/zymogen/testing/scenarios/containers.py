"""What the C++ library owns memory with, or does with it."""

from __future__ import annotations

from typing import Any

import numpy as np
from mpmath import mp

from zymogen.testing.scenarios.scenario import Scenario, shared_source

SOURCE = shared_source("containers")


def _on_the_heap(x: Any) -> Any:
    return (np.cumsum(x**2) * x[::-1]).sum()


def _optional_roots(p: Any, q: Any) -> Any:
    discriminant = p * p / 4 - q
    if discriminant < 0:
        return p * q
    return (-p / 2 - mp.sqrt(discriminant)) ** 2 + 3 * (-p / 2 + mp.sqrt(discriminant))


def _solve(A: Any, b: Any) -> Any:
    """Cramer's rule."""
    whole = _determinant(A)
    columns = []
    for j in range(len(b)):
        replaced = A.copy()
        replaced[:, j] = b
        columns.append(_determinant(replaced) / whole)
    return columns


def _determinant(A: Any) -> Any:
    if len(A) == 1:
        return A[0, 0]
    minors = (np.delete(A[1:], j, axis=1) for j in range(len(A)))
    return sum((-1) ** j * A[0, j] * _determinant(minor) for j, minor in enumerate(minors))


def _tridiagonal(low: Any, diagonal: Any, up: Any, b: Any) -> Any:
    n = len(b)
    A = np.full((n, n), mp.mpf(0), object)
    for i in range(n):
        A[i, i] = diagonal[i]
        if i > 0:
            A[i, i - 1] = low[i]
            A[i - 1, i] = up[i - 1]
    return _solve(A, b)


def _power_iteration(A: Any, start: Any, steps: int) -> Any:
    v = start
    for _ in range(steps - 1):
        v = A @ v
    return (v @ A @ v) / (v @ v)


_SQUARE = [[0.5, -1.5, 0.25], [2.0, 0.75, -0.5], [1.25, 0.5, 3.0]]

TABLE = (
    Scenario("in_std_vector", SOURCE, lambda x: np.cumprod(x).sum(), {"x": [0.5, 1.25, -0.75, 2.0]}),
    Scenario("on_the_heap", SOURCE, _on_the_heap, {"x": [0.5, 1.25, -0.75]}),
    Scenario("optional_roots", SOURCE, _optional_roots, {"p": 1.5, "q": -0.75}, others=({"q": 2.0},)),
    Scenario(
        "sorted_weights",
        SOURCE,
        lambda x: sum((i + 1) * e * e for i, e in enumerate(sorted(x))),
        {"x": [1.25, -0.75, 2.0, 0.5]},
    ),
    Scenario("with_exceptions", SOURCE, lambda x: sum(mp.log(e) * e for e in x), {"x": [0.5, 1.25, 2.0]}),
    Scenario("solve", SOURCE, _solve, {"A": _SQUARE, "b": [1.0, -0.5, 2.25]}, ("b",)),
    Scenario(
        "tridiagonal",
        SOURCE,
        _tridiagonal,
        {
            "low": [9.0, 0.5, -0.75, 1.0],
            "diagonal": [3.0, 4.0, 2.5, 3.5],
            "up": [0.25, -1.0, 0.5, 9.0],
            "b": [1.0, 2.0, -0.5, 0.75],
        },
        ("x",),
    ),
    Scenario("power_iteration", SOURCE, _power_iteration, {"A": _SQUARE, "start": [1.0, 0.5, -0.25], "steps": 3}),
)
