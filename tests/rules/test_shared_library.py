"""Functions of a shared library, whose source nobody has, get derivatives by rules."""

from __future__ import annotations

import numpy as np
import pytest

import zymogen as zg
from zymogen.errors import NoDerivativeError

pytestmark = pytest.mark.toolchain

LIBRARY = r"""
extern "C" [[gnu::visibility("default")]] double tuned_pressure(double density, double energy) {
    return 0.4 * density * density * energy;
}
extern "C" [[gnu::visibility("default")]] int tuned_regime(double density) { return density > 1 ? 2 : 1; }
"""
WITHOUT_RULES = r"""
#include <zymogen/kernel.hpp>
extern "C" double tuned_pressure(double density, double energy);
extern "C" int tuned_regime(double density);

double model(std::span<const double> x, double e) {
    double s = 0;
    for (double t : x) s += tuned_pressure(t, e) * tuned_regime(t);
    return s;
}
ZYMOGEN_KERNEL(model, "x(n), e() -> ()");
"""
RULES = r"""
static std::array<double, 2> pressure_partials(double density, double energy) {
    return {2 * tuned_pressure(density, energy) / density, tuned_pressure(density, 1)};
}
ZYMOGEN_DERIVATIVE(tuned_pressure, pressure_partials);
ZYMOGEN_INACTIVE(tuned_regime);
"""
x, e = np.array([0.5, 2.0, 1.5]), 3.0
regime = np.array([1.0, 2.0, 2.0])


@pytest.fixture(scope="module")
def library(shared_library):
    return shared_library(LIBRARY)


def test_function_without_source_is_refused_without_a_rule(library):
    kernels = zg.compile(WITHOUT_RULES, libraries=[library])
    assert kernels.model(x, e) == pytest.approx(np.sum(0.4 * x**2 * e * regime))
    with pytest.raises(NoDerivativeError, match=r"tuned_\w+`.*ZYMOGEN_DERIVATIVE"):
        zg.grad(kernels.model)(x, e)


def test_function_without_source_has_the_derivatives_of_its_rule(library):
    kernels = zg.compile(WITHOUT_RULES + RULES, libraries=[library])
    d_x, d_e = zg.grad(kernels.model, ("x", "e"))(x, e)
    np.testing.assert_allclose(d_x, 0.8 * x * e * regime, rtol=1e-14)
    assert d_e == pytest.approx(np.sum(0.4 * x**2 * regime))
    for mode in ("forward", "reverse"):
        hessian = zg.hessian(kernels.model, mode=mode)(x, e)
        np.testing.assert_allclose(hessian, np.diag(0.8 * e * regime), rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(zg.partial(kernels.model, "x")(x, e, [0, 2]), (0.8 * x * e * regime)[[0, 2]], rtol=1e-14)
