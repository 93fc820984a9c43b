"""Kernels and derivatives go to other processes and come back the same."""

from __future__ import annotations

import pickle
import subprocess
import sys

import cloudpickle
import numpy as np
import pytest

import zymogen as zg

x, y = np.array([1.0, 2.0, 0.5]), np.array([0.0, 2.0, 1.0])


@pytest.fixture(params=["kernel", "partial", "open partial", "grads", "nest"])
def call(lib, request):
    return {
        "kernel": (lib.bump, (x, y)),
        "partial": (zg.partial(lib.bump, ("x", 2)), (x, y)),
        "open partial": (zg.partial(lib.bump, "x"), (x, y, 2)),
        "grads": (zg.grad(lib.bump, ("x", "y")), (x, y)),
        "nest": (zg.grad(zg.partial(lib.bump, ("x", 0)), "y"), (x, y)),
    }[request.param]


@pytest.mark.parametrize("module", [pickle, cloudpickle])
def test_a_pickled_kernel_is_the_same(call, module):
    f, args = call
    g = module.loads(module.dumps(f))
    assert (g.name, g.arguments, g.activity) == (f.name, f.arguments, f.activity)
    np.testing.assert_array_equal(g(*args), f(*args))


def test_a_pickled_ufunc_is_the_same(call):
    f, args = call
    ufunc = pickle.loads(pickle.dumps(f.ufunc))
    assert type(ufunc) is np.ufunc
    assert ufunc.signature == f.ufunc.signature
    np.testing.assert_array_equal(ufunc(*args), f.ufunc(*args))


def test_numpys_own_ufuncs_still_pickle(lib):
    assert pickle.loads(pickle.dumps(np.add)) is np.add


def test_a_library_pickles(lib):
    again = pickle.loads(pickle.dumps(lib))
    assert again.kernels == lib.kernels
    assert again.bump(x, y) == lib.bump(x, y)


def test_another_process_finds_the_build(call, tmp_path):
    f, args = call
    f.build()
    (tmp_path / "call.pickle").write_bytes(pickle.dumps((f, args)))
    script = "import pickle, sys; f, a = pickle.load(open(sys.argv[1], 'rb')); print(repr(f(*a)), f.location)"
    result = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "call.pickle")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == f"{f(*args)!r} {f.location}"


def test_a_kernel_works_where_its_files_are_not(tmp_path, monkeypatch):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "scale.hpp").write_text("inline double scale(double v) { return 3 * v; }\n")
    (folder / "deep").mkdir()
    (folder / "deep" / "shift.hpp").write_text("inline double shift(double v) { return v + 1; }\n")
    (folder / "k.cpp").write_text(
        '#include "scale.hpp"\n#include <shift.hpp>\n#include <zymogen/kernel.hpp>\n'
        "double k(double v) { return scale(shift(v)) * v; }\n"
        'ZYMOGEN_KERNEL(k, "v() -> ()");\n'
    )
    f = zg.compile(folder / "k.cpp", include=[folder / "deep"]).k
    packed = pickle.dumps(zg.grad(f, "v"))
    for file in folder.rglob("*.?pp"):
        file.unlink()
    monkeypatch.setenv("ZYMOGEN_CACHE_DIR", str(tmp_path / "elsewhere"))
    assert pickle.loads(packed)(2.0) == pytest.approx(3 * (2 * 2 + 1))


def test_a_kernel_is_what_it_was_where_its_files_are_others(tmp_path):
    """The worker has another version of a header, at the same place."""
    header = tmp_path / "scale.hpp"
    header.write_text("inline double scale(double v) { return 3 * v; }\n")
    text = (
        '#include "scale.hpp"\n#include <zymogen/kernel.hpp>\ndouble k(double v) { return scale(v) * v; }\n'
        f'ZYMOGEN_KERNEL(k, "v() -> ()");  // {tmp_path}\n'
    )
    packed = pickle.dumps(zg.compile(text, include=[tmp_path]).k)
    header.write_text("inline double scale(double v) { return 5 * v; }\n")
    assert pickle.loads(packed)(1.0) == 3
    assert zg.grad(pickle.loads(packed))(1.0) == 6
    assert zg.compile(text, include=[tmp_path]).k(1.0) == 5


@pytest.fixture(scope="module")
def cluster():
    from dask.distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as local,
        Client(local) as client,
    ):
        yield client


@pytest.mark.filterwarnings("ignore")
class TestDask:
    def test_array_goes_in_and_comes_out_from_two_worker_processes(self, lib, call, cluster):
        import os

        import dask.array as da

        f, args = call
        rng = np.random.default_rng(0)
        xs, ys = rng.normal(size=(1000, 3)), rng.normal(size=(1000, 3))
        lazy = f(da.from_array(xs, chunks=(250, 3)), da.from_array(ys, chunks=(250, 3)), *args[2:])
        parts = lazy if isinstance(lazy, tuple) else (lazy,)
        assert all(isinstance(part, da.Array) for part in parts)
        expected = f(xs, ys, *args[2:])
        for part, exact in zip(parts, expected if isinstance(expected, tuple) else (expected,), strict=True):
            np.testing.assert_array_equal(part.compute(), exact)
        workers = set(cluster.run(os.getpid).values())
        assert len(workers) == 2
        assert os.getpid() not in workers

    def test_fixed_extents(self, lib, cluster):
        import dask.array as da

        xs = np.random.default_rng(1).normal(size=(100, 3))
        lazy = zg.partial(lib.corner, ("x", 2))(da.from_array(xs, chunks=(50, 3)))
        np.testing.assert_array_equal(lazy.compute(), xs[:, 0] * xs[:, 1])

    def test_single_precision(self, lib, cluster):
        import dask.array as da

        xs = np.random.default_rng(1).normal(size=(100, 4)).astype(np.float32)
        M = np.ones((2, 4), np.float32)
        lazy = zg.partial(lib.model, ("x", 3))(M, da.from_array(xs, chunks=(50, 4)))
        assert lazy.dtype == np.float32
        np.testing.assert_array_equal(lazy.compute(), zg.partial(lib.model, ("x", 3))(M, xs))

    def test_error_of_a_row_comes_back(self, lib, cluster):
        import dask.array as da

        xs = np.ones((100, 3))
        xs[77, 1] = 13
        with pytest.raises(ValueError, match="x has a 13"):
            zg.grad(lib.picky)(da.from_array(xs, chunks=(50, 3))).compute()
