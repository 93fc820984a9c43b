"""Refilling, batches, given patterns, threads, pickles, and what is said about mistakes."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.sparse import coo_array, csc_array, csr_array, csr_matrix

import zymogen as zg
from zymogen.errors import ArgumentError, NotDifferentiableError, PatternError, WrongDerivativeError, ZymogenError
from zymogen.sparse import memory

pytestmark = pytest.mark.toolchain


def broyden(x):
    n = len(x)
    return np.diag((3 - 2 * x) - 2 * x) - np.eye(n, k=-1) - 2 * np.eye(n, k=1)


def random_points(*shape):
    return np.random.default_rng(0).normal(size=shape)


# Refilling


def test_each_call_gives_an_array_of_its_own(lib):
    S = zg.sparse_jacobian(lib.broyden)
    first, second = S(np.zeros(5)), S(np.ones(5))
    first.indices[:] = 0
    first.data[:] = 0
    np.testing.assert_array_equal(second.toarray(), broyden(np.ones(5)))
    np.testing.assert_array_equal(S(np.ones(5)).toarray(), broyden(np.ones(5)))


def test_out_is_refilled(lib):
    S = zg.sparse_jacobian(lib.broyden)
    J = S(np.zeros(5))
    data = J.data
    assert S(np.ones(5), out=J) is J
    assert J.data is data
    np.testing.assert_array_equal(J.toarray(), broyden(np.ones(5)))


def test_refilling_allocates_nothing_of_the_size_of_the_problem(lib):
    S = zg.sparse_jacobian(lib.broyden)
    x = random_points(20_000)
    J = S(x)
    tracemalloc.start()
    try:
        S(x, out=J)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10_000


def test_copies_and_arrays_of_ones_own_are_refilled(lib):
    S = zg.sparse_jacobian(lib.broyden)
    own = csr_array(broyden(np.ones(5)))
    for out in (S(np.zeros(5)).copy(), own):
        np.testing.assert_array_equal(S(np.ones(5), out=out).toarray(), broyden(np.ones(5)))


def test_out_whose_zeros_were_eliminated_is_refused(lib):
    S = zg.sparse_jacobian(lib.broyden)
    J = S(np.full(5, 0.75))
    assert (J.diagonal() == 0).all()
    J.eliminate_zeros()
    with pytest.raises(PatternError, match=r"out is an array of shape \(5, 5\) with another pattern of 8 entries"):
        S(np.ones(5), out=J)


def test_out_with_other_indices_is_refused(lib):
    S = zg.sparse_jacobian(lib.broyden)
    J = S(np.ones(3))
    J.indices = J.indices[::-1].copy()
    with pytest.raises(PatternError, match="another pattern"):
        S(np.ones(3), out=J)


def test_out_of_another_kind_is_refused(lib):
    S = zg.sparse_jacobian(lib.broyden)
    J = S(np.ones(3))
    with pytest.raises(PatternError, match="out is a ndarray"):
        S(np.ones(3), out=J.toarray())
    with pytest.raises(PatternError, match="out is a csc_array"):
        S(np.ones(3), out=csc_array(J))
    with pytest.raises(PatternError, match=r"an array of float32. Expected is a csr_array of float64"):
        S(np.ones(3), out=J.astype(np.float32))
    J.data.flags.writeable = False
    with pytest.raises(ArgumentError, match=r"the data of out are read-only. Give a copy of it: out.copy\(\)"):
        S(np.ones(3), out=J)


# Batches


@pytest.mark.parametrize("batch", [(4,), (2, 3), (1,), (0,), (3, 1, 2)])
def test_batches_give_values_with_one_pattern(lib, batch):
    x = random_points(*batch, 6)
    S = zg.sparse_jacobian(lib.broyden, pattern=broyden(np.ones(6)) != 0)
    values = S.values(x)
    assert values.shape == (*batch, 16)
    for row, point in zip(values.reshape(-1, 16), x.reshape(-1, 6), strict=True):
        np.testing.assert_array_equal(row, S(point).data)


def test_values_of_one_point(lib):
    x = random_points(6)
    S = zg.sparse_jacobian(lib.broyden)
    np.testing.assert_array_equal(S.values(x), S(x).data)


def test_arguments_broadcast(lib):
    u, strength = random_points(2, 1, 3, 4), random_points(5)
    S = zg.sparse_jacobian(lib.laplace, "u", at=[(u[0, 0], 1.0)])
    values = S.values(u, strength)
    assert values.shape == (2, 5, S.pattern.nnz)
    np.testing.assert_array_equal(values[1, 3], S(u[1, 0], strength[3]).data)


@pytest.mark.parametrize("limit", [1, 500, 2000])
@pytest.mark.parametrize("operator", [zg.sparse_jacobian, zg.sparse_hessian])
def test_results_do_not_depend_on_the_memory_that_is_allowed(lib, monkeypatch, limit, operator):
    f = lib.broyden if operator is zg.sparse_jacobian else lib.rosenbrock
    x = random_points(3, 2, 7)
    expected = operator(f).values(x)
    for module in (memory, zg.sparse.compression):
        monkeypatch.setattr(module, "LIMIT", limit)
    S = operator(f)
    np.testing.assert_array_equal(S.values(x), expected)
    out = np.empty((2, 3, expected.shape[-1])).swapaxes(0, 1)  # not contiguous
    assert S.values(x, out=out) is out
    np.testing.assert_array_equal(out, expected)
    np.testing.assert_array_equal(S(x[1, 1]).data, expected[1, 1])


def test_values_go_to_out_of_another_precision(lib):
    x = random_points(2, 5)
    S = zg.sparse_jacobian(lib.broyden)
    out = np.empty((2, 13), np.float32)
    np.testing.assert_allclose(S.values(x, out=out), S.values(x), rtol=1e-6)


def test_out_of_values_is_checked(lib):
    S = zg.sparse_jacobian(lib.broyden)
    with pytest.raises(
        ArgumentError, match=r"out has shape \(3, 13\) and element type float64. Expected are \(2, 13\)"
    ):
        S.values(np.ones((2, 5)), out=np.empty((3, 13)))
    with pytest.raises(ArgumentError, match="element type int64"):
        S.values(np.ones((2, 5)), out=np.empty((2, 13), np.int64))


def test_one_matrix_of_a_batch_is_refused(lib):
    S = zg.sparse_jacobian(lib.broyden)
    with pytest.raises(ArgumentError, match=r"batch of shape \(4,\), and one matrix has one point. Use .values"):
        S(np.ones((4, 5)))


def test_the_first_row_of_a_batch_is_where_the_pattern_is_detected(lib):
    S = zg.sparse_jacobian(lib.branches)
    S.values(np.array([[1.0, 2.0], [2.0, 1.0]]))
    assert S.pattern.toarray()[0].tolist() == [False, True]
    with pytest.raises(ArgumentError, match="the batch has no rows"):
        zg.sparse_jacobian(lib.branches).values(np.ones((0, 2)))


# Patterns that are given


@pytest.mark.parametrize("kind", [np.asarray, csr_array, csc_array, coo_array, csr_matrix])
def test_patterns_of_any_kind(lib, kind):
    x = random_points(6)
    pattern = kind(broyden(np.ones(6)) != 0)
    S = zg.sparse_jacobian(lib.broyden, pattern=pattern)
    np.testing.assert_array_equal(S(x).toarray(), broyden(x))
    assert S.detection is None
    assert S.pattern.dtype == bool


def test_stored_zeros_of_a_pattern_count_and_repeated_entries_count_once(lib):
    pattern = coo_array(([0, 0, 0.0], ([0, 0, 1], [1, 1, 0])), shape=(2, 2))
    S = zg.sparse_jacobian(lib.broyden, pattern=pattern)
    assert S.pattern.nnz == 2


def test_entries_in_excess_are_zero(lib):
    x = random_points(6)
    J = zg.sparse_jacobian(lib.broyden, pattern=np.ones((6, 6), bool), verify=True)(x)
    assert J.nnz == 36
    np.testing.assert_array_equal(J.toarray(), broyden(x))
    H = zg.sparse_hessian(lib.rosenbrock, pattern=np.ones((6, 6), bool), verify=True)(x)
    np.testing.assert_array_equal(H.toarray(), zg.sparse_hessian(lib.rosenbrock)(x).toarray())


def test_pattern_is_read_only(lib):
    pattern = zg.sparse_jacobian(lib.broyden, at=[np.ones(3)]).pattern
    with pytest.raises(ValueError, match="read-only"):
        pattern.indices[0] = 2


def test_pattern_of_another_shape_is_refused(lib):
    S = zg.sparse_jacobian(lib.broyden, pattern=np.eye(4, dtype=bool))
    with pytest.raises(PatternError, match=r"matrix of shape \(5, 5\), and the pattern is of shape \(4, 4\)"):
        S(np.ones(5))


@pytest.mark.parametrize("pattern", [np.ones(3, bool), np.ones((2, 2, 2), bool), True])
def test_pattern_that_is_no_matrix_is_refused(lib, pattern):
    with pytest.raises(PatternError, match="Expected is a matrix"):
        zg.sparse_jacobian(lib.broyden, pattern=pattern)


@pytest.mark.parametrize("kind", [float, int, "f4", object])
def test_dense_pattern_of_numbers_is_refused(lib, kind):
    J = zg.jacobian(lib.inverse)(np.ones(3)).astype(kind)
    message = (
        r"pattern is a dense array of \w+\. Expected is a dense array of booleans, or a scipy.sparse array, .*J != 0"
    )
    with pytest.raises(PatternError, match=message):
        zg.sparse_jacobian(lib.inverse, pattern=J)
    with pytest.raises(PatternError, match=message):
        zg.sparse_jacobian(lib.inverse, pattern=J.tolist())


def test_a_list_of_booleans_is_a_pattern(lib):
    S = zg.sparse_jacobian(lib.inverse, pattern=np.eye(3, dtype=bool).tolist())
    np.testing.assert_array_equal(S(np.ones(3)).toarray(), -np.eye(3))


@pytest.mark.parametrize("pattern", [np.triu(np.ones((3, 3), bool)), np.ones((2, 3), bool)])
def test_hessian_pattern_that_is_not_symmetric_is_refused(lib, pattern):
    with pytest.raises(PatternError, match=r"not symmetric, as a Hessian is. Use pattern \+ pattern.T"):
        zg.sparse_hessian(lib.rosenbrock, pattern=pattern)


# Verification


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_missing_entries_are_noticed(lib, mode):
    S = zg.sparse_jacobian(lib.broyden, pattern=np.eye(6, dtype=bool), mode=mode, verify=True)
    with pytest.raises(WrongDerivativeError, match=r"in row [0-9] the matrix times a random vector is .*lacks entries"):
        S(np.ones(6))
    with pytest.raises(WrongDerivativeError, match="lacks entries"):
        S.values(np.ones((2, 6)))


def test_a_missing_second_derivative_is_noticed(lib):
    with pytest.raises(WrongDerivativeError, match="lacks entries"):
        zg.sparse_hessian(lib.rosenbrock, pattern=np.eye(6, dtype=bool), verify=True)(np.ones(6))


def test_another_branch_is_noticed(lib):
    S = zg.sparse_jacobian(lib.branches, at=[np.array([1.0, 2.0])], verify=True)
    S(np.array([3.0, 4.0]))
    with pytest.raises(WrongDerivativeError, match=r"row 0 .*takes other branches.*more points with at="):
        S(np.array([2.0, 1.0]))


def test_verification_passes_over_infinite_rows(lib):
    S = zg.sparse_jacobian(lib.inverse, at=[np.ones(3)], verify=True)
    with np.errstate(divide="ignore"):
        J = S(np.array([1.0, 0.0, 4.0]))
    assert J.diagonal().tolist() == [-1, -np.inf, -1 / 16]


def test_entries_of_very_different_size_raise_no_false_alarm(lib):
    n = 50
    x = np.logspace(-150, 150, n)
    index = np.arange(n)
    S = zg.sparse_jacobian(lib.scatter, verify=True)
    S(x, np.zeros(n, int), index, np.ones(n), [0.0])


def test_verification_takes_the_precision_that_entries_were_computed_in(lib):
    S = zg.sparse_jacobian(lib.broyden, verify=True)
    x = random_points(40)
    count = S(x).nnz
    single = S.values(x.astype(np.float32))
    np.testing.assert_array_equal(S.values(x.astype(np.float32), out=np.empty(count)), single)
    for dtype in (np.float16, np.float32):  # entries are rounded to it
        np.testing.assert_array_equal(S.values(x, out=np.empty(count, dtype)), S(x).data.astype(dtype))
    missing = zg.sparse_jacobian(lib.broyden, pattern=np.eye(40, dtype=bool), verify=True)
    with pytest.raises(WrongDerivativeError, match="lacks entries"):
        missing.values(x.astype(np.float32), out=np.empty(40))


@pytest.mark.parametrize("pattern", [broyden(np.ones(6)) != 0, np.zeros((6, 6), bool)])
def test_a_batch_without_rows_is_verified(lib, pattern):
    S = zg.sparse_jacobian(lib.broyden, pattern=pattern, verify=True)
    assert S.values(np.empty((0, 6))).shape == (0, pattern.sum())


# Made beforehand

OFFLINE = """
import sys, numpy as np, zymogen as zg
x = np.linspace(0, 1, 6)
f = zg.compile(sys.argv[1]).chain
S = zg.sparse_hessian(f, verify=True)
J = zg.sparse_jacobian(zg.grad(f), pattern=abs(np.subtract.outer(range(6), range(6))) <= 1, verify=True)
if sys.argv[2] == "build":
    S.build(x), J.build()
