"""Each order doubles the arrays that a nest needs beyond its results; no order is the last."""

from __future__ import annotations

import numpy as np
import pytest

import zymogen as zg

WAVE = """#include <cmath>
#include <zymogen/kernel.hpp>
void wave(std::span<const double> t, double rate, std::span<double> u) {
    for (std::size_t i = 0; i < t.size(); ++i) u[i] = std::exp(-rate * t[i]);
}
ZYMOGEN_KERNEL(wave, "t(n), rate() -> u(n)");
"""


@pytest.mark.parametrize(("order", "rows"), [(7, 1), (7, 5), (8, 3000)])
def test_derivatives_of_arrays_go_beyond_the_sixth(order, rows):
    wave = zg.compile(WAVE).wave
    t, rate = np.linspace(0, 2, 5), np.linspace(0.1, 0.5, rows)[:, None]
    d = zg.derivative(wave, "rate", order)
    assert len(d.plan.scratch) == 2**order - 1
    np.testing.assert_allclose(d(t, rate[:, 0]), (-t) ** order * np.exp(-rate * t), rtol=1e-13, atol=1e-300)
