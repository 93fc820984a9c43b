"""Bessel functions of zymogen/special.hpp and their derivatives, also with respect to the order, agree with mpmath."""

from __future__ import annotations

from itertools import product

import mpmath as mp
import numpy as np
import pytest

import zymogen as zg

pytestmark = pytest.mark.toolchain

KERNEL = """
#include <zymogen/kernel.hpp>
#include <zymogen/special.hpp>

double of_x(int which, double nu, double x) {
    switch (which) {
        case 0: return zymogen::cyl_bessel_j(nu, x);
        case 1: return zymogen::cyl_neumann(nu, x);
        case 2: return zymogen::cyl_bessel_i(nu, x);
        case 3: return zymogen::cyl_bessel_k(nu, x);
        case 4: return zymogen::sph_bessel(static_cast<int>(nu), x);
        default: return zymogen::sph_neumann(static_cast<int>(nu), x);
    }
}
ZYMOGEN_KERNEL(of_x, "which(), nu(), x() -> ()");

double bessel(int which, std::span<const double, 2> of) { return of_x(which, of[0], of[1]); }
ZYMOGEN_KERNEL(bessel, "which(), of(2) -> ()");

double decay(double x) { return zymogen::cyl_bessel_k(1.25, x); }
ZYMOGEN_KERNEL(decay, "x() -> ()");

float single(float nu, float x) { return zymogen::cyl_bessel_j(nu, x); }
ZYMOGEN_KERNEL(single, "nu(), x() -> ()");
"""

NAMES = ("cyl_bessel_j", "cyl_neumann", "cyl_bessel_i", "cyl_bessel_k", "sph_bessel", "sph_neumann")
J, Y, MODIFIED_I, MODIFIED_K, SPHERICAL_J, SPHERICAL_Y = range(6)
ORDERS = (0, 1e-9, 0.3, 0.5, 1 - 1e-9, 1, 1 + 1e-9, 1.5, 2.3, 7, 13.37, 50, 99.9, 100)
PLACES = (1e-3, 0.2, 1.9, 2.1, 9, 28, 99.5, 300, 700, 1000)
POINTS = np.array([(which, nu, x) for which, nu, x in product(range(6), ORDERS, PLACES)])
WHICH, NU, X = POINTS[:, 0].astype(int), POINTS[:, 1].copy(), POINTS[:, 2].copy()
TINY, HUGE = 1e-290, 1e305  # beyond these, derivatives or what they are made of may underflow or overflow


def exact(which, nu, x):
    """A function and its first two derivatives with respect to x: by the next order (DLMF 10.6.2, 10.29.2, 10.51.2),
    and by the differential equation."""
    nu, x = mp.mpf(nu), mp.mpf(x)
    spherical = which >= SPHERICAL_J
    if spherical:
        nu = mp.floor(nu)
    function = (mp.besselj, mp.bessely, mp.besseli, mp.besselk)[which % 4]

    def of_order(order):
        return mp.sqrt(mp.pi / (2 * x)) * function(order + mp.mpf(0.5), x) if spherical else function(order, x)

    value = of_order(nu)
    slope = nu / x * value + (1 if which == MODIFIED_I else -1) * of_order(nu + 1)
    factor = nu * (nu + 1) if spherical else nu**2
    curvature = (factor / x**2 + (1 if which in (MODIFIED_I, MODIFIED_K) else -1)) * value - (
        2 if spherical else 1
    ) * slope / x
    return value, slope, curvature


@pytest.fixture(scope="module")
def library():
    return zg.compile(KERNEL)


@pytest.fixture(scope="module")
def table():
    """For each point the three numbers, and the size of each that errors are compared with: that of the number itself,
    and where functions oscillate that of both solutions together."""
    with mp.workdps(25):
        exactly = {tuple(point): exact(int(point[0]), *point[1:]) for point in POINTS}
        numbers, scales = [], []
        for (which, nu, x), of_this in exactly.items():
            other = {J: Y, Y: J, SPHERICAL_J: SPHERICAL_Y, SPHERICAL_Y: SPHERICAL_J}.get(int(which), int(which))
            both = zip(of_this, exactly[other, nu, x], strict=True) if x > nu + 1 else zip(of_this)
            numbers.append([float(value) for value in of_this])
            scales.append([float(mp.sqrt(sum(value**2 for value in pair))) for pair in both])
    return np.array(numbers), np.array(scales)


def assert_close(got, table, order, tolerance):
    expected, scale = (part[:, order] for part in table)
    common = (scale > TINY) & (scale < HUGE)
    assert common.mean() > 0.8
    with np.errstate(invalid="ignore"):
        wrong = np.where(
            common, ~(np.abs(got - expected) <= tolerance * scale), (scale <= TINY) & ~(np.abs(got) <= 1e-280)
        )
    assert not wrong.any(), [(NAMES[WHICH[k]], NU[k], X[k], got[k], expected[k]) for k in np.flatnonzero(wrong)]


@pytest.fixture(autouse=True)
def _overflow_is_meant():
    with np.errstate(all="ignore"):
        yield


def test_values_and_slopes_in_reverse_mode(library, table):
    values, slopes = zg.value_and_grad(library.of_x, "x")(WHICH, NU, X)
    assert_close(values, table, 0, 1e-13)
    assert_close(slopes, table, 1, 1e-13)


