"""Functions of zymogen/special.hpp and their derivatives agree with mpmath."""

from __future__ import annotations

import numpy as np
import pytest

import zymogen as zg

from .functions import FUNCTIONS, KERNEL, Case

pytestmark = pytest.mark.toolchain

CASES = Case.all()
ARGUMENTS = [np.array(values) for values in zip(*(case.arguments for case in CASES), strict=True)]
DIRECTIONS = np.eye(3)


SINGLE = """
float single(float t) { return zymogen::legendre(2, t); }
ZYMOGEN_KERNEL(single, "t() -> ()");
"""


@pytest.fixture(scope="module")
def library():
    return zg.compile(KERNEL + SINGLE)


@pytest.fixture(scope="module")
def chosen(library):
    return library.chosen


@pytest.fixture(scope="module")
def exact():
    """Values, gradients and Hessians of all cases."""
    return tuple(map(np.array, zip(*(case.exact() for case in CASES), strict=True)))


def assert_close(got, expected, tolerance):
    """To a tolerance of the largest entry of each case; exact zeros to the tolerance itself."""
    axes = tuple(range(1, expected.ndim))
    scale = np.abs(expected).max(axis=axes, keepdims=True)
    scale[scale < 1e-25] = 1
    wrong = ~(np.abs(got - expected) <= tolerance * scale).all(axis=axes)
    assert not wrong.any(), [
        (FUNCTIONS[case.which].expression, case.integers, case.numbers, got[i], expected[i])
        for i, case in enumerate(CASES)
        if wrong[i]
    ]


def test_values_and_gradients_in_reverse_mode(chosen, exact):
    values, gradients = zg.value_and_grad(chosen)(*ARGUMENTS)
    assert_close(values, exact[0], 1e-13)
    assert_close(gradients, exact[1], 1e-12)


def test_derivatives_in_forward_mode(chosen, exact):
    tangents = [zg.jvp(chosen)(*ARGUMENTS, v)[1] for v in DIRECTIONS]
    assert_close(np.stack(tangents, axis=-1), exact[1], 1e-12)


def test_second_derivatives_forward_over_reverse(chosen, exact):
    columns = [zg.hvp(chosen)(*ARGUMENTS, v) for v in DIRECTIONS]
    assert_close(np.stack(columns, axis=-1), exact[2], 1e-12)


def test_second_derivatives_forward_over_forward(chosen, exact):
    twice = zg.jvp(zg.jvp(chosen))
    entries = [[twice(*ARGUMENTS, v, w)[1][1] for w in DIRECTIONS] for v in DIRECTIONS]
    assert_close(np.moveaxis(entries, -1, 0), exact[2], 1e-12)


NAN, INFINITY = np.nan, np.inf
# An expression, its integers, and what it is where it ends or is not defined.
EDGES = {
    ("legendre", (2,)): {(-1.1,): NAN, (1.1,): NAN, (NAN,): NAN},
    ("legendre", (0,)): {(1.1,): NAN},
    ("legendre", (-1,)): {(0.5,): NAN},
    ("assoc_legendre", (1, 2)): {(0.5,): 0, (1.1,): NAN},
    ("assoc_legendre", (1, -1)): {(0.5,): NAN},
    ("sph_legendre", (1, 2)): {(0.5,): 0, (NAN,): NAN},
    ("hermite", (0,)): {(NAN,): NAN},
    ("laguerre", (1,)): {(-0.1,): NAN},
    ("assoc_laguerre", (1, 3)): {(-0.1,): NAN},
    ("comp_ellint_1", ()): {(-1.1,): NAN, (-1,): INFINITY, (1,): INFINITY, (NAN,): NAN},
    ("comp_ellint_2", ()): {(-1.1,): NAN, (-1,): 1, (1,): 1, (NAN,): NAN},
    ("comp_ellint_3", ()): {(-1.1, 0.3): NAN, (1, 0.3): INFINITY, (0.3, 1): INFINITY, (0.3, 1.1): NAN},
    ("ellint_1", ()): {(1.1, 0.3): NAN, (0.3, NAN): NAN},
    ("ellint_2", ()): {(1.1, 2.3): NAN, (0.3, NAN): NAN, (1, np.pi / 2): 1},
    ("ellint_3", ()): {(1.1, 0.2, 0.1): NAN, (0.3, 1.4, 1.2): NAN, (0.3, 1.2, 2.5): NAN},
    ("expint", ()): {
        (0,): -INFINITY,
        (-INFINITY,): 0,
        (-1000,): 0,
        (1000,): INFINITY,
        (INFINITY,): INFINITY,
        (NAN,): NAN,
    },
    ("riemann_zeta", ()): {(1,): INFINITY, (1e300,): 1, (INFINITY,): 1, (-4,): 0, (-500,): 0, (NAN,): NAN},
    ("beta", ()): {
        **dict.fromkeys(((-0.5, 0.75), (0.75, -0.5), (-1.5, -0.7), (0, 2), (2, NAN)), NAN),
        **dict.fromkeys(((5e-324, 1), (5e-324, 5e-324)), INFINITY),
        **dict.fromkeys(((2, INFINITY), (100000.0, 100000.0)), 0),
    },
}


