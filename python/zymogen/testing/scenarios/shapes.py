"""What arguments and results can be."""

from __future__ import annotations

from typing import Any

import numpy as np
from mpmath import mp

from zymogen.testing.scenarios.scenario import Scenario, shared_source

SOURCE = shared_source("shapes")


def _roughness(x: Any) -> Any:
    return mp.sqrt(1 + sum(e * e for e in x) + sum(e**4 for e in x[1:] - x[:-1]))


def _summary(x: Any) -> Any:
    mean = (x**2).sum() / len(x)
    return mean, (x - mean) * x, sum(bool(e > mean) for e in x)


def _moments(x: Any, w: Any) -> Any:
    mean = (w @ x) / w.sum()
    return mean, (w @ x**2) / w.sum() - mean**2


def _cubic_norm(T: Any) -> Any:
    return sum(((i + 2 * j + 3 * k + 1) * e**3 for (i, j, k), e in np.ndenumerate(T)), mp.mpf(0))


def _outer(x: Any, y: Any) -> Any:
    return np.outer(x, [mp.sin(b) for b in y])


def _cumulative(x: Any) -> Any:
    y = [x[0]]
    for e in x[1:]:
        y.append(y[-1] * e + mp.sin(y[-1]))
    return y


def _untouched(x: Any) -> Any:
    return [mp.mpf(0) if i % 2 else e * e for i, e in enumerate(x)]


TABLE = (
    Scenario("corner", SOURCE, lambda x: x[0] * x[1] * x[2] ** 2, {"x": [0.5, 1.5, -2.0]}),
    Scenario("scalar", SOURCE, lambda m: m**3, {"m": 1.5}, others=({"m": 0.0},)),
    Scenario("roughness", SOURCE, _roughness, {"x": [0.5, 1.5, -0.25]}, others=({"x": [0.75]}, {"x": np.zeros(0)})),
    Scenario("summary", SOURCE, _summary, {"x": [0.5, 1.5, -0.25]}, ("mean", "centred", "above"), ({"x": [0.75]},)),
    Scenario("moments", SOURCE, _moments, {"x": [0.5, 1.5, -0.25], "w": [1.0, 0.5, 2.0]}, ("mean", "variance")),
    Scenario("determinant", SOURCE, lambda A: A[0, 0] * A[1, 1] - A[0, 1] * A[1, 0], {"A": [[0.5, 1.5], [-0.25, 2.0]]}),
    Scenario(
        "cubic_norm",
        SOURCE,
        _cubic_norm,
        {"T": [[[0.5, 1.5], [-0.25, 2.0]], [[0.75, -1.0], [1.25, 0.25]]]},
        others=({"T": [[[1.5]]]}, {"T": np.zeros((2, 0, 3))}),
    ),
    Scenario(
        "affine",
        SOURCE,
        lambda A, x, b: (A @ x + b) ** 2,
        {"A": [[0.5, 1.5, -0.25], [2.0, 0.75, 1.0]], "x": [0.5, -1.5, 1.0], "b": [0.25, 1.0]},
        ("y",),
    ),
    Scenario(
        "outer",
        SOURCE,
        _outer,
        {"x": [0.5, -1.5], "y": [0.25, 1.0, 0.75]},
        ("P",),
        ({"x": [1.5]}, {"x": np.zeros(0)}),
    ),
    Scenario(
        "gathered",
        SOURCE,
        lambda x, at: x[at.astype(int)] * x[0],
        {"x": [0.5, -1.5, 2.0], "at": [2, 0, 2, 1]},
        ("y",),
        ({"at": np.zeros(0, int)},),
    ),
    Scenario("cumulative", SOURCE, _cumulative, {"x": [0.5, -1.5, 2.0, 0.75]}, ("y",)),
    Scenario("untouched", SOURCE, _untouched, {"x": [0.5, -1.5, 2.0]}, ("y",)),
    Scenario(
        "mixed",
        SOURCE,
        lambda x, w: (x**2 * w**2).sum(),
        {"x": [0.5, -1.5, 2.0], "w": np.array([0.25, 1.5, -0.5], np.float32)},
    ),
    Scenario("constant", SOURCE, lambda *_: mp.mpf(3), {"x": [0.5, -1.5], "unused": 1.0}),
)
