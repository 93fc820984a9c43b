"""The kernels of the four use cases."""

from __future__ import annotations

from typing import Any

import numpy as np
from mpmath import mp

from zymogen.testing.scenarios.scenario import Scenario, shared_source

SOURCE = shared_source("use_cases")


def _bump(x: Any, y: Any) -> Any:
    return mp.exp(-((x - y) ** 2).sum())


def _rest(x: Any, d: Any, m: Any) -> Any:
    g = np.array([mp.exp(-1.5 * (e - m) ** 2) for e in x], object)
    return d - (d @ g) / (g @ g) * g


def _model(M: Any, x: Any) -> Any:
    return [mp.tanh(row @ x) for row in M]


_GRID = {"x": [-1.5, -0.25, 0.5, 1.75], "d": [0.5, 1.25, -0.75, 0.25], "m": 0.25}

TABLE = (
    Scenario("bump", SOURCE, _bump, {"x": [0.5, -0.25, 0.75], "y": [0.25, 0.5, 1.0]}),
    Scenario("product", SOURCE, np.prod, {"x": [1.5, 2.0, -0.5, 3.0, 0.75]}, others=({"x": [2.0, 0.0, 3.0]},)),
    Scenario("rs", SOURCE, _rest, _GRID, ("r",)),
    Scenario("misfit", SOURCE, lambda x, d, m: (_rest(x, d, m) ** 2).sum(), _GRID),
    Scenario("model", SOURCE, _model, {"M": [[0.1, -0.2, 0.3], [0.5, 0.6, -0.7]], "x": [1.0, -0.5, 0.25]}, ("y",)),
    Scenario(
        "power_sum",
        SOURCE,
        lambda x, w, power: (w * x**power).sum(),
        {"x": [1.5, -2.0, 0.5], "w": [1.0, -1.0, 3.0], "power": 3},
        others=({"power": 2},),
    ),
)
