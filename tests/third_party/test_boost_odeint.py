"""Boost.Odeint: derivatives of the end of an evolution with respect to its rates."""

from __future__ import annotations

import numpy as np
import pytest
from mpmath import mp

import zymogen as zg
from zymogen.errors import TypeNotDeducedError

pytestmark = pytest.mark.toolchain

RATES = np.array([1.1, 0.4, 0.3, 0.7])
START = [2.0, 1.5]


@pytest.fixture(scope="module")
def odeint(library):
    return library("boost_odeint.cpp")


def change(rate, state):
    prey, predators = state
    return np.array([(rate[0] - rate[1] * predators) * prey, (rate[2] * prey - rate[3]) * predators])


def classical_steps(rate):
    """The method itself: twenty steps of fourth order."""
    state, h = np.array([mp.mpf(e) for e in START]), mp.mpf(0.05)
    for _ in range(20):
        first = change(rate, state)
        second = change(rate, state + h / 2 * first)
        third = change(rate, state + h / 2 * second)
        last = change(rate, state + h * third)
        state = state + h / 6 * (first + 2 * second + 2 * third + last)
    return state


def solution(rate):
    """The solution, by Taylor series of order 30 over tenths of the time."""
    prey, predators = (mp.mpf(e) for e in START)
    for _ in range(10):
        x, y = [prey], [predators]
        for k in range(30):
            met = sum(x[i] * y[k - i] for i in range(k + 1))
            x.append((rate[0] * x[k] - rate[1] * met) / (k + 1))
            y.append((rate[2] * met - rate[3] * y[k]) / (k + 1))
        prey, predators = (sum(c * mp.mpf("0.1") ** k for k, c in enumerate(series)) for series in (x, y))
    return [prey, predators]


@pytest.fixture
def fixed(odeint, subject):
    return subject(odeint["fixed_steps"], classical_steps, RATES)


def test_derivatives_of_controlled_steps_are_those_of_the_solution(odeint, subject):
    subject(odeint["controlled_steps"], solution, RATES, tolerance=1e-10).check()


@pytest.mark.exhaustive
def test_derivatives_of_fixed_steps_are_those_of_the_method(fixed):
    fixed.check()
    assert fixed.refused() == {"forward over forward", "reverse over forward"}


@pytest.mark.exhaustive
def test_second_derivatives_of_fixed_steps_are_refused_forward_over_forward(fixed):
    with pytest.raises(TypeNotDeducedError, match=r"memory used at .*explicit_generic_rk\.hpp:\d+ holds"):
        zg.hessian(fixed.kernel, mode="forward")(RATES)
