"""Eigen: decompositions, and a Kalman filter."""

from __future__ import annotations

import numpy as np
import pytest
from mpmath import mp

import zymogen as zg
from zymogen.errors import TypeNotDeducedError

pytestmark = pytest.mark.toolchain

DAYS, HEIGHTS = np.array([0, 1, 3], np.int32), np.array([1, 2, -1], np.int32)
MOMENTS, SEEN = np.array([0.0, 0.5, 1.1, 1.4, 2.2]), np.array([1, 3, 2, 4, 7], np.int32)
PLACES = np.array([1, 2, 2, 4], np.int32)


@pytest.fixture(scope="module")
def eigen(library):
    return library("eigen.cpp")


def log_density(y, covariance):
    """Of a normal distribution, by the determinant and a solution with pivots."""
    y, covariance = mp.matrix([mp.mpf(int(e)) for e in y]), mp.matrix(covariance)
    distance = (y.T * mp.lu_solve(covariance, y))[0]
    return -(distance + mp.log(mp.det(covariance)) + len(y) * mp.log(2 * mp.pi)) / 2


def gaussian_process(theta, day, height):
    variance, length, noise = theta
    covariance = [
        [variance * mp.exp(-(((int(a) - int(b)) / length) ** 2) / 2) + (noise if a == b else 0) for b in day]
        for a in day
    ]
    return log_density(height, covariance)


def parabola(t, height):
    """By the normal equations."""
    powers = mp.matrix([[1, e, e * e] for e in t])
    return list(mp.lu_solve(powers.T * powers, powers.T * mp.matrix([int(e) for e in height])))


def kalman(model, measured):
    """What is measured has one normal distribution altogether, whose covariance the model gives."""
    dt, drift, noise = model
    step = mp.matrix([[1, dt], [0, 1]])
    spread = drift * mp.matrix([[dt**3 / 3, dt**2 / 2], [dt**2 / 2, dt]])
    state, n = mp.eye(2), len(measured)
    covariance = mp.matrix(n, n)
    for i in range(n):
        state = step * state * step.T + spread
        later = state
        for j in range(i, n):
            covariance[i, j] = covariance[j, i] = later[0, 0] + (noise if i == j else 0)
            later = step * later
    return log_density(measured, covariance)


KERNELS = {
    "LLT": ("gaussian_process", gaussian_process, np.array([1.5, 2.0, 0.3]), (DAYS, HEIGHTS)),
    "Kalman filter": ("kalman", kalman, np.array([0.5, 0.3, 0.2]), (PLACES,)),
    "LDLT": ("parabola", parabola, MOMENTS, (SEEN,)),
}


@pytest.fixture
def one(request, eigen, subject):
    name, *rest = KERNELS[request.param]
    return subject(eigen[name], *rest)


@pytest.mark.exhaustive
@pytest.mark.parametrize("one", KERNELS, indirect=True)
def test_derivatives_are_exact(one):
    one.check()


@pytest.mark.parametrize("one", ["LLT"], indirect=True)
def test_gradient_is_exact(one):
    one.agrees(zg.grad(one.kernel, "theta")(one.point, *one.rest), one.exact.jacobian("theta"))


@pytest.mark.exhaustive
@pytest.mark.parametrize("one", ["LLT", "Kalman filter"], indirect=True)
def test_all_nests_agree(one):
    assert not one.refused()


@pytest.mark.exhaustive
def test_least_squares_by_qr_are_refused(eigen):
    with pytest.raises(TypeNotDeducedError, match=r"the memory used in `.*make_block_householder_triangular_factor"):
        zg.vjp(eigen["parabola_by_qr"], "t")(MOMENTS, SEEN, np.ones(3))
