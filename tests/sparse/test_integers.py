"""Integer arguments decide what depends on what: a detected pattern is that of all which it has met."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import zymogen as zg
from zymogen.errors import ArgumentError, ComponentError, InputTypeError, PatternError
from zymogen.sparse.call import Call

pytestmark = pytest.mark.toolchain

X = np.array([1.0, 2.0, 3.0, 4.0])
ONES, ZEROS = np.ones(4), np.zeros(4)
ROWS = np.arange(4)


def scattered(column):
    """The Jacobian of `scatter` at X, with weights of one and one entry in each row."""
    expected = np.zeros((4, 4))
    expected[ROWS, column] = 2 * X[column]
    return expected


def test_the_component_of_an_open_partial_may_change(lib):
    x = np.linspace(-1, 1, 8)
    hessian = zg.sparse_hessian(lib.rosenbrock)(x).toarray()
    S = zg.sparse_jacobian(zg.partial(lib.rosenbrock, "x"), "x")
    for component in (2, 5, 2, 0, 7):
        np.testing.assert_allclose(S(x, component).toarray()[0], hessian[component], rtol=1e-14)
    assert S.detection.points == 4


def test_an_index_array_may_change(lib):
    S = zg.sparse_jacobian(lib.scatter)
    first = S(X, ROWS, ROWS, ONES, ZEROS)
    assert first.nnz == 4
    column = np.array([2, 0, 1, 3])
    second = S(X, ROWS, column, ONES, ZEROS)
    np.testing.assert_array_equal(second.toarray(), scattered(column))
    np.testing.assert_array_equal(first.toarray(), scattered(ROWS))
    assert S.pattern.nnz == second.nnz == 7
    np.testing.assert_array_equal(S(X, ROWS, ROWS, ONES, ZEROS).toarray(), scattered(ROWS))
    assert S.detection.points == 2


def test_an_index_array_may_be_changed_in_place(lib):
    S = zg.sparse_jacobian(lib.scatter)
    column = ROWS.copy()
    S(X, ROWS, column, ONES, ZEROS)
    column[:] = [2, 0, 1, 3]
    np.testing.assert_array_equal(S(X, ROWS, column, ONES, ZEROS).toarray(), scattered(column))


def test_a_flag_may_change(lib):
    S = zg.sparse_jacobian(lib.own_or_last)
    np.testing.assert_array_equal(S(X, False).toarray(), np.diag(2 * X))
    last = np.zeros((4, 4))
    last[:, -1] = 8
    np.testing.assert_array_equal(S(X, True).toarray(), last)
    assert S.pattern.nnz == 7


def test_the_size_of_another_argument_may_change(lib):
    S = zg.sparse_jacobian(lib.convolve)
    S(X, [2.0])
    np.testing.assert_array_equal(S(X, [2.0, 3.0]).toarray(), 2 * np.eye(4) + 3 * np.eye(4, k=1))
    np.testing.assert_array_equal(S(X, [2.0]).toarray(), 2 * np.eye(4))
    assert S.pattern.nnz == 7


def test_a_matrix_argument_may_have_another_shape_of_the_same_size(lib):
    S = zg.sparse_jacobian(lib.laplace, "u")
    for shape in ((2, 6), (3, 4), (12, 1)):
        u = np.ones(shape)
        np.testing.assert_array_equal(S(u, 0.5).toarray(), zg.sparse_jacobian(lib.laplace, "u")(u, 0.5).toarray())


def test_all_rows_of_a_batch_count(lib):
    x = np.linspace(-1, 1, 8)
    hessian = zg.sparse_hessian(lib.rosenbrock)(x).toarray()
    S = zg.sparse_jacobian(zg.partial(lib.rosenbrock, "x"), "x")
    components = np.array([[2, 3], [5, 6], [2, 3]])  # 6 rows, of which 4 differ
    values = S.values(x, components)
    assert S.detection.points == 4
    assert values.shape == (3, 2, S.pattern.nnz)
    for row, component in np.ndenumerate(components):
        dense = np.zeros(8)
        dense[S.pattern.indices] = values[row]
        np.testing.assert_allclose(dense, hessian[component], rtol=1e-14)


def test_rows_of_a_batch_are_combinations_of_what_broadcasts(lib):
    row, column = np.array([ROWS, ROWS[::-1]]), np.array([[ROWS], [np.roll(ROWS, 1)]])
    S = zg.sparse_jacobian(lib.scatter)
    values = S.values(X, row, column, ONES, ZEROS)
    assert (values.shape, S.detection.points) == ((2, 2, S.pattern.nnz), 4)
    for i, j in np.ndindex(2, 2):
        again = S(X, row[j], column[i, 0], ONES, ZEROS)
        np.testing.assert_array_equal(values[i, j], again.data)
        expected = np.zeros((4, 4))
        expected[row[j], column[i, 0]] = 2 * X[column[i, 0]]
        np.testing.assert_array_equal(again.toarray(), expected)


def test_a_hessian_of_pairs_follows_its_pairs(lib):
    S = zg.sparse_hessian(lib.pairs)
    assert S(X, [0], [1], [1.0]).nnz == 3
    H = S(X, [2], [3], [1.0])
    assert S.pattern.nnz == 6
    np.testing.assert_array_equal(H.toarray()[2:, 2:], [[8.0, 6.0], [6.0, 0.0]])
    assert (H.toarray()[:2] == 0).all()


def test_out_with_the_pattern_of_before_is_refused(lib):
    S = zg.sparse_jacobian(lib.scatter)
    J = S(X, ROWS, ROWS, ONES, ZEROS)
    S(X, ROWS, [2, 0, 1, 3], ONES, ZEROS)
    with pytest.raises(PatternError, match=r"another pattern of 4 entries. .* 7 entries.*has grown"):
        S(X, ROWS, ROWS, ONES, ZEROS, out=J)
    with pytest.raises(ArgumentError, match=r"out has shape \(4,\).*Expected are \(7,\)"):
        S.values(X, ROWS, ROWS, ONES, ZEROS, out=np.empty(4))


def test_out_is_kept_where_nothing_is_new(lib):
    S = zg.sparse_jacobian(lib.scatter)
    column = np.array([3, 3, 0, 0])
    S(X, ROWS, ROWS, ONES, ZEROS)
    J = S(X, ROWS, column, ONES, ZEROS)
    # Another order of the same entries: detected, and no larger.
    assert S(X, ROWS[::-1].copy(), column[::-1].copy(), ONES, ZEROS, out=J) is J
    assert S.detection.points == 3
    np.testing.assert_array_equal(J.toarray(), scattered(column))


def test_numbers_alone_do_not_detect_again(lib):
    S = zg.sparse_jacobian(lib.branches)
    S(np.array([1.0, 2.0]))
    S(np.array([2.0, 1.0]))
    assert S.detection.points == 1


def test_integers_of_another_type_are_the_same(lib):
    S = zg.sparse_jacobian(lib.scatter)
    for column in (ROWS, ROWS.astype(np.int32), ROWS.tolist(), ROWS[::-1][::-1]):
        S(X, ROWS, column, ONES, ZEROS)
    assert S.detection.points == 1


def test_a_pattern_that_was_given_stays(lib):
    given = zg.sparse_jacobian(lib.scatter, pattern=np.eye(4, dtype=bool))
    sampled = zg.sparse_jacobian(lib.scatter, at=[(X, ROWS, ROWS, ONES, ZEROS)])
    for S in (given, sampled):
        assert S(X, ROWS, ROWS[::-1], ONES, ZEROS).nnz == 4


def test_a_pickle_knows_what_was_met(lib):
    S = zg.sparse_jacobian(lib.scatter)
    S(X, ROWS, ROWS, ONES, ZEROS)
    travelled = pickle.loads(pickle.dumps(S))
    travelled(X, ROWS, ROWS, ONES, ZEROS)
    assert travelled.detection.points == 1
    column = np.array([2, 0, 1, 3])
    np.testing.assert_array_equal(travelled(X, ROWS, column, ONES, ZEROS).toarray(), scattered(column))


def test_threads_with_different_integers(lib):
    x = np.linspace(-1, 1, 24)
    hessian = zg.sparse_hessian(lib.rosenbrock)(x).toarray()
    S = zg.sparse_jacobian(zg.partial(lib.rosenbrock, "x"), "x")
    components = [*range(24), *range(23, -1, -1)] * 4
    with ThreadPoolExecutor(8) as pool:
        rows = list(pool.map(lambda component: S(x, component).toarray()[0], components))
    np.testing.assert_allclose(rows, hessian[components], rtol=1e-14)


def test_no_call_is_let_through_before_its_entries_are_in_the_plan(lib, monkeypatch):
    S = zg.sparse_jacobian(lib.scatter)
    S(X, ROWS, ROWS, ONES, ZEROS)
    args = (X, ROWS, np.array([2, 0, 1, 3]), ONES, ZEROS)
    call, planned, seen = Call.read(lib.scatter, args, ""), S._planned, []

    def slow(*made):
        seen.append(S._search.is_done_for(call))
        return planned(*made)

    monkeypatch.setattr(S, "_planned", slow)
    S(*args)
    assert seen == [False]
    assert S._search.is_done_for(call)


def test_refused_integers_are_not_met(lib):
    S = zg.sparse_jacobian(lib.scatter)
    S(X, ROWS, ROWS, ONES, ZEROS)
    column = np.array([2, 0, 1, 3])
    with pytest.raises(TypeError, match="column"):
        S(X, ROWS, column * 1.0, ONES, ZEROS)
    np.testing.assert_array_equal(S(X, ROWS, column, ONES, ZEROS).toarray(), scattered(column))
    with pytest.raises(zg.ZymogenError, match="column"):
        S.values(X, ROWS, column[:3], ONES, ZEROS)


def test_truth_values_are_no_components(lib):
    x = np.linspace(-1, 1, 8)
    for options in ({}, {"at": [(x, 2)]}, {"pattern": np.ones((1, 8), bool)}):
        S = zg.sparse_jacobian(zg.partial(lib.rosenbrock, "x"), "x", **options)
        with pytest.raises(ComponentError, match="truth values"):
            S(x, True)
        with pytest.raises(ComponentError, match="truth values"):
            S.values(x, np.array([True, False]))


def test_integers_that_the_kernel_refuses_are_refused_as_ever(lib):
    S = zg.sparse_jacobian(lib.scatter)
    S(X, ROWS, ROWS, ONES, ZEROS)
    with pytest.raises(TypeError, match="column"):
        S(X, ROWS, ROWS + 0.5, ONES, ZEROS)
    with pytest.raises(ArgumentError, match="no rows"):
        zg.sparse_jacobian(lib.scatter).values(np.ones((0, 4)), ROWS, ROWS, ONES, ZEROS)
    assert S.values(np.ones((0, 4)), ROWS, ROWS[::-1], ONES, ZEROS).shape[0] == 0


# Integers of other types than the kernel's


@pytest.fixture(scope="module")
def narrow():
    return zg.compile(r"""
