"""Variables that outlive a call: what they hold is constant, and nothing that derivatives need goes through them."""

from __future__ import annotations

import numpy as np
import pytest

import zymogen as zg
from zymogen.errors import UnsupportedConstructError

pytestmark = pytest.mark.toolchain

KERNELS = """
#include <span>
#include <vector>
#include <zymogen/kernel.hpp>

static const std::vector<double> weight = {1, 2, 3};
double weighted(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += weight[i] * x[i] * x[i];
    return s * s;
}
ZYMOGEN_KERNEL(weighted, "x(n) -> ()");

double factor = 2.0;
double scaled(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += factor * weight[i] * x[i] * x[i];
    return s * s / 4;
}
ZYMOGEN_KERNEL(scaled, "x(n) -> ()");

static const double* kept;
static std::size_t size;
[[gnu::noinline]] static double total() {
    double s = 0;
    for (std::size_t i = 0; i < size; ++i) s += kept[i] * kept[i];
    return s;
}
double through_a_pointer(std::span<const double> x) {
    kept = x.data();
    size = x.size();
    return total();
}
ZYMOGEN_KERNEL(through_a_pointer, "x(n) -> ()");
"""

x, w = np.array([0.5, 1.0, -2.0]), np.array([1.0, 2.0, 3.0])
GRADIENT = 4 * (w * x * x).sum() * w * x
HESSIAN = 4 * (w * x * x).sum() * np.diag(w) + 8 * np.outer(w * x, w * x)


@pytest.fixture(scope="module")
def library():
    return zg.compile(KERNELS)


@pytest.mark.parametrize("kernel", ["weighted", "scaled"])
def test_what_a_variable_points_to_is_constant(library, kernel):
    f = library[kernel]
    np.testing.assert_allclose(zg.grad(f)(x), GRADIENT, rtol=1e-14)
    np.testing.assert_allclose(zg.partial(f, "x")(x, np.arange(3)), GRADIENT, rtol=1e-14)
    np.testing.assert_allclose(zg.hvp(f)(x, w), HESSIAN @ w, rtol=1e-13)
    np.testing.assert_allclose(zg.partial(f, ("x", 0), ("x", 1))(x), HESSIAN[0, 1], rtol=1e-13)


@pytest.mark.parametrize("operator", [zg.grad, zg.jvp, zg.hvp])
def test_a_pointer_that_is_kept_is_refused(library, operator):
    with pytest.raises(UnsupportedConstructError, match=r"static or global variable.* is written at <text>:30\."):
        operator(library.through_a_pointer).build()