@pytest.mark.parametrize(("name", "integers"), EDGES)
def test_where_a_function_is_not_defined_it_and_its_slopes_are_nan(chosen, name, integers):
    which = next(k for k, function in enumerate(FUNCTIONS) if function.expression.startswith(f"zymogen::{name}("))
    for numbers, expected in EDGES[name, integers].items():
        with np.errstate(all="ignore"):
            value, slopes = zg.value_and_grad(chosen)(*Case(which, integers, numbers).arguments)
        assert value == expected or (np.isnan(value) and np.isnan(expected)), numbers
        if np.isnan(expected):
            assert np.isnan(slopes[: len(numbers)]).all(), (numbers, slopes)
        if np.isinf(expected):
            assert not np.isfinite(slopes).all(), (numbers, slopes)


def test_the_slope_of_the_complete_integral_of_the_second_kind_is_infinite_at_its_ends(chosen):
    which = next(k for k, function in enumerate(FUNCTIONS) if "comp_ellint_2" in function.expression)
    with np.errstate(divide="ignore"):
        slopes = [zg.value_and_grad(chosen)(*Case(which, (), (k,)).arguments)[1][0] for k in (-1, 1)]
    assert slopes == [INFINITY, -INFINITY]


def slope_at(chosen, name, integers, *numbers):
    which = next(k for k, function in enumerate(FUNCTIONS) if function.expression.startswith(f"zymogen::{name}("))
    with np.errstate(all="ignore"):
        return zg.value_and_grad(chosen)(*Case(which, integers, numbers).arguments)[1]


@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_slope_of_a_legendre_function_of_first_order_is_infinite_at_its_ends(chosen, n):
    assert slope_at(chosen, "assoc_legendre", (n, 1), 1)[0] == -INFINITY
    assert slope_at(chosen, "assoc_legendre", (n, 1), -1)[0] == (-1) ** (n - 1) * INFINITY


def test_the_slope_of_the_zeta_function_overflows_where_its_zeros_are_far_away(chosen):
    assert slope_at(chosen, "riemann_zeta", (), -500)[0] == INFINITY
    assert slope_at(chosen, "riemann_zeta", (), -502)[0] == -INFINITY


def test_the_beta_function_of_tiny_numbers_does_not_overflow_before_its_time(chosen):
    which = next(k for k, function in enumerate(FUNCTIONS) if "beta" in function.expression)
    value, slopes = zg.value_and_grad(chosen)(*Case(which, (), (1e-150, 2e-150)).arguments)
    np.testing.assert_allclose(value, 1.5e150, rtol=1e-14)
    np.testing.assert_allclose(slopes[:2], [-1e300, -0.25e300], rtol=1e-14)


def test_numbers_of_single_precision_are_converted(library):
    slope = zg.grad(library.single)(np.float32(0.5))
    assert slope.dtype == np.float32
    assert slope == 1.5
