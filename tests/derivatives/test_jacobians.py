"""Jacobians: modes, rows and columns, several arguments, shapes and layouts, against exact results."""

from __future__ import annotations

import pickle
from pathlib import Path

import dask.array as da
import numpy as np
import pytest

import zymogen as zg
from zymogen.errors import ArgumentError, ShapeError
from zymogen.testing.scenarios.exact import Exact

MODES = ["forward", "reverse", "auto"]
RTOL = 1e-13


@pytest.fixture(scope="module")
def lib():
    return zg.compile(Path(__file__).with_name("jacobians.cpp"))


def cubic(x, m, M):
    return m**2 * (M * x**3).sum(axis=1) + (M * x).sum(axis=1) ** 2


def contracted(T, w):
    return (T**2 * w**2).sum(axis=2).T


def fixed(x, A):
    return np.array([x[k % 3] * x[1] * A[k % 2, 0] * A[1, k % 2] + k * x[2] for k in range(5)])


def point(n, a, seed=0):
    rng = np.random.default_rng(seed)
    return {"x": rng.normal(size=n), "m": np.float64(rng.normal()), "M": rng.normal(size=(a, n))}


def exact(n, a, seed=0):
    return Exact(cubic, point(n, a, seed), ("y",))


def assert_near(found, expected, rtol=RTOL):
    """Relative to the largest entry, as sums have terms of different signs."""
    assert found.shape == expected.shape
    scale = np.abs(expected).max(initial=0)
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=rtol * scale)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("n", "a"), [(0, 0), (0, 2), (2, 0), (1, 1), (1, 3), (7, 2), (8, 2), (9, 3), (17, 1)])
def test_with_respect_to_a_vector(lib, mode, n, a):
    found = zg.jacobian(lib.cubic, "x", mode=mode)(*point(n, a).values())
    assert_near(found, exact(n, a).jacobian("x").reshape(a, n))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("n", "a"), [(0, 0), (0, 2), (2, 0), (1, 1), (3, 3), (5, 2)])
def test_with_respect_to_several_arguments_at_once(lib, mode, n, a):
    """x, m and M are one after the other: steps of eight directions begin and end within each of them."""
    found = zg.jacobian(lib.cubic, ("x", "m", "M"), mode=mode)(*point(n, a).values())
    assert isinstance(found, tuple)
    assert_near(found[0], exact(n, a).jacobian("x").reshape(a, n))
    assert_near(found[1], exact(n, a).jacobian("m").reshape(a))
    assert_near(found[2], exact(n, a).jacobian("M").reshape(a, a, n))


@pytest.mark.parametrize("mode", MODES)
def test_the_order_of_argnums_is_the_order_of_results(lib, mode):
    at = point(3, 2)
    M, x = zg.jacobian(lib.cubic, (2, "x"), mode=mode)(*at.values())
    assert_near(M, exact(3, 2).jacobian("M"))
    assert_near(x, exact(3, 2).jacobian("x"))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("sizes", [(2, 3, 4), (1, 1, 1), (0, 2, 3), (2, 0, 3), (2, 3, 0)])
def test_of_a_matrix_with_respect_to_an_array_of_three_dimensions(lib, mode, sizes):
    rng = np.random.default_rng(1)
    T, w = rng.normal(size=sizes), rng.normal(size=sizes[2])
    a, b, _ = sizes
    found = zg.jacobian(lib.contracted, "T", mode=mode)(T, w)
    expected = np.zeros((b, a, *sizes))
    for i, j in np.ndindex(a, b):
        expected[j, i, i, j] = 2 * T[i, j] * w**2
    assert_near(found, expected)
    assert_near(zg.jacobian(lib.contracted, "w", mode=mode)(T, w), np.swapaxes(2 * T**2 * w, 0, 1))


@pytest.mark.parametrize("mode", MODES)
def test_fixed_extents(lib, mode):
    x, A = np.array([0.5, -1.5, 2.0]), np.array([[1.0, 0.25], [-0.75, 3.0]])
    expected = Exact(fixed, {"x": x, "A": A}, ("y",))
    assert_near(zg.jacobian(lib.fixed, "x", mode=mode)(x, A), expected.jacobian("x"))
    found = zg.jacobian(lib.fixed, ("A", "x"), mode=mode)(x, A)
    assert_near(found[0], expected.jacobian("A"))
    assert_near(found[1], expected.jacobian("x"))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("lists", [{}, {"rows": [1, 0]}, {"cols": [3, 0]}, {"rows": [1], "cols": [2, 2]}])
def test_float32(lib, mode, lists):
    at = {name: np.asarray(value, np.float32) for name, value in point(4, 2).items()}
    found = zg.jacobian(lib.cubic, "x", mode=mode, **lists)(*at.values())
    assert found.dtype == np.float32
    wide = zg.jacobian(lib.cubic, "x", mode=mode, **lists)(*(item.astype(float) for item in at.values()))
    assert wide.dtype == np.float64
    assert_near(found, wide, rtol=1e-5)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("lists", [{}, {"rows": [1, 0], "cols": [3, 0]}])
