"""Reverse passes go back through loops as the kernel went, however these are left and gone on with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import zymogen as zg

X = np.array([0.5, 0.7, 0.9, 0.3, 0.4])
TURNS = (0, 1, 2, 4, 5, 9, 13)
LOOPS = [
    pytest.param(number, marks=pytest.mark.exhaustive if number in (1, 3, 4, 7, 12) else ()) for number in range(20)
]
# Of each kind of loop one; those of the second line take compilers longer.
NESTED = (
    *(0, 8),
    *(pytest.param(number, marks=pytest.mark.exhaustive) for number in (5, 10)),
)


@pytest.fixture(scope="module")
def loops():
    return zg.compile(Path(__file__).with_name("loops.cpp"))


@pytest.mark.parametrize("number", LOOPS)
def test_gradients_are_exact(loops, number):
    f = loops[f"shape_{number}"]
    gradient = zg.grad(f)
    for turns in TURNS:
        np.testing.assert_allclose(gradient(X, turns), loops.gradient(X, turns, number), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("number", NESTED)
def test_second_derivatives_are_exact(loops, number):
    f = loops[f"shape_{number}"]
    column = 1
    ways = {
        "forward over reverse": zg.partial(zg.grad(f), ("x", column)),
        "reverse over forward": zg.grad(zg.partial(f, ("x", column))),
    }
    for turns in (0, 1, 4, 9):
        exact = loops.hessian(X, turns, number)[column]
        for name, way in ways.items():
            np.testing.assert_allclose(way(X, turns), exact, rtol=1e-11, atol=1e-13, err_msg=f"{name}, {turns}")


def test_the_first_call_need_not_go_another_way(loops):
    """What is compared at first use may be a point at which nothing is left out."""
    gradient = zg.grad(loops.shape_2)
    few = np.full(5, 0.4)
    np.testing.assert_allclose(gradient(few, 4), loops.gradient(few, 4, 2), rtol=1e-12)
    np.testing.assert_allclose(gradient(X, 12), loops.gradient(X, 12, 2), rtol=1e-12)