def test_slopes_in_forward_mode_are_those_of_reverse_mode(library, table):
    forward = zg.derivative(library.of_x, "x")(WHICH, NU, X)
    _, reverse = zg.value_and_grad(library.of_x, "x")(WHICH, NU, X)
    assert_close(forward, table, 1, 1e-13)
    common = np.isfinite(reverse)
    np.testing.assert_allclose(forward[common], reverse[common], rtol=1e-13, atol=1e-300)


def test_second_derivatives_forward_over_reverse(library, table):
    assert_close(zg.hvp(library.of_x, "x")(WHICH, NU, X, np.ones_like(X)), table, 2, 1e-12)


def test_fourth_derivatives(library):
    with mp.workdps(30):
        expected = mp.diff(lambda x: mp.besselk(mp.mpf(1.25), x), 2.5, 4)
    assert zg.derivative(library.decay, order=4)(2.5) == pytest.approx(float(expected), rel=1e-12)


ORDER_POINTS = [(0.0, 0.4), (0.3, 1e-3), (1.0, 5.0), (7.0, 6.5), (30.2, 29.0)]


@pytest.mark.parametrize("which", [J, Y, MODIFIED_I, MODIFIED_K])
def test_derivatives_with_respect_to_the_order_are_right(library, which):
    function = (mp.besselj, mp.bessely, mp.besseli, mp.besselk)[which]
    points = np.array(ORDER_POINTS)
    with mp.workdps(40):
        first, second = (
            np.array([[float(mp.diff(function, tuple(map(mp.mpf, at)), by)) for by in orders] for at in ORDER_POINTS])
            for orders in (((1, 0), (0, 1)), ((2, 0), (1, 1), (1, 1), (0, 2)))
        )
    scale_1, scale_2 = (np.abs(part).max(axis=1, keepdims=True) for part in (first, second))
    _, reverse = zg.value_and_grad(library.bessel, "of")(which, points)
    tangents = [zg.jvp(library.bessel, "of")(which, points, v)[1] for v in np.eye(2)]
    twice = zg.jvp(zg.jvp(library.bessel, "of"), "of")
    entries = [twice(which, points, v, w)[1][1] for v in np.eye(2) for w in np.eye(2)]
    assert (np.abs(reverse - first) <= 1e-12 * scale_1).all()
    assert (np.abs(np.stack(tangents, axis=-1) - first) <= 1e-12 * scale_1).all()
    assert (np.abs(np.stack(entries, axis=-1) - second) <= 1e-11 * scale_2).all()


NAN, INFINITY = np.nan, np.inf


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("point", [(-1.5, 2.0), (1.0, -2.0), (0.0, NAN)])
def test_outside_of_the_domain_a_function_and_its_slopes_are_nan(library, name, point):
    value, slopes = zg.value_and_grad(library.bessel, "of")(NAMES.index(name), point)
    assert np.isnan(value)
    assert np.isnan(slopes[1])
    assert np.isnan(slopes[0]) or name.startswith("sph")


# The order, and the function with its derivatives at 0.
@pytest.mark.parametrize(
    ("which", "nu", "value", "first", "second"),
    [
        (J, 0, 1, 0, -0.5),
        (J, 1, 0, 0.5, 0),
        (J, 2, 0, 0, 0.25),
        (J, 2.5, 0, 0, 0),
        (J, 0.5, 0, INFINITY, None),
        (MODIFIED_I, 0, 1, 0, 0.5),
        (MODIFIED_I, 1, 0, 0.5, 0),
        (MODIFIED_I, 2, 0, 0, 0.25),
        (SPHERICAL_J, 0, 1, 0, -1 / 3),
        (SPHERICAL_J, 1, 0, 1 / 3, 0),
        (SPHERICAL_J, 2, 0, 0, 2 / 15),
        (Y, 0, -INFINITY, INFINITY, None),
        (MODIFIED_K, 1.5, INFINITY, -INFINITY, None),
        (SPHERICAL_Y, 0, -INFINITY, INFINITY, None),
    ],
)
def test_derivatives_at_zero(library, which, nu, value, first, second):
    assert zg.value_and_grad(library.of_x, "x")(which, nu, 0) == (value, first)
    if second is not None:
        assert zg.hvp(library.of_x, "x")(which, nu, 0, 1) == pytest.approx(second, rel=1e-15)


def test_where_the_order_has_no_derivative_it_is_not_finite(library):
    assert not np.isfinite(zg.value_and_grad(library.bessel, "of")(J, (0.0, 0.0))[1][0])
    assert not np.isfinite(zg.value_and_grad(library.bessel, "of")(Y, (1.0, 0.0))[1][0])


@pytest.mark.parametrize(
    ("which", "nu", "x", "expected"),
    [
        (J, 2, INFINITY, 0),
        (Y, 2, INFINITY, 0),
        (MODIFIED_I, 2, INFINITY, INFINITY),
        (MODIFIED_K, 2, INFINITY, 0),
        (MODIFIED_I, 2, 1e300, INFINITY),
        (Y, 200, 1e-3, -INFINITY),
        (MODIFIED_K, 1e5, 1, INFINITY),
        (J, 1e9, 1e9, NAN),
        (Y, 1e300, 1e300, NAN),
        (J, 1, 1e-310, 5e-311),
    ],
)
def test_large_and_tiny_numbers(library, which, nu, x, expected):
    np.testing.assert_allclose(library.of_x(which, nu, x), expected, rtol=1e-12)


def test_numbers_of_single_precision_are_converted(library):
    slope = zg.grad(library.single, "x")(np.float32(1.5), np.float32(2.5))
    assert slope.dtype == np.float32
    assert float(slope) == pytest.approx(float(exact(J, 1.5, 2.5)[1]), rel=1e-6)