def test_batches_broadcast(lib, mode, lists):
    rng = np.random.default_rng(3)
    X, m, M = rng.normal(size=(5, 1, 4)), rng.normal(size=3), rng.normal(size=(2, 4))
    d = zg.jacobian(lib.cubic, "x", mode=mode, **lists)
    found = d(X, m, M)
    assert found.shape == (5, 3, 2, 2 if lists else 4)
    for i, k in np.ndindex(5, 3):
        np.testing.assert_array_equal(found[i, k], d(X[i, 0], m[k], M))


@pytest.mark.parametrize("mode", MODES)
def test_number_of_threads_does_not_matter(lib, mode):
    rng = np.random.default_rng(4)
    at = rng.normal(size=(4000, 9)), rng.normal(size=4000), rng.normal(size=(3, 9))
    d = zg.jacobian(lib.cubic, ("x", "m"), mode=mode)
    before = zg.get_num_threads()
    try:
        results = []
        for count in (1, 2, 3):
            zg.set_num_threads(count)
            results.append(d(*at))
    finally:
        zg.set_num_threads(before)
    for result in results[1:]:
        for part, first in zip(result, results[0], strict=True):
            assert part.tobytes() == first.tobytes()


@pytest.mark.parametrize("mode", MODES)
def test_layouts_axes_and_out(lib, mode):
    rng = np.random.default_rng(5)
    X, m, M = rng.normal(size=(6, 9)), 0.5, rng.normal(size=(3, 9))
    d = zg.jacobian(lib.cubic, "x", mode=mode)
    expected = d(X, m, M)
    columns = np.asfortranarray(X).T[::-1][::-1]
    np.testing.assert_array_equal(d(columns, m, M, axes=[(0,), (), (0, 1), (1, 2)]), expected)
    last = d(columns, m, M, axes=[(0,), (), (0, 1), (0, 1)])
    np.testing.assert_array_equal(np.moveaxis(last, -1, 0), expected)
    np.testing.assert_array_equal(d(X, m, np.asfortranarray(M)), expected)
    spread = np.zeros((6, 18))
    spread[:, ::2] = X
    np.testing.assert_array_equal(d(spread[:, ::2], m, M), expected)
    out = np.full((6, 3, 9), np.nan)
    assert d(X, m, M, out=out) is out
    np.testing.assert_array_equal(out, expected)
    strided = np.full((6, 9, 3, 2), np.nan)[..., 1].transpose(0, 2, 1)
    d(X, m, M, out=strided)
    np.testing.assert_array_equal(strided, expected)
    if mode != "auto":
        with pytest.raises(ValueError, match=r"non-broadcastable output|mismatch"):
            d(X, m, M, out=np.empty((6, 9, 3)))


def test_shapes_that_disagree_are_named(lib):
    with pytest.raises(ShapeError, match=r"n is 3 in x\(n\), of shape \(3,\), and 4 in M\(a,n\), of shape \(2, 4\)"):
        zg.jacobian(lib.cubic, "x")(np.ones(3), 1.0, np.ones((2, 4)))
    with pytest.raises(ArgumentError, match=r"2 arguments were given. Expected are 3: x, m, M"):
        zg.jacobian(lib.cubic, "x")(np.ones(3), 1.0)


@pytest.mark.parametrize("mode", MODES)
def test_pickled_derivatives_are_the_same(lib, mode):
    at = point(4, 3).values()
    for lists in ({}, {"rows": [-1, 0], "cols": [2]}):
        d = zg.jacobian(lib.cubic, "x", mode=mode, **lists)
        again = pickle.loads(pickle.dumps(d))
        assert type(again) is type(d)
        assert str(again) == str(d)
        np.testing.assert_array_equal(again(*at), d(*at))
    tuples = zg.jacobian(lib.cubic, ("x", "m"), mode=mode)
    assert [part.shape for part in pickle.loads(pickle.dumps(tuples))(*at)] == [(3, 4), (3,)]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("lists", [{}, {"rows": [1, 0], "cols": [3, 0, 1]}])
def test_dask_arrays(lib, mode, lists):
    rng = np.random.default_rng(6)
    X, m, M = rng.normal(size=(8, 4)), 0.5, rng.normal(size=(2, 4))
    d = zg.jacobian(lib.cubic, "x", mode=mode, **lists)
    lazy = d(da.from_array(X, chunks=(3, 4)), m, M)
    assert isinstance(lazy, da.Array)
    assert lazy.shape == d(X, m, M).shape
    np.testing.assert_array_equal(lazy.compute(scheduler="sync"), d(X, m, M))


def test_inputs_stay_as_they_are(lib):
    at = point(5, 3)
    copies = {name: np.copy(value) for name, value in at.items()}
    for mode in ("forward", "reverse"):
        zg.jacobian(lib.cubic, ("x", "m", "M"), mode=mode)(*at.values())
    for name, value in at.items():
        np.testing.assert_array_equal(value, copies[name])


def test_out_may_be_an_input(lib):
    """The trampoline reads all of an input before an output that overlaps it is written."""
    T, w = np.random.default_rng(7).normal(size=(1, 1, 4)), np.linspace(1, 2, 4)
    d = zg.jacobian(lib.contracted, "T", mode="reverse")
    expected = d(T, w)
    assert d(T, w, out=T.reshape(1, 1, 1, 1, 4)).base is not None
    np.testing.assert_array_equal(T.reshape(1, 1, 1, 1, 4), expected)
