"""Sparse Hessians against closed forms and dense results."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zymogen as zg
from zymogen.errors import NotDifferentiableError

pytestmark = pytest.mark.toolchain


def rosenbrock(x):
    diagonal = np.zeros_like(x)
    diagonal[:-1] += 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
    diagonal[1:] += 200
    side = -400 * x[:-1]
    return np.diag(diagonal) + np.diag(side, 1) + np.diag(side, -1)


def test_chained_rosenbrock(lib):
    x = np.linspace(-1, 2, 20)
    S = zg.sparse_hessian(lib.rosenbrock, verify=True)
    H = S(x)
    np.testing.assert_allclose(H.toarray(), rosenbrock(x), rtol=1e-14, atol=1e-12)
    assert S.coloring.count == 3
    assert H.nnz == 58


def test_hessian_is_symmetric_to_the_last_bit(lib):
    H = zg.sparse_hessian(lib.arrow)(np.linspace(0, 1, 30))
    np.testing.assert_array_equal(H.toarray(), H.toarray().T)


def test_an_arrow_takes_two_passes(lib):
    x = np.linspace(0.1, 1, 12)
    S = zg.sparse_hessian(lib.arrow)
    H = S(x).toarray()
    e, v = np.exp(x[0] * x[1:]), x[1:]
    np.testing.assert_allclose(np.diag(H)[1:], x[0] ** 2 * e, rtol=1e-14)
    np.testing.assert_allclose(H[0, 0], (v**2 * e).sum(), rtol=1e-14)
    np.testing.assert_allclose(H[0, 1:], (1 + x[0] * v) * e, rtol=1e-14)
    assert S.coloring.count == 2


@given(st.integers(1, 25), st.integers(0, 60), st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_random_kernels_agree_with_dense_results(lib, n, count, seed):
    rng = np.random.default_rng(seed)
    first, second = rng.integers(n, size=(2, count))
    weight, x = rng.normal(size=count), rng.normal(size=n)
    _, columns = zg.jvp(zg.grad(lib.pairs, "x"), "x")(x, first, second, weight, np.eye(n))
    H = zg.sparse_hessian(lib.pairs, verify=True)(x, first, second, weight)
    np.testing.assert_allclose(H.toarray(), columns, rtol=1e-12, atol=1e-14)


def test_second_derivative_in_a_scalar(lib):
    H = zg.sparse_hessian(lib.scaled, "a")(3.0, [1.0, 2.0])
    np.testing.assert_array_equal(H.toarray(), [[6.0]])


def test_linear_argument_has_no_second_derivatives(lib):
    S = zg.sparse_hessian(lib.scaled, "x")
    assert S(3.0, [1.0, 2.0]).nnz == 0
    assert S.values(3.0, np.ones((4, 2))).shape == (4, 0)


def test_array_result_is_refused(lib):
    with pytest.raises(NotDifferentiableError, match=r"returns y\(n\).*single number. Use zg.sparse_jacobian\(broyden"):
        zg.sparse_hessian(lib.broyden)
