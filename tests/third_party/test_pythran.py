"""Pythran: functions of NumPy in C++, with slices, expressions that are evaluated late, and an array in between."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from mpmath import mp

import zymogen as zg
from zymogen.errors import MixedActivityError

pytestmark = pytest.mark.toolchain

POINT = np.array([0.7, 0.4, 1.1, 0.3])


def valley(x):
    return sum(100 * (after - e * e) ** 2 + (1 - e) ** 2 for e, after in itertools.pairwise(x))


def log_sum_exp(x):
    return mp.log(sum(mp.exp(e) for e in x))


@pytest.fixture(scope="module")
def pythran(library):
    return library("pythran.cpp")


@pytest.fixture
def one(pythran, subject):
    return subject(pythran["valley"], valley, POINT)


@pytest.mark.exhaustive
def test_derivatives_through_slices_are_exact(one):
    one.check()


@pytest.mark.exhaustive
def test_second_derivatives_through_slices_are_refused_but_forward_over_reverse(one):
    assert one.refused() == {"forward over forward", "reverse over forward"}
    with pytest.raises(MixedActivityError, match=r"active and inactive data meet in one pointer at .*\.hpp:\d+"):
        zg.hessian(one.kernel, mode="forward")(POINT)


def test_gradient_through_slices_is_exact(one):
    one.agrees(zg.grad(one.kernel)(POINT), one.exact.jacobian("x"))


def test_gradient_through_an_array_in_between_is_exact(pythran, subject):
    one = subject(pythran["log_sum_exp"], log_sum_exp, POINT)
    one.agrees(zg.grad(one.kernel)(POINT), one.exact.jacobian("x"))


@pytest.mark.exhaustive
def test_other_derivatives_through_an_array_in_between_are_refused(pythran):
    with pytest.raises(MixedActivityError, match="active and inactive data meet in one pointer, so that part of"):
        zg.jvp(pythran["log_sum_exp"])(POINT, POINT)
