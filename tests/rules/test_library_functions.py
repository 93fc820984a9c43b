"""Functions of <cmath> that Enzyme does not know have derivatives all the same."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import zymogen as zg

pytestmark = pytest.mark.toolchain

KERNELS = r"""
#include <zymogen/kernel.hpp>
#include <zymogen/special.hpp>

#include <cmath>
#include <complex>

double log_gamma(double x) { return std::lgamma(x) * x; }
ZYMOGEN_KERNEL(log_gamma, "x() -> ()");

double gamma_function(double x) { return std::tgamma(x); }
ZYMOGEN_KERNEL(gamma_function, "x() -> ()");

double beta_function(double x) { return zymogen::beta(x, 2 * x); }
ZYMOGEN_KERNEL(beta_function, "x() -> ()");

double parts(double x) {
    double whole;
    const double fraction = std::modf(x * x, &whole);
    return fraction * fraction + whole;
}
ZYMOGEN_KERNEL(parts, "x() -> ()");

double mantissa(double x) {
    int exponent;
    const double fraction = std::frexp(x * x, &exponent);
    return fraction * fraction * exponent;
}
ZYMOGEN_KERNEL(mantissa, "x() -> ()");

double neighbour(double x) { return std::pow(std::nextafter(x, 9.0), 3); }
ZYMOGEN_KERNEL(neighbour, "x() -> ()");

double both(double x) {
    double s, c;
    sincos(x * x, &s, &c);
    return s * s * c;
}
ZYMOGEN_KERNEL(both, "x() -> ()");

float single(float x) { return std::lgamma(x); }
ZYMOGEN_KERNEL(single, "x() -> ()");

double digamma(double x) { return zymogen::digamma(x); }
ZYMOGEN_KERNEL(digamma, "x() -> ()");

double poisson(std::span<const double> k, double rate) {
    double s = 0;
    for (double e : k) s += e * std::log(rate) - rate - std::lgamma(e + 1);
    return s;
}
ZYMOGEN_KERNEL(poisson, "k(n), rate() -> ()");

double complex_functions(double a, double b) {
    const std::complex<double> z{a, b};
    return std::abs(std::exp(z) + std::log(z) + std::sqrt(z) + std::pow(z, z)) + std::arg(std::sin(z) + std::cosh(z)) +
           std::norm(std::tanh(z) + std::tan(z) + std::atan(z) + std::asin(z) + std::acosh(z) + std::log10(z));
}
ZYMOGEN_KERNEL(complex_functions, "a(), b() -> ()");
"""


@pytest.fixture(scope="module")
def library():
    return zg.compile(KERNELS)


EXACT = {
    "log_gamma": lambda t: mpmath.log(abs(mpmath.gamma(t))) * t,
    "gamma_function": mpmath.gamma,
    "beta_function": lambda t: mpmath.beta(t, 2 * t),
    "parts": lambda t: (t * t - 1) ** 2 + 1,
    "mantissa": lambda t: (t * t / 2) ** 2,
    "neighbour": lambda t: t**3,
    "both": lambda t: mpmath.sin(t * t) ** 2 * mpmath.cos(t * t),
}
X = 1.37  # its square has the whole part 1 and the exponent 1


def close(got, function, point, order):
    with mpmath.workdps(50):
        expected = float(mpmath.diff(function, mpmath.mpf(point), order))
    assert float(got) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("name", EXACT)
def test_gradient_and_second_derivative(library, name):
    f = getattr(library, name)
    close(zg.grad(f)(X), EXACT[name], X, 1)
    close(zg.grad(zg.derivative(f))(X), EXACT[name], X, 2)


@pytest.mark.parametrize("name", ["log_gamma", "gamma_function", "both"])
def test_third_derivative(library, name):
    f = zg.derivative(zg.derivative(zg.derivative(getattr(library, name))))
    close(f(X), EXACT[name], X, 3)


def test_digamma_and_trigamma_at_many_points(library):
    points = np.array([-3.7, -0.4, 1e-3, 0.3, 0.5, 0.99, 2.0, 7.5, 11.999, 40.0, 1e5])
    with mpmath.workdps(50):
        digamma = np.array([float(mpmath.digamma(mpmath.mpf(t))) for t in points])
        trigamma = np.array([float(mpmath.polygamma(1, mpmath.mpf(t))) for t in points])
    np.testing.assert_allclose(library.digamma(points), digamma, rtol=1e-14, atol=1e-14)
    np.testing.assert_allclose(zg.derivative(library.digamma)(points), trigamma, rtol=5e-14)


def test_single_precision(library):
    slope = zg.grad(library.single)(np.float32(2.5))
    assert slope.dtype == np.float32
    assert float(slope) == pytest.approx(float(mpmath.digamma(2.5)), rel=2e-7)


def test_likelihood_of_counts(library):
    k, rate = np.array([1.0, 4.0, 2.0]), 1.5
    d_k, d_rate = zg.grad(library.poisson, ("k", "rate"))(k, rate)
    np.testing.assert_allclose(d_k, np.log(rate) - [float(mpmath.digamma(e + 1)) for e in k], rtol=1e-13)
    assert d_rate == pytest.approx(k.sum() / rate - 3)
    expected = -np.diag([float(mpmath.polygamma(1, e + 1)) for e in k])
    np.testing.assert_allclose(zg.hessian(library.poisson, "k")(k, rate), expected, rtol=1e-13, atol=1e-15)


def of_complex_numbers(a, b):
    z = mpmath.mpc(a, b)
    first = abs(mpmath.exp(z) + mpmath.log(z) + mpmath.sqrt(z) + z**z) + mpmath.arg(mpmath.sin(z) + mpmath.cosh(z))
    rest = mpmath.tanh(z) + mpmath.tan(z) + mpmath.atan(z) + mpmath.asin(z) + mpmath.acosh(z) + mpmath.log10(z)
    return first + abs(rest) ** 2


def test_elementary_functions_of_complex_numbers(library):
    point = (0.7, 0.4)
    f = library.complex_functions
    for k, name in enumerate("ab"):
        with mpmath.workdps(40):
            expected = float(mpmath.diff(of_complex_numbers, point, tuple(int(j == k) for j in range(2))))
        assert zg.grad(f, name)(*point) == pytest.approx(expected, rel=1e-12)
        assert zg.derivative(f, name)(*point) == pytest.approx(expected, rel=1e-12)
    with mpmath.workdps(40):
        mixed = float(mpmath.diff(of_complex_numbers, point, (1, 1)))
    assert zg.grad(zg.derivative(f, "a"), "b")(*point) == pytest.approx(mixed, rel=1e-12)