else:
    print((S(x) - J(x)).nnz, S.values(x).sum() == J.values(x).sum())
"""
CHAIN = """
#include <zymogen/kernel.hpp>
double chain(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i + 1 < x.size(); ++i) s += x[i] * x[i] * x[i + 1];
    return s;
}
ZYMOGEN_KERNEL(chain, "x(n) -> ()");
"""


def run(task, **environment):
    command = [sys.executable, "-c", OFFLINE, CHAIN, task]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=300, check=False, env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_was_built_is_called_without_a_toolchain(tmp_path):
    run("build")
    assert run("call", ZYMOGEN_TOOLCHAIN_DIR=str(tmp_path)).split() == ["0", "True"]


def test_build_makes_what_a_call_needs(lib):
    x = random_points(5)
    for operator, kernel in ((zg.sparse_jacobian, lib.broyden), (zg.sparse_hessian, lib.rosenbrock)):
        S = operator(kernel, verify=True)
        assert S.build(x) is S
        assert S.detection.points == 1
        assert S.derivative.finished is not None
        np.testing.assert_array_equal(operator(kernel, pattern=S.pattern).build()(x).data, S(x).data)
        assert operator(kernel, at=[x]).build().detection.points == 1
    with pytest.raises(PatternError, match=r"there was none. Call it, or give sample points"):
        zg.sparse_jacobian(lib.broyden).build()
    with pytest.raises(ArgumentError, match=r"build: 2 arguments were given. Expected is 1: x"):
        zg.sparse_jacobian(lib.broyden).build(x, x)


# Threads, pickles, and words


def test_threads_call_at_the_same_time(lib):
    S = zg.sparse_jacobian(lib.broyden)
    points = random_points(40, 300)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(S, points))
    for x, J in zip(points, results, strict=True):
        np.testing.assert_array_equal(J.toarray(), broyden(x))


def test_pickle_keeps_the_pattern(lib):
    S = zg.sparse_jacobian(lib.broyden)
    x = random_points(5)
    J = S(x)
    travelled = pickle.loads(pickle.dumps(S))
    assert travelled.detection == S.detection
    np.testing.assert_array_equal(travelled(x).toarray(), J.toarray())
    given = zg.sparse_jacobian(lib.broyden, pattern=S.pattern)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(given))(x).toarray(), J.toarray())
    H = pickle.loads(pickle.dumps(zg.sparse_hessian(lib.rosenbrock)))
    assert H(x).nnz == 13


def test_plan_is_shown(lib):
    S = zg.sparse_jacobian(lib.broyden)
    assert repr(S) == "<sparse_jacobian(broyden, 0): the pattern is not detected yet>"
    assert "not detected yet" in str(S.explain())
    S(np.ones(5))
    assert str(S) == "sparse_jacobian(broyden, 0): 5 x 5, 13 entries, 3 colours"
    page = str(S.explain())
    passes = "1 with 3 directions for each call, forward"
    for part in ("5 x 5, 13 entries", "detected at 1 point", "3 colours of the columns", passes):
        assert part in page
    assert "240 bytes of work buffers" in page
    assert str(zg.explain(S)) == page


def test_plan_of_a_given_pattern_is_known_before_a_call(lib):
    S = zg.sparse_hessian(lib.rosenbrock, pattern=np.eye(4, dtype=bool))
    page = str(S.explain())
    for part in ("4 x 4, 4 entries", "given", "1 colour of the columns (star colouring", "memory      known after"):
        assert part in page


def test_the_derivative_that_is_used_is_shown(lib):
    S = zg.sparse_jacobian(lib.broyden, at=[np.ones(4)])
    assert S.derivative.activity["x"] == "Duplicated"
    assert "forward" in str(zg.explain(S.derivative))
    H = zg.sparse_hessian(lib.rosenbrock, at=[np.ones(4)])
    assert H.derivative.request.order == 2


def test_wrong_arguments_are_named(lib):
    S = zg.sparse_jacobian(lib.laplace, "u")
    with pytest.raises(ArgumentError, match=r"1 argument was given. Expected are 2: u, strength"):
        S(np.ones((2, 2)))
    with pytest.raises(ZymogenError, match="u"):
        S(np.ones(2), 1.0)
    with pytest.raises(TypeError, match="complex"):
        zg.sparse_jacobian(lib.broyden)(np.ones(3, complex))
    with pytest.raises(TypeError, match="masked"):
        zg.sparse_jacobian(lib.broyden)(np.ma.masked_array(np.ones(3)))
    with pytest.raises(ZymogenError, match=r"row.*column|column.*row"):
        zg.sparse_jacobian(lib.scatter)(np.ones(3), [0], [0, 1], [1.0], [0.0])
    with pytest.raises(ValueError, match="broadcast"):
        zg.sparse_jacobian(lib.laplace, "u").values(np.ones((2, 2, 2)), np.ones(3))


def test_wrong_requests_are_refused(lib):
    for operator in (zg.sparse_jacobian, zg.sparse_hessian):
        with pytest.raises(NotDifferentiableError, match="Expected is a kernel"):
            operator(np.sin)
    with pytest.raises(ArgumentError, match="no argument 'z'"):
        zg.sparse_jacobian(lib.broyden, "z")
    with pytest.raises(ArgumentError, match="argnum is a tuple"):
        zg.sparse_jacobian(lib.laplace, ("u", "strength"))
    with pytest.raises(NotDifferentiableError, match="row is an integer argument"):
        zg.sparse_jacobian(lib.scatter, "row")
    with pytest.raises(NotDifferentiableError, match=r"2 results, .*output='y'"):
        zg.sparse_jacobian(lib.both)
    with pytest.raises(ArgumentError, match=r"no result 'w'. Results are y, z"):
        zg.sparse_jacobian(lib.both, output="w")
    with pytest.raises(NotDifferentiableError, match="summed over its batch"):
        zg.sparse_jacobian(zg.grad(lib.scaled, "x", sum_over_batch=True), "a")
    with pytest.raises(ArgumentError, match="mode is 'fast'"):
        zg.sparse_jacobian(lib.broyden, mode="fast")
    with pytest.raises(ArgumentError, match="were both given"):
        zg.sparse_jacobian(lib.broyden, pattern=np.eye(2), at=[np.ones(2)])
    with pytest.raises(ArgumentError, match="at= is empty"):
        zg.sparse_jacobian(lib.broyden, at=[])
    with pytest.raises(ArgumentError, match="Expected are tuples of arguments"):
        zg.sparse_jacobian(lib.laplace, at=[np.ones((2, 2))])


def test_scipy_is_loaded_by_those_who_ask_for_sparse_derivatives_only():
    code = "import sys, zymogen; print('scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "False"


def test_missing_scipy_is_an_error_with_the_cure(lib, monkeypatch):
    monkeypatch.setattr("zymogen.sparse.operators.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"scipy is not installed.*pip install scipy"):
        zg.sparse_jacobian(lib.broyden)
