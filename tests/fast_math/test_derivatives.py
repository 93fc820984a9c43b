"""Derivatives with math="fast": of functions of ours, by functions of ours, beside exact ones."""

from __future__ import annotations

import numpy as np
import pytest
from mpmath import mp, mpf

import zymogen as zg
from tests.fast_math.functions import FUNCTIONS, NUMBERS

pytestmark = pytest.mark.toolchain

X = np.array([0.02, 0.3, 0.75, 1.3, 2.5, 4.2, 9.7])
ONES = np.ones_like(X)
# A derivative has at most four functions of ours, two divisions and some products, each with an error of an ulp or two.
RTOL = 20 * 2.0**-53


def exact_derivative(name: str, order: int) -> list[float]:
    with mp.workprec(200):
        return [float(mp.diff(FUNCTIONS[name].exact, mpf(x), order)) for x in X.tolist()]


def first(of, name: str) -> dict[str, np.ndarray]:
    """First derivatives by passes of each kind."""
    f, which = of.chosen, NUMBERS[name]
    return {
        "forward": zg.jvp(f, "x")(X, which, ONES)[1],
        "reverse": zg.vjp(f, "x")(X, which, ONES),
        "in lanes": np.diagonal(zg.jacobian(f, "x", mode="forward")(X, which)),
    }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_first_derivatives_are_exact_to_rounding(fast, name):
    exact = exact_derivative(name, 1)
    for found in first(fast, name).values():
        np.testing.assert_allclose(found, exact, rtol=RTOL)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_second_derivatives_are_exact_to_rounding(fast, name):
    exact = exact_derivative(name, 2)
    gradient = zg.grad(fast.single, "x")
    np.testing.assert_allclose(zg.derivative(gradient, "x")(X, NUMBERS[name]), exact, rtol=RTOL)


def test_third_derivatives_are_exact_to_rounding(fast):
    tanh = zg.derivative(zg.derivative(zg.derivative(fast.single, "x"), "x"), "x")
    np.testing.assert_allclose(tanh(X, NUMBERS["tanh"]), exact_derivative("tanh", 3), rtol=10 * RTOL)


@pytest.mark.parametrize("name", ["exp", "tanh", "log", "sin"])
def test_values_beside_derivatives_are_those_of_the_plain_kernel(fast, name):
    value, _ = zg.jvp(fast.chosen, "x")(X, NUMBERS[name], ONES)
    np.testing.assert_array_equal(value, fast.chosen(X, NUMBERS[name]))
