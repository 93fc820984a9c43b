"""Colourings are valid, by brute force on random patterns, and read every entry off the right place."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_array, diags_array, eye_array, kron

from zymogen import _core
from zymogen.sparse.coloring import color_hessian, color_jacobian, sources
from zymogen.sparse.pattern import compressed, given_pattern

matrices = st.tuples(st.integers(0, 9), st.integers(0, 9)).flatmap(lambda shape: arrays(bool, shape))
symmetric = st.integers(0, 9).flatmap(lambda n: arrays(bool, (n, n))).map(lambda a: a | a.T)


def colored(color, pattern, order):
    start, index, width = compressed(given_pattern(pattern, "test", symmetric=False))
    return color(start, index, width, order)


def tridiagonal(n):
    return diags_array([np.ones(n - 1), np.ones(n), np.ones(n - 1)], offsets=[-1, 0, 1])


def one_row_full(n):
    full = np.eye(n, dtype=bool)
    full[n // 2] = True
    return full


@given(matrices, st.sampled_from(["natural", "largest first"]))
def test_no_two_columns_of_one_color_meet_in_a_row(pattern, order):
    colors = colored(_core.color_columns, pattern.T, order)
    for a, b in combinations(range(pattern.shape[1]), 2):
        assert colors[a] != colors[b] or not (pattern[:, a] & pattern[:, b]).any()
    assert set(colors) == set(range(max(colors, default=-1) + 1))


@given(symmetric, st.sampled_from(["natural", "largest first", "smallest last"]))
def test_no_path_of_four_vertices_has_two_colors_only(pattern, order):
    colors = colored(_core.color_star, pattern, order)
    near = [set(np.flatnonzero(row)) - {i} for i, row in enumerate(pattern)]
    for b in range(len(pattern)):
        for c in near[b]:
            assert colors[b] != colors[c]
            for a in near[b] - {c}:
                for d in near[c] - {a, b}:
                    assert len({colors[a], colors[b], colors[c], colors[d]}) > 2


@given(matrices, st.sampled_from(["forward", "reverse", "auto"]))
def test_jacobian_is_read_off_its_products(pattern, mode):
    entries = given_pattern(pattern, "test", symmetric=False)
    coloring = color_jacobian(entries, mode)
    assert mode in ("auto", coloring.mode)
    matrix = csr_array((np.arange(1.0, entries.nnz + 1), entries.indices, entries.indptr), shape=entries.shape)
    seeds = np.eye(coloring.count)[coloring.colors].T
    products = seeds @ matrix.toarray() if coloring.mode == "reverse" else seeds @ matrix.toarray().T
    np.testing.assert_array_equal(products.ravel()[sources(entries, coloring)], matrix.data)


@given(symmetric)
def test_hessian_is_read_off_its_products(pattern):
    entries = given_pattern(pattern, "test", symmetric=True)
    coloring = color_hessian(entries)
    n = len(pattern)
    full = np.arange(n * n).reshape(n, n) * 1.0
    matrix = csr_array(np.where(pattern, full + full.T + 1, 0))
    products = np.eye(coloring.count)[coloring.colors].T @ matrix.toarray()
    places = sources(entries, coloring)
    np.testing.assert_array_equal(products.ravel()[places], matrix.data)
    # Mirrored entries are one number, so that a Hessian is symmetric to the last bit.
    mirrored = csr_array((places.astype(float), entries.indices, entries.indptr), shape=entries.shape).toarray()
    np.testing.assert_array_equal(mirrored, mirrored.T)


@pytest.mark.parametrize("bandwidth", [0, 1, 2, 5])
def test_a_band_needs_no_more_colors_than_a_row_has_entries(bandwidth):
    band = np.abs(np.subtract.outer(np.arange(40), np.arange(40))) <= bandwidth
    entries = given_pattern(band, "test", symmetric=True)
    assert color_jacobian(entries, "auto").count == 2 * bandwidth + 1
    assert color_hessian(entries).count == 2 * bandwidth + 1


def test_a_full_row_makes_rows_cheaper():
    entries = given_pattern(one_row_full(50), "test", symmetric=False)
    coloring = color_jacobian(entries, "auto")
    assert (coloring.mode, coloring.count) == ("reverse", 2)
    assert color_jacobian(entries, "forward").count == 50


def test_rows_are_not_chosen_for_a_small_gain():
    pattern = np.array([[1, 1, 0], [0, 0, 1]], bool)
    assert color_jacobian(given_pattern(pattern, "test", symmetric=False), "auto").mode == "forward"


def test_an_arrow_needs_two_colors_if_symmetry_is_used():
    arrow = one_row_full(50) | one_row_full(50).T
    assert color_hessian(given_pattern(arrow, "test", symmetric=True)).count == 2


def test_a_grid_of_five_points_needs_five_colors():
    line, one = tridiagonal(30), eye_array(30)
    grid = kron(line, one) + kron(one, line)
    assert color_hessian(given_pattern(grid, "test", symmetric=True)).count == 5


def test_a_full_pattern_needs_as_many_colors_as_columns():
    entries = given_pattern(np.ones((130, 130), bool), "test", symmetric=True)
    assert color_jacobian(entries, "auto").count == 130
    assert color_hessian(entries).count == 130


def test_long_rows_are_colored_like_short_ones():
    # Rows beyond a certain length are kept as sets of colours; these straddle it.
    rng = np.random.default_rng(0)
    pattern = rng.random((60, 700)) < np.linspace(0.001, 0.9, 60)[:, np.newaxis]
    colors = colored(_core.color_columns, pattern.T, "largest first")
    for row in pattern:
        assert len(np.unique(colors[row])) == row.sum()


@pytest.mark.parametrize(
    ("start", "index"),
    [([0, 2], [0]), ([1, 1], []), ([0, 1], [5]), ([0, 1], [-1]), ([0, 2, 1, 3], [0, 1, 2]), ([], [])],
)
def test_compiled_code_refuses_what_is_no_pattern(start, index):
    arrays = np.array(start, np.int64), np.array(index, np.int32)
    for color in (_core.color_columns, _core.color_star):
        with pytest.raises(ValueError, match="no compressed pattern"):
            color(*arrays, 3, "natural")


def test_an_unknown_order_is_refused():
    with pytest.raises(ValueError, match='there is no order "random"'):
        colored(_core.color_star, np.eye(2, dtype=bool), "random")
    with pytest.raises(ValueError, match='use the order "natural" or "largest first"'):
        colored(_core.color_columns, np.eye(2, dtype=bool), "smallest last")


def test_a_star_colouring_is_for_symmetric_patterns():
    for pattern in (
        np.ones((2, 3), bool),
        np.triu(np.ones((3, 3), bool)),
        np.tril(np.ones((3, 3), bool)),
        np.eye(3, k=1, dtype=bool),
        np.eye(3, k=-1, dtype=bool),
    ):
        with pytest.raises(ValueError, match="a symmetric pattern"):
            colored(_core.color_star, pattern, "natural")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_gather_picks_from_each_row(dtype, index):
    source = np.arange(12, dtype=dtype).reshape(3, 4)
    result = np.empty((3, 5), dtype)
    _core.gather(source, np.array([3, 0, 0, 1, 2], index), result)
    np.testing.assert_array_equal(result, source[:, [3, 0, 0, 1, 2]])


def test_gather_refuses_arrays_that_do_not_fit():
    source = np.zeros((2, 4))
    for result in (np.zeros((3, 2)), np.zeros((2, 3)), np.zeros((2, 4))[:, ::2], np.zeros((2, 2), np.float32)):
        with pytest.raises(ValueError, match="gather: two dense arrays"):
            _core.gather(source, np.zeros(2, np.int32), result)
