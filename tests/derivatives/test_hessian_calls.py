"""Calls of Hessians: batches, threads, layouts, memory, pickles and Dask arrays."""

from __future__ import annotations

import itertools
import pickle
import subprocess
import sys
from pathlib import Path

import dask.array as da
import numpy as np
import pytest

import zymogen as zg

MODES = ["forward", "reverse", "auto"]
SOURCE = Path(__file__).with_name("hessians.cpp")


@pytest.fixture(scope="module")
def lib():
    return zg.compile(SOURCE)


def point(n, a=None):
    rng = np.random.default_rng(n)
    last = {"w": rng.normal(size=n)} if a is None else {"M": rng.normal(size=(a, n))}
    return {"x": rng.normal(size=n), "m": np.float64(1.5), **last}


@pytest.mark.parametrize("mode", MODES)
def test_float32(lib, mode):
    at = [np.asarray(value, np.float32) for value in point(5, 2).values()]
    wide = [value.astype(float) for value in at]
    for make in (lambda: zg.hessian(lib.cubic, "x", mode=mode), lambda: zg.hessian_diagonal(lib.cubic, "x")):
        assert make()(*at).dtype == np.float32
        wanted = make()(*wide)
        np.testing.assert_allclose(make()(*at), wanted, rtol=1e-5, atol=1e-5 * np.abs(wanted).max())


@pytest.mark.parametrize("mode", MODES)
def test_batches_threads_layouts_and_out(lib, mode):
    rng = np.random.default_rng(1)
    X, m, M = rng.normal(size=(500, 9)), rng.normal(size=500), rng.normal(size=(2, 9))
    d = zg.hessian(lib.cubic, "x", mode=mode)
    expected = d(X, m, M)
    assert expected.shape == (500, 2, 9, 9)
    for row in (0, 17, 499):
        np.testing.assert_array_equal(expected[row], d(X[row], m[row], M))
    before = zg.get_num_threads()
    try:
        for count in (1, 2):
            zg.set_num_threads(count)
            assert d(X, m, M).tobytes() == expected.tobytes()
    finally:
        zg.set_num_threads(before)
    columns = np.asfortranarray(X[:7]).T
    last = d(columns, m[:7], M, axes=[(0,), (), (0, 1), (0, 1, 2)])
    np.testing.assert_array_equal(np.moveaxis(last, -1, 0), expected[:7])
    np.testing.assert_array_equal(d(X[:7, ::-1][:, ::-1], m[:7], np.asfortranarray(M)), expected[:7])
    out = np.full((7, 9, 9, 2), np.nan).transpose(0, 3, 2, 1)
    assert d(X[:7], m[:7], M, out=out) is out
    np.testing.assert_array_equal(out, expected[:7])


@pytest.mark.parametrize("mode", MODES)
def test_blocks_fill_arrays_that_are_given(lib, mode):
    at = point(3).values()
    d = zg.hessian(lib.energy, ("x", "m"), mode=mode)
    expected = d(*at)
    out = tuple(np.full(shape, np.nan) for shape in ((3, 3), (3,), (3,), ()))
    d(*at, out=out)
    for written, block in zip(out, itertools.chain(*expected), strict=True):
        np.testing.assert_array_equal(written, block)


@pytest.mark.parametrize("make", [zg.hessian, zg.value_gradient_and_hessian, zg.hessian_diagonal])
def test_pickled_derivatives_are_the_same(lib, make):
    at = point(4).values()
    d = make(lib.energy, ("x", "m"))
    again = pickle.loads(pickle.dumps(d))
    assert type(again) is type(d)

    def flat(item):
        return [leaf for part in item for leaf in flat(part)] if isinstance(item, tuple) else [item]

    for part, first in zip(flat(again(*at)), flat(d(*at)), strict=True):
        np.testing.assert_array_equal(part, first)


def test_dask_arrays(lib):
    X, m, w = np.random.default_rng(2).normal(size=(8, 4)), 0.5, np.linspace(1, 2, 4)
    lazy_X = da.from_array(X, chunks=(3, 4))
    lazy = zg.hessian(lib.energy, "x")(lazy_X, m, w)
    np.testing.assert_array_equal(lazy.compute(scheduler="sync"), zg.hessian(lib.energy, "x")(X, m, w))
    parts = zg.value_gradient_and_hessian(lib.energy, "x")(lazy_X, m, w)
    for part, first in zip(parts, zg.value_gradient_and_hessian(lib.energy, "x")(X, m, w), strict=True):
        np.testing.assert_array_equal(part.compute(scheduler="sync"), first)


LARGE = r"""
import resource
import sys
import numpy as np
import zymogen as zg

from pathlib import Path
n, mode = int(sys.argv[1]), sys.argv[2]
lib = zg.compile(Path(sys.argv[3]))
d = zg.hessian(lib.rosenbrock, mode=mode)
d(np.linspace(-1, 1, 10))
x, out = np.linspace(-1, 1, n), np.empty((n, n))
out.fill(0)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
d(x, out=out)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert out[0, 1] == -400 * x[0] and out[n - 1, n - 1] == 200 and out[0, n - 1] == 0
print((after - before) * 1024)
"""


@pytest.mark.parametrize(("mode", "columns"), [("reverse", 30), ("forward", 8)])
def test_memory_beyond_the_result_is_that_of_some_columns(mode, columns):
    """The result has 32 MB; a block of eight columns has 128 kB."""
    n = 2000
    command = [sys.executable, "-c", LARGE, str(n), mode, str(SOURCE)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 8 * n * columns + 2**20


def test_inputs_stay_as_they_are(lib):
    at = point(5)
    copies = {name: np.copy(value) for name, value in at.items()}
    for mode in ("forward", "reverse"):
        zg.hessian(lib.energy, ("x", "m", "w"), mode=mode)(*at.values())
    for name, value in at.items():
        np.testing.assert_array_equal(value, copies[name])
