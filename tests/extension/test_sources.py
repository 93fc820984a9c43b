"""What sources have beside kernels, rules for derivatives and variables that outlive a call, in one library."""

from __future__ import annotations

import numpy as np
import pytest

import zymogen as zg

from .conftest import make_importable, ordered

SOURCE = r"""
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>
#include <zymogen/kernel.hpp>

static const std::vector<double> weight = {1, 2, 3};

static double flip(double t) { return std::bit_cast<double>(std::bit_cast<std::uint64_t>(t) ^ 1ull << 63); }
double drag(double v, double c) { return flip(c * v * std::fabs(v)); }
std::array<double, 2> drag_partials(double v, double c) { return {-2 * c * std::fabs(v), -v * std::fabs(v)}; }
ZYMOGEN_DERIVATIVE(drag, drag_partials);

double work(std::span<const double> v, double c) {
    double s = 0;
    for (std::size_t i = 0; i < v.size(); ++i) s += weight[i] * v[i] * drag(v[i], c) + std::lgamma(1 + v[i]);
    return s;
}
ZYMOGEN_KERNEL(work, "v(n), c() -> ()");
"""
v = np.array([0.5, 1.0, 2.0])
CALLS = [
    lambda m: m.work(v, 0.5),
    lambda m: zg.grad(m.work, ("v", "c"))(v, 0.5),
    lambda m: zg.hessian(m.work, "v", mode="reverse")(v, 0.5),
    lambda m: zg.partial(m.work, ("v", 2), "c")(v, 0.5),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    derivatives = ("grad(work, (v, c))", "hessian(work, v)", "partial(work, v, c)")
    return make_importable(ordered("ruled", tmp_path_factory.mktemp("ruled"), {"work.cpp": SOURCE}, derivatives))


@pytest.mark.usefixtures("without_tools")
@pytest.mark.parametrize("number", range(len(CALLS)))
def test_rules_and_variables_are_built_ahead_of_time_too(site, importing, compiled, number):
    np.testing.assert_equal(CALLS[number](importing(site, "ruled")), compiled[number])


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """The same, compiled where it is called."""
    library = zg.compile(SOURCE)
    return [call(library) for call in CALLS]


def test_a_rule_is_what_it_says(compiled):
    np.testing.assert_allclose(compiled[1][1], -(np.array([1, 2, 3]) * v**3).sum(), rtol=1e-14)
    np.testing.assert_allclose(compiled[3], -3 * 3 * v[2] ** 2, rtol=1e-14)
