"""Results of math="fast" beside exact ones."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fast_math.functions import FUNCTIONS, LARGEST_ANGLE, NUMBERS, points, ulps

pytestmark = pytest.mark.toolchain

# Arithmetic is that of double; rounding to float is wrong where an error in double decides.
ULPS_OF_FLOAT = 0.52

# The numbers below 2^47 that are nearest to multiples of pi/2, the first at a distance of 2^-60.5: from continued
# fractions of pi/2 times powers of two.
NEXT_TO_QUARTERS = (45.553093477052, 14461176.67027838, 563416747700.2246, 321307.9594422229, 1.5707963267948966)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_results_in_double_are_as_exact_as_is_said(fast, name):
    x = points(name, np.float64, 400)
    errors = ulps(fast.chosen(x, NUMBERS[name]), x, name)
    assert errors.max() <= FUNCTIONS[name].ulps, x[errors.argmax()]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_results_in_float_are_nearly_always_rounded_rightly(fast, name):
    x = points(name, np.float32, 300)
    with np.errstate(over="ignore"):
        found = fast.chosen_of_floats(x, NUMBERS[name])
    errors = ulps(found, x, name)
    assert errors.max() <= ULPS_OF_FLOAT, x[errors.argmax()]


@pytest.mark.parametrize("name", ["sin", "cos", "tan"])
def test_arguments_next_to_a_multiple_of_a_quarter_turn_lose_nothing(fast, name):
    x = np.array([*NEXT_TO_QUARTERS, LARGEST_ANGLE])
    errors = ulps(fast.chosen(x, NUMBERS[name]), x, name)
    assert errors.max() <= FUNCTIONS[name].ulps, x[errors.argmax()]


@pytest.mark.parametrize("count", [1, 3, 7, 8, 9, 31, 64, 100])
def test_a_result_does_not_depend_on_its_place_in_a_loop(fast, count):
    x = np.random.default_rng(0).uniform(-2, 2, 100)
    for name in ("exp", "tanh", "sin"):
        whole = fast.chosen(x, NUMBERS[name])
        np.testing.assert_array_equal(fast.chosen(x[:count], NUMBERS[name]), whole[:count])
        np.testing.assert_array_equal(fast.chosen(x[-count:], NUMBERS[name]), whole[-count:])