#include <cstdint>
#include <span>
#include <zymogen/kernel.hpp>

// y_i is the product of two neighbours
void picked(std::span<const double> x, std::span<const std::int32_t> from, std::span<double> y) {
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = x[from[i]] * x[(from[i] + 1) % x.size()];
}
ZYMOGEN_KERNEL(picked, "x(n), from(m) -> y(m)");

double chain(std::span<const double> x, std::span<const std::int32_t> from) {
    double s = 0;
    for (std::int32_t i : from) s += x[i] * x[i] * x[(i + 1) % x.size()];
    return s;
}
ZYMOGEN_KERNEL(chain, "x(n), from(m) -> ()");
""")


FROM = np.array([3, 0, 2, 2])
KINDS = [np.int32, np.int64, np.uint8, np.uint32, np.ndarray.tolist]


def as_kind(kind):
    return FROM.astype(kind) if isinstance(kind, type) else kind(FROM)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_integers_of_another_type_are_converted(narrow, kind, mode):
    given = as_kind(kind)
    expected = zg.jacobian(narrow.picked)(X, FROM)
    known = zg.sparse_jacobian(narrow.picked, pattern=expected != 0, mode=mode)
    for S in (zg.sparse_jacobian(narrow.picked, mode=mode, verify=True), known):
        np.testing.assert_array_equal(S.build(X, given)(X, given).toarray(), expected)
        np.testing.assert_array_equal(S.values(np.stack([X, X]), given)[1], S(X, given).data)
    listed = zg.sparse_jacobian(narrow.picked, at=[(X, given)], mode=mode)
    np.testing.assert_array_equal(listed(X, given).toarray(), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_integers_of_another_type_are_converted_for_a_hessian(narrow, kind):
    given = as_kind(kind)
    np.testing.assert_array_equal(
        zg.sparse_hessian(narrow.chain)(X, given).toarray(), zg.hessian(narrow.chain)(X, FROM)
    )


def test_integers_are_the_same_ones_in_another_type(narrow):
    S = zg.sparse_jacobian(narrow.picked)
    S(X, FROM.astype(np.int32))
    S(X, FROM)
    assert S.detection.points == 1


def test_a_number_may_be_a_flag(lib):
    S = zg.sparse_jacobian(lib.own_or_last)
    np.testing.assert_array_equal(S(X, 0).toarray(), np.diag(2 * X))
    with pytest.raises(InputTypeError, match="last has values from 2 to 2, and the kernel takes bool"):
        S(X, 2)


def test_integers_that_do_not_fit_are_refused(narrow):
    S = zg.sparse_jacobian(narrow.picked)
    with pytest.raises(InputTypeError, match=r"sparse_jacobian\(picked, 0\): from has values from 0 to 1099511627776"):
        S(X, [0, 2**40])
    with pytest.raises(InputTypeError, match="from has elements of type float64, and the kernel takes integers"):
        S(X, [0.0, 1.0])
