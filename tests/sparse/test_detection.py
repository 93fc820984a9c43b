"""Patterns are found by what depends on what, at the points that are given, with few passes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

import zymogen as zg
from zymogen.errors import PatternError, WrongDerivativeError

pytestmark = pytest.mark.toolchain

indices = st.integers(1, 30).flatmap(
    lambda size: st.tuples(
        st.just(size), st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), max_size=80)
    )
)


def dense(matrix):
    return matrix.toarray().astype(bool)


@given(indices, st.integers(1, 30))
@settings(deadline=None)
def test_exactly_the_entries_of_a_random_kernel_are_found(lib, drawn, m):
    n, entries = drawn
    row, column = (np.array([entry[k] for entry in entries], np.int64) for k in (0, 1))
    row %= m
    detected = zg.sparse_jacobian(lib.scatter, at=[(np.zeros(n), row, column, np.zeros(len(row)), np.zeros(m))])
    expected = np.zeros((m, n), bool)
    expected[row, column] = True
    np.testing.assert_array_equal(dense(detected.pattern), expected)
    assert detected.detection.passes <= 2 * n + 2


@given(indices)
@settings(deadline=None)
def test_exactly_the_second_derivatives_of_a_random_kernel_are_found(lib, drawn):
    n, entries = drawn
    first, second = (np.array([entry[k] for entry in entries], np.int64) for k in (0, 1))
    detected = zg.sparse_hessian(lib.pairs, at=[(np.zeros(n), first, second, np.zeros(len(first)))])
    expected = np.zeros((n, n), bool)
    for a, b in ((first, first), (first, second), (second, first)):
        expected[a, b] = True
    np.testing.assert_array_equal(dense(detected.pattern), expected)


def test_entries_that_happen_to_be_zero_are_found(lib):
    J = zg.sparse_jacobian(lib.branches, at=[(np.array([2.0, 0.0]),)])
    np.testing.assert_array_equal(dense(J.pattern), [[1, 0], [1, 0], [1, 1], [0, 0]])


def test_only_branches_that_are_taken_are_seen_and_points_are_joined(lib):
    one = zg.sparse_jacobian(lib.branches, at=[np.array([1.0, 2.0])])
    assert dense(one.pattern)[0].tolist() == [False, True]
    two = zg.sparse_jacobian(lib.branches, at=[np.array([1.0, 2.0]), np.array([2.0, 1.0])])
    assert dense(two.pattern)[0].tolist() == [True, True]
    assert two.detection.points == 2
    assert "2 points" in str(two.detection)


def test_detection_is_strict_for_a_fast_kernel(fast):
    x = np.array([2.0, 0.0])
    np.testing.assert_array_equal(
        dense(zg.sparse_jacobian(fast.branches, at=[x]).pattern), [[1, 0], [1, 0], [1, 1], [0, 0]]
    )
    H = zg.sparse_hessian(fast.rosenbrock)
    assert H(np.ones(6)).nnz == 16
    assert "math" not in str(H)


def test_flags_that_forbid_nan_do_not_reach_detection():
    f = zg.compile(
        """
        #include <zymogen/kernel.hpp>
        void twice(std::span<const double> x, std::span<double> y) {
            for (std::size_t i = 0; i < x.size(); ++i) y[i] = 0 * x[i];
        }
        ZYMOGEN_KERNEL(twice, "x(n) -> y(n)");
        """,
        flags=["-ffinite-math-only"],
    ).twice
    np.testing.assert_array_equal(dense(zg.sparse_jacobian(f, at=[np.ones(3)]).pattern), np.eye(3))


def test_a_full_jacobian_takes_at_most_two_passes_for_each_column(lib):
    n = 150
    row, column = (index.ravel() for index in np.indices((n, n)))
    J = zg.sparse_jacobian(lib.scatter, at=[(np.ones(n), row, column, np.ones(n * n), np.zeros(n))])
    assert J.pattern.nnz == n * n
    assert J.detection.passes <= 2 * n


def test_a_band_takes_passes_in_proportion_to_the_logarithm(lib):
    passes = [zg.sparse_jacobian(lib.broyden, at=[np.ones(n)]).detection.passes for n in (4**3, 4**4, 4**5)]
    assert passes[2] - passes[1] == passes[1] - passes[0] < 16


def test_full_rows_are_probed_by_themselves(lib):
    n = 2000
    J = zg.sparse_jacobian(lib.with_a_sum, at=[np.ones(n)])
    assert J.pattern.nnz == 2 * (n - 1) - 1 + n
    assert J.detection.passes < 400


def test_full_rows_of_a_hessian_are_found_as_columns(lib):
    n = 2000
    H = zg.sparse_hessian(lib.arrow, at=[np.ones(n)])
    expected = csr_array(
        dense(H.pattern) ^ (np.eye(n, dtype=bool) | (np.arange(n) == 0) | (np.arange(n) == 0)[:, None])
    )
    assert expected.nnz == 0
    assert H.detection.passes < 400


def test_forward_mode_alone_finds_full_rows_too(lib):
    J = zg.sparse_jacobian(lib.with_a_sum, at=[np.ones(200)], mode="forward")
    assert J.pattern.nnz == 2 * 199 - 1 + 200
    assert J.coloring.mode == "forward"


def test_a_gradient_as_a_jacobian_of_one_row(lib):
    J = zg.sparse_jacobian(lib.norm, at=[np.ones(1000)])
    assert J.pattern.shape == (1, 1000)
    assert J.coloring.mode == "reverse"
    np.testing.assert_array_equal(J(np.arange(1000.0)).toarray(), [2 * np.arange(1000.0)])


@pytest.mark.parametrize(("kernel", "bad"), [("roots", np.nan), ("roots", -1.0), ("inverse", 0.0), ("inverse", np.nan)])
def test_a_point_where_nothing_can_be_concluded_is_refused(lib, kernel, bad):
    # A value may be NaN, or a derivative infinite: that times 0 is NaN, whatever it depends on.
    with pytest.raises(PatternError, match=r"row 2 is NaN whatever it depends on \(1 such rows\).*at=\[\(arguments\)"):
        zg.sparse_jacobian(lib[kernel])(np.array([1.0, 4.0, bad, 9.0]))


def test_square_root_of_zero_hides_what_it_depends_on(lib):
    # Enzyme takes its derivative there as 0, by a comparison; the documentation says so.
    S = zg.sparse_jacobian(lib.roots, at=[np.array([1.0, 0.0])], verify=True)
    assert dense(S.pattern).tolist() == [[True, False], [False, False]]
    with pytest.raises(WrongDerivativeError, match=r"row 1 .*lacks entries"):
        S(np.ones(2))


def test_row_of_a_matrix_is_named_by_its_indices(lib):
    u = np.ones((3, 4))
    u[1, 1] = np.nan
    with pytest.raises(PatternError, match="row 0, 1 is NaN"):
        zg.sparse_jacobian(lib.laplace)(u, 1.0)


def test_detection_leaves_floating_point_flags_alone(lib):
    with np.errstate(all="raise"):
        assert zg.sparse_jacobian(lib.broyden)(np.ones(5)).nnz == 13


def test_points_of_different_sizes_are_refused(lib):
    J = zg.sparse_jacobian(lib.broyden, at=[np.ones(3), np.ones(4)])
    with pytest.raises(PatternError, match=r"shapes \(3, 3\) and \(4, 4\)"):
        _ = J.pattern


def test_pattern_before_any_call_is_refused(lib):
    with pytest.raises(PatternError, match="detected at the first call, and there was none"):
        _ = zg.sparse_jacobian(lib.broyden).pattern
