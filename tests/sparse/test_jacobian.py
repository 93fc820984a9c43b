"""Sparse Jacobians against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

import zymogen as zg

pytestmark = pytest.mark.toolchain


def broyden(x):
    n = len(x)
    return np.diag((3 - 2 * x) - 2 * x) - np.eye(n, k=-1) - 2 * np.eye(n, k=1)


def test_tridiagonal_jacobian_is_exact(lib):
    x = np.arange(7.0) / 4
    J = zg.sparse_jacobian(lib.broyden)(x)
    assert isinstance(J, csr_array)
    assert J.has_canonical_format
    assert J.nnz == 19
    np.testing.assert_array_equal(J.toarray(), broyden(x))


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_both_modes_agree(lib, mode):
    x = np.linspace(-1, 1, 9)
    S = zg.sparse_jacobian(lib.broyden, mode=mode)
    np.testing.assert_array_equal(S(x).toarray(), broyden(x))
    assert S.coloring.mode == mode
    assert S.coloring.count == 3


def test_a_full_row_is_computed_in_reverse_mode(lib):
    x = np.linspace(0, 1, 40)
    S = zg.sparse_jacobian(lib.with_a_sum)
    expected = np.diag(np.exp(x)) + np.eye(40, k=-1)
    expected[-1] = 2 * x
    np.testing.assert_allclose(S(x).toarray(), expected, rtol=1e-15)
    assert (S.coloring.mode, S.coloring.count) == ("reverse", 3)


@given(st.integers(1, 25), st.integers(1, 25), st.integers(0, 60), st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_random_kernels_agree_with_dense_results(lib, m, n, count, seed):
    rng = np.random.default_rng(seed)
    row, column = rng.integers(m, size=count), rng.integers(n, size=count)
    weight, x, y0 = rng.normal(size=count), rng.normal(size=n), rng.normal(size=m)
    _, columns = zg.jvp(lib.scatter, "x")(x, row, column, weight, y0, np.eye(n))
    for mode in ("auto", "forward", "reverse"):
        J = zg.sparse_jacobian(lib.scatter, mode=mode, verify=True)(x, row, column, weight, y0)
        np.testing.assert_allclose(J.toarray(), columns.T, rtol=1e-13, atol=1e-15)


def test_matrices_are_numbered_row_by_row(lib):
    a, b = 4, 6
    u = np.random.default_rng(0).normal(size=(a, b))
    J = zg.sparse_jacobian(lib.laplace, "u")(u, 0.5)
    line = lambda n: 2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)  # noqa: E731
    expected = np.kron(line(a), np.eye(b)) + np.kron(np.eye(a), line(b)) + np.diag(u.ravel())
    np.testing.assert_allclose(J.toarray(), expected, rtol=1e-15, atol=1e-15)


def test_a_scalar_argument_makes_one_column(lib):
    u = np.arange(6.0).reshape(2, 3)
    J = zg.sparse_jacobian(lib.laplace, "strength")(u, 0.5)
    np.testing.assert_array_equal(J.toarray(), u.reshape(6, 1) ** 2)


def test_a_point_with_zeros_has_them_as_entries(lib):
    J = zg.sparse_jacobian(lib.laplace, "strength")(np.zeros((2, 2)), 1.0)
    assert J.nnz == 4
    assert (J.data == 0).all()


def test_an_integer_argument_is_passed_on(lib):
    J = zg.sparse_jacobian(lib.scatter, "weight")([1.0, 3.0], [0, 0], [0, 1], [1.0, 1.0], [0.0])
    np.testing.assert_array_equal(J.toarray(), [[1.0, 9.0]])


def test_jacobian_of_a_gradient_is_a_hessian(lib):
    x = np.linspace(-1, 1, 8)
    J = zg.sparse_jacobian(zg.grad(lib.rosenbrock))(x)
    np.testing.assert_allclose(J.toarray(), zg.sparse_hessian(lib.rosenbrock)(x).toarray(), rtol=1e-14)


def test_jacobian_of_a_partial_with_an_open_component(lib):
    x = np.linspace(-1, 1, 6)
    row = zg.sparse_jacobian(zg.partial(lib.rosenbrock, "x"))(x, 2)
    np.testing.assert_allclose(row.toarray()[0], zg.sparse_hessian(lib.rosenbrock)(x).toarray()[2], rtol=1e-14)


def test_one_of_several_results_is_named(lib):
    x = np.ones(3)
    np.testing.assert_array_equal(zg.sparse_jacobian(lib.both, output="z")(x).toarray(), 2 * np.eye(3))


def test_jacobian_of_a_dense_jacobian(lib):
    x = np.arange(3.0)
    J = zg.sparse_jacobian(zg.jacobian(lib.broyden))(x).toarray().reshape(3, 3, 3)
    expected = np.zeros((3, 3, 3))
    expected[range(3), range(3), range(3)] = -4
    np.testing.assert_array_equal(J, expected)


def test_single_precision_stays_single(lib):
    x = np.linspace(-1, 1, 8)
    S = zg.sparse_jacobian(lib.broyden)
    single = S(x.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single.toarray(), broyden(x), rtol=1e-6)
    assert S(x).dtype == np.float64


def test_lists_and_integers_are_cast(lib):
    np.testing.assert_array_equal(zg.sparse_jacobian(lib.broyden)([1, 2, 3]).toarray(), broyden(np.array([1, 2, 3])))


@pytest.mark.parametrize("layout", [slice(None, None, 2), slice(None, None, -1)])
def test_layout_of_arguments_does_not_matter(lib, layout):
    x = np.linspace(0, 1, 12)[layout]
    np.testing.assert_array_equal(zg.sparse_jacobian(lib.broyden)(x).toarray(), broyden(x))


@pytest.mark.parametrize("n", [0, 1, 2])
def test_small_sizes(lib, n):
    x = np.ones(n)
    J = zg.sparse_jacobian(lib.broyden, verify=True)(x)
    np.testing.assert_array_equal(J.toarray(), broyden(x))


def test_argument_that_does_not_matter_has_no_entries(lib):
    S = zg.sparse_jacobian(lib.branches, pattern=np.zeros((4, 2), bool))
    assert S(np.ones(2)).nnz == 0


def test_inputs_stay_as_they_are(lib):
    x = np.linspace(0, 1, 6)
    before = x.copy()
    zg.sparse_jacobian(lib.broyden, verify=True)(x)
    np.testing.assert_array_equal(x, before)
