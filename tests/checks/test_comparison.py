"""Verdicts on derivatives of plain functions: right ones are never called wrong, and wrong ones are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zymogen.runtime.checks.comparison import judge
from zymogen.runtime.checks.differences import DOUBLE, FLOAT, Differences

FUNCTIONS = {
    "square": (lambda x: x * x, lambda x: 2 * x),
    "exp": (np.exp, np.exp),
    "sin": (np.sin, np.cos),
    "fast sin": (lambda x: np.sin(1e4 * x), lambda x: 1e4 * np.cos(1e4 * x)),
    "tanh": (np.tanh, lambda x: 1 / np.cosh(x) ** 2),
    "one minus tanh": (lambda x: 1 - np.tanh(x), lambda x: -1 / np.cosh(x) ** 2),
    "softplus": (lambda x: np.log(1 + np.exp(x)), lambda x: 1 / (1 + np.exp(-x))),
    "inverse": (lambda x: 1 / x, lambda x: -1 / x**2),
    "sqrt": (lambda x: np.sqrt(np.abs(x)), lambda x: np.sign(x) / (2 * np.sqrt(np.abs(x)))),
    "cbrt": (np.cbrt, lambda x: 1 / (3 * np.cbrt(x) ** 2)),
    "abs": (np.abs, np.sign),
    "relu": (lambda x: np.maximum(x, 0), lambda x: 1.0 * (x > 0)),
    "clip": (lambda x: np.clip(x, -0.5, 1), lambda x: 1.0 * ((x > -0.5) & (x < 1))),
    "floor": (np.floor, lambda x: 0 * x),
    "fine floor": (lambda x: np.floor(x * 1e6) / 1e6, lambda x: 0 * x),
    "single inside": (lambda x: np.float64(np.sin(np.float32(x))), np.cos),
    "noisy": (lambda x: (x + 1e9) - 1e9 + x * x, lambda x: 1 + 2 * x),
    "smoothed kink": (lambda x: np.sqrt(x * x + 1e-20), lambda x: x / np.sqrt(x * x + 1e-20)),
    "almost smooth": (lambda x: np.copysign(np.abs(x) ** 1.05, x), lambda x: 1.05 * np.abs(x) ** 0.05),
    "x log x": (lambda x: x * x * np.log(np.abs(x)), lambda x: 2 * x * np.log(np.abs(x)) + x),
}
POINTS = [0.0, 1.0, -1.0, 0.3, -0.5, 2.75, 1 + 1e-9, -0.5 + 1e-6, 1e-5, 17.3, -50.0, 1e4]


def differences(function, x, ladder=DOUBLE):
    size = np.abs(x) if x != 0 else 1.0
    with np.errstate(all="ignore"):
        value = np.atleast_1d(np.asarray(function(x), dtype=np.float64))

        def along(t):
            with np.errstate(all="ignore"):
                return np.atleast_1d(np.asarray(function(x + t * size), dtype=np.float64))

        return Differences(along, np.abs(value), ladder, size), size


def verdict(function, derivative, x):
    along, size = differences(function, x)
    found = judge(along, np.atleast_1d(np.float64(derivative * size)), np.zeros(1))
    return "differs" if found.differs[0] else "agrees" if found.agrees[0] else "unknown"


@pytest.mark.parametrize("x", POINTS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_exact_derivatives_are_never_called_wrong(name, x):
    function, derivative = FUNCTIONS[name]
    with np.errstate(all="ignore"):
        assert verdict(function, derivative(np.float64(x)), np.float64(x)) != "differs"


@pytest.mark.parametrize("name", ["square", "exp", "sin", "fast sin", "tanh", "softplus", "inverse", "sqrt", "noisy"])
@pytest.mark.parametrize("x", [0.3, -0.45, 1.2])
def test_smooth_functions_can_be_judged(name, x):
    function, derivative = FUNCTIONS[name]
    assert verdict(function, derivative(x), x) == "agrees"


@pytest.mark.parametrize("name", ["square", "exp", "sin", "fast sin", "tanh", "softplus", "inverse", "sqrt"])
@pytest.mark.parametrize(
    "wrong", [lambda d: 0.0, lambda d: 2 * d, lambda d: -d, lambda d: d * (1 + 1e-3), lambda d: 7e5]
)
@pytest.mark.parametrize("x", [0.3, -0.45, 1.2])
def test_wrong_derivatives_are_called_wrong(name, wrong, x):
    function, derivative = FUNCTIONS[name]
    # Of a function that is so much curved, steps small enough are few.
    expected = ("differs", "unknown") if name == "fast sin" else ("differs",)
    assert verdict(function, wrong(derivative(x)), x) in expected


def test_a_derivative_of_a_constant_is_called_wrong():
    assert verdict(lambda x: 0 * x + 3.0, 1.0, 0.5) == "differs"
    assert verdict(lambda x: 0 * x + 3.0, 0.0, 0.5) == "agrees"


@pytest.mark.parametrize("given", [-1.0, 0.0, 0.3, 1.0])
def test_nothing_is_said_at_a_kink(given):
    assert verdict(np.abs, given, 0.0) == "unknown"


def test_a_zero_that_symmetry_makes_proves_nothing():
    assert verdict(np.square, 0.0, 0.0) == "unknown"


@pytest.mark.parametrize("given", [np.nan, np.inf, -np.inf])
def test_nothing_is_said_of_what_is_not_finite(given):
    assert verdict(np.square, given, 0.3) == "unknown"


def test_nothing_is_said_where_the_function_cannot_be_evaluated():
    assert verdict(np.sqrt, 1.0, 0.0) == "unknown"
    assert verdict(lambda x: x * np.nan, 1.0, 0.3) == "unknown"


@given(st.floats(0.01, 100), st.floats(-3, 3), st.floats(-200, 200), st.sampled_from([-1.0, 1.0]))
def test_scale_does_not_matter(x, power, exponent, sign):
    scale = sign * 2.0 ** round(exponent)
    exact = scale * power * x ** (power - 1)
    assert verdict(lambda t: scale * np.abs(t) ** power, exact, x) != "differs"
    assert (
        verdict(lambda t: np.abs(t / scale) ** power, exact / scale**2 * np.sign(scale), x * np.abs(scale)) != "differs"
    )


@given(st.floats(0.1, 3), st.integers(0, 2**32 - 1), st.floats(1e-16, 1e-3))
def test_noise_of_any_size_is_no_alarm(x, seed, noise):
    rng = np.random.default_rng(seed)
    assert verdict(lambda t: np.sin(t) * (1 + noise * rng.normal()), np.cos(x), x) != "differs"


@given(st.floats(0.1, 3), st.floats(1e-10, 1e-1))
def test_steps_of_any_size_are_no_alarm(x, grain):
    assert verdict(lambda t: np.floor(t / grain) * grain, 0.0, x) != "differs"
    assert verdict(lambda t: np.sin(np.floor(t / grain) * grain) + t, 1.0, x) != "differs"


@given(st.floats(0.1, 3), st.integers(0, 2**32 - 1))
def test_single_precision(x, seed):
    rng = np.random.default_rng(seed)
    size, terms = np.float32(x), rng.normal(size=50).astype(np.float32)

    def function(t):
        moved = np.float32(x) + np.float32(t) * size
        return np.atleast_1d(np.float64(np.sum(terms * np.sin(terms * moved), dtype=np.float32)))

    exact = np.sum(terms.astype(float) ** 2 * np.cos(terms.astype(float) * float(size))) * float(size)
    along = Differences(function, np.array([np.abs(terms).sum()]), FLOAT, float(size))
    assert not judge(along, np.array([exact]), np.zeros(1)).differs[0]
    assert not judge(along, np.array([exact + 100]), np.zeros(1)).agrees[0]
