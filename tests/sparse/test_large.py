"""A hundred thousand unknowns."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import diags_array

import zymogen as zg

pytestmark = pytest.mark.toolchain

N = 100_000


@pytest.fixture(scope="module")
def x():
    return np.random.default_rng(0).normal(size=N)


def test_tridiagonal_jacobian(lib, x):
    S = zg.sparse_jacobian(lib.broyden, verify=True)
    J = S(x)
    expected = diags_array([np.full(N - 1, -1.0), 3 - 4 * x, np.full(N - 1, -2.0)], offsets=[-1, 0, 1])
    assert abs(J - expected).max() <= 4e-15
    assert J.nnz == 3 * N - 2
    assert S.coloring.count == 3
    assert S.detection.passes < 100


def test_chained_rosenbrock_hessian(lib, x):
    S = zg.sparse_hessian(lib.rosenbrock, verify=True)
    H = S(x)
    diagonal = np.zeros(N)
    diagonal[:-1] += 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
    diagonal[1:] += 200
    expected = diags_array([-400 * x[:-1], diagonal, -400 * x[:-1]], offsets=[-1, 0, 1])
    assert abs(H - expected).max() <= 1e-15 * abs(diagonal).max()
    assert H.nnz == 3 * N - 2
    assert S.coloring.count == 3
    assert S.detection.passes < 100


def test_full_rows_cost_few_passes(lib, x):
    J = zg.sparse_jacobian(lib.with_a_sum, verify=True)
    assert J(x / 10).nnz == 3 * N - 3
    assert J.coloring.mode == "reverse"
    H = zg.sparse_hessian(lib.arrow, verify=True)
    assert H(x / 10).nnz == 3 * N - 2
    assert H.coloring.count == 2
    assert max(J.detection.passes, H.detection.passes) < 500
