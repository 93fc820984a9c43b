"""Matrices: products, factors and solutions, in place and not."""

from __future__ import annotations

from typing import Any

import numpy as np
from mpmath import mp

from zymogen.testing.scenarios.scenario import Scenario, shared_source

SOURCE = shared_source("linear_algebra")


def _cholesky(A: Any) -> Any:
    n = len(A)
    L = np.full((n, n), mp.mpf(0), object)
    for i in range(n):
        for j in range(i + 1):
            rest = A[i, j] - L[i, :j] @ L[j, :j] if j else A[i, j]
            L[i, j] = mp.sqrt(rest) if i == j else rest / L[j, j]
    return L


def _convolution(x: Any, w: Any) -> Any:
    half = len(w) // 2
    padded = [mp.mpf(0)] * half + list(x) + [mp.mpf(0)] * half
    return [sum(w[j] * padded[i + j] for j in range(len(w))) for i in range(len(x))]


def _eigenvalues(A: Any) -> Any:
    mean = (A[0, 0] + A[1, 1]) / 2
    radius = mp.sqrt((A[0, 0] - A[1, 1]) ** 2 + (A[0, 1] + A[1, 0]) ** 2) / 2
    return [mean - radius, mean + radius]


_SQUARE = [[0.5, -1.5, 0.25], [2.0, 0.75, -0.5], [1.25, 0.5, 3.0]]

TABLE = (
    Scenario(
        "matrix_product",
        SOURCE,
        lambda A, B: A @ B,
        {"A": [[0.5, -1.5, 0.25], [2.0, 0.75, -0.5]], "B": [[1.0, 0.5], [-0.25, 2.0], [1.5, -1.0]]},
        ("C",),
    ),
    Scenario("quadratic_form", SOURCE, lambda A, x: x @ A @ x, {"A": _SQUARE, "x": [0.5, -1.25, 2.0]}),
    Scenario("cholesky", SOURCE, _cholesky, {"A": [[4.0, 9.0, 9.0], [0.5, 3.0, 9.0], [-1.0, 0.75, 5.0]]}, ("A",)),
    Scenario("convolution", SOURCE, _convolution, {"x": [0.5, -1.5, 2.0, 0.75, 1.0], "w": [0.25, 1.5, -0.5]}, ("y",)),
    Scenario(
        "contraction",
        SOURCE,
        lambda T, x: T @ x**2,
        {"T": [[[0.5, 1.5], [-0.25, 2.0], [1.0, -1.0]], [[0.75, 0.5], [3.0, -0.5], [0.25, 1.25]]], "x": [0.5, -1.5]},
        ("Y",),
    ),
    Scenario("normalise", SOURCE, lambda x: x / mp.sqrt((x**2).sum()), {"x": [0.5, -1.5, 2.0]}, ("x",)),
    Scenario("eigenvalues", SOURCE, _eigenvalues, {"A": [[1.5, 0.5], [0.75, -0.25]]}, ("e",)),
)
