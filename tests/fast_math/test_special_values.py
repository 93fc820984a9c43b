"""What C says of infinity, NaN, signs of zero, overflow and denormal numbers; and the flags that NumPy reports."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from tests.fast_math.functions import FUNCTIONS, LARGEST_ANGLE, NUMBERS

pytestmark = pytest.mark.toolchain

INF, NAN = np.inf, np.nan
TINY = 5e-324
AT = {  # -inf, -0.0, 0.0, inf
    "exp": (0.0, 1.0, 1.0, INF),
    "exp2": (0.0, 1.0, 1.0, INF),
    "exp10": (0.0, 1.0, 1.0, INF),
    "expm1": (-1.0, -0.0, 0.0, INF),
    "sinh": (-INF, -0.0, 0.0, INF),
    "cosh": (INF, 1.0, 1.0, INF),
    "tanh": (-1.0, -0.0, 0.0, 1.0),
    "log": (NAN, -INF, -INF, INF),
    "log2": (NAN, -INF, -INF, INF),
    "log10": (NAN, -INF, -INF, INF),
    "log1p": (NAN, -0.0, 0.0, INF),
    "sin": (NAN, -0.0, 0.0, NAN),
    "cos": (NAN, 1.0, 1.0, NAN),
    "tan": (NAN, -0.0, 0.0, NAN),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_special_values_are_those_of_c_and_raise_no_flag(fast, name, dtype):
    f = fast.chosen if dtype == np.float64 else fast.chosen_of_floats
    x = np.array([-INF, -0.0, 0.0, INF, NAN], dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        found = f(x, NUMBERS[name])
    expected = np.array([*AT[name], NAN], dtype)
    np.testing.assert_array_equal(found, expected)
    numbers = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(found[numbers]), np.signbit(expected[numbers]))


@pytest.mark.parametrize(
    ("name", "x", "expected"),
    [
        ("exp", [709.782712893384, 709.7827128933841], [1.797693134862273e308, INF]),
        ("exp", [1e300, -1e300, -745.2], [INF, 0, 0]),
        ("exp", [-745.1], [TINY]),
        ("exp2", [1024, 1023, -1074, -1075.1], [INF, 2.0**1023, TINY, 0]),
        ("exp10", [309, -324, -323], [INF, 0, 1e-323]),
        ("expm1", [709.782712893384, 1e300, -1e300], [1.797693134862273e308, INF, -1]),
        ("cosh", [710.4758600739439, -710.4758600739439, 711], [1.797693134862093e308, 1.797693134862093e308, INF]),
        ("sinh", [710.4758600739439, -710.4758600739439, -711], [1.797693134862093e308, -1.797693134862093e308, -INF]),
        ("tanh", [19.1, -1e300], [1, -1]),
        ("log2", [TINY, 2.0**-1022, 1, 2.0**1023], [-1074, -1022, 0, 1023]),
        ("log", [-TINY, -1e300], [NAN, NAN]),
        ("log1p", [-1, -1.5, -1e300], [-INF, NAN, NAN]),
        ("sin", [LARGEST_ANGLE * 1.1, 1e300], [NAN, NAN]),
        ("cos", [-LARGEST_ANGLE * 1.1], [NAN]),
        ("tan", [1e300], [NAN]),
    ],
)
def test_results_at_the_ends_of_what_is_finite_are_right(fast, name, x, expected):
    with np.errstate(over="ignore"):
        found = fast.chosen(np.array(x, dtype=float), NUMBERS[name])
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("name", ["expm1", "sinh", "tanh", "log1p", "sin", "tan"])
def test_functions_that_begin_as_x_give_x_for_the_smallest_numbers(fast, name):
    x = np.array([TINY, -TINY, 1e-310, -2.5e-308, 1e-300])
    np.testing.assert_array_equal(fast.chosen(x, NUMBERS[name]), x)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_ordinary_arguments_raise_no_flag(fast, name):
    x = np.linspace(0.01, 300, 103)
    with np.errstate(all="raise"):
        fast.chosen(x, NUMBERS[name])


def test_overflow_is_reported(fast):
    with pytest.warns(RuntimeWarning, match="overflow"):
        fast.chosen([800.0], NUMBERS["exp"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fast.chosen([-800.0], NUMBERS["exp"])


@pytest.mark.parametrize("name", ["log", "log2", "log10", "log1p", "sin"])
def test_logarithms_and_angles_without_value_raise_no_flag(fast, name):
    # Vector code computes all lanes of a loop, also those that the text of a kernel excludes.
    with np.errstate(all="raise"):
        fast.chosen([-1e300, 1e300], NUMBERS[name])
