"""Boost.Math: special functions, a root and an integral."""

from __future__ import annotations

import numpy as np
import pytest
from mpmath import mp

import zymogen as zg
from zymogen.errors import EnzymeError

pytestmark = pytest.mark.toolchain


@pytest.fixture(scope="module")
def boost_math(library):
    return library("boost_math.cpp")


def special(x):
    return [
        mp.besselj(1, x[0]) * x[1],
        mp.hermite(5, x[0] * x[1]),
        mp.elliprf(x[0], x[1], 2),
        mp.erfinv(x[0] * x[1] / 2),
    ]


def kepler(orbit):
    e, m = orbit
    anomaly = m
    for _ in range(14):  # quadratically to 240 digits
        anomaly -= (anomaly - e * mp.sin(anomaly) - m) / (1 - e * mp.cos(anomaly))
    return anomaly


def damped(x):
    rate = mp.mpc(-x[0], x[1])
    return ((mp.exp(2 * rate) - 1) / rate).real


KERNELS = {
    "special functions": ("special", special, [0.7, 0.4]),
    "Newton's method": ("kepler", kepler, [0.45, 0.6]),
    "quadrature": ("damped", damped, [1.7, 2.3]),
}


@pytest.fixture(params=[*list(KERNELS)[:2], pytest.param("quadrature", marks=pytest.mark.exhaustive)])
def one(request, boost_math, subject):
    name, reference, point = KERNELS[request.param]
    return subject(boost_math[name], reference, np.array(point))


def test_derivatives_are_exact(one):
    one.check()


@pytest.mark.exhaustive
def test_all_nests_agree(one):
    assert not one.refused()


def test_log_gamma_has_second_derivatives_forward_over_forward(boost_math):
    f = boost_math["log_gamma"]
    with pytest.raises(EnzymeError, match=r"lanczos_sse2\.hpp:\d+: cannot handle unknown binary operator"):
        zg.derivative(zg.grad(f), "x")(2.3)
    assert zg.grad(f)(2.3) == pytest.approx(float(mp.digamma(2.3)), rel=1e-13)
    assert zg.derivative(f, "x", order=2)(2.3) == pytest.approx(float(mp.polygamma(1, 2.3)), rel=1e-13)


def test_messages_of_the_library_become_exceptions(boost_math):
    with pytest.raises(ValueError, match=r"Error in function boost::math::erf_inv.* \(got p=1\.2\)"):
        zg.vjp(boost_math["special"])([2.0, 1.2], np.ones(4))
