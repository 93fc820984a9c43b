"""Derivatives of the C functions, against what is known about them."""

from __future__ import annotations

import heatkernels
import numpy as np

import zymogen as zg

start = np.sin(np.linspace(0, np.pi, 12))
measured = 0.9 * start


def test_the_state_is_linear_in_its_start():
    # One step maps start to A start with a symmetric tridiagonal A inside of the rod.
    r = 0.25
    step = np.eye(12)
    for i in range(1, 11):
        step[i, i - 1 : i + 2] += r * np.array([1.0, -2.0, 1.0])
    run = np.linalg.matrix_power(step, 7)
    np.testing.assert_allclose(heatkernels.heat_run(start, r, 7), run @ start, rtol=1e-13)
    by_start, _ = zg.grad(heatkernels.heat_misfit, ("start", "r"))(start, measured, r, 7)
    np.testing.assert_allclose(by_start, 2 * run.T @ (run @ start - measured), rtol=1e-12, atol=1e-15)
    product = zg.hvp(heatkernels.heat_misfit, "start")(start, measured, r, 7, np.ones(12))
    np.testing.assert_allclose(product, 2 * run.T @ run @ np.ones(12), rtol=1e-12)


def test_a_line_search_along_r_finds_the_flow_that_was_measured():
    seen = heatkernels.heat_run(start, 0.3, 20)
    value_and_slope = zg.value_and_grad(heatkernels.heat_misfit, "r")
    low, high = 0.1, 0.5
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if value_and_slope(start, seen, middle, 20)[1] > 0 else (middle, high)
    np.testing.assert_allclose(low, 0.3, rtol=1e-6)
