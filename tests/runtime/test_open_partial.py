"""Derivatives along components that the call chooses: one by one, or several in a pass."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import zymogen as zg
from zymogen.errors import ComponentError, NotCompiledError

KERNELS = r"""
#include <span>
#include <zymogen/kernel.hpp>

double weighted_squares(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += double(i + 1) * x[i] * x[i];
    return s;
}
ZYMOGEN_KERNEL(weighted_squares, "x(n) -> ()");

double product(std::span<const double> x, std::span<const double> y) { return x[0] * x[1] * y[0] * y[1]; }
ZYMOGEN_KERNEL(product, "x(n), y(n) -> ()");
"""
LARGE = 40_000  # with 64 components, enough for several in a pass


@pytest.fixture(scope="module")
def kernels() -> zg.Library:
    return zg.compile(KERNELS)


def exact(x, components):
    return 2 * (components + 1) * x[components]


@pytest.fixture
def x():
    return np.random.default_rng(0).normal(size=LARGE)


def test_a_list_that_another_thread_leaves_behind_is_not_used(kernels, x):
    """As if another thread came between the comparison of the last list and its use."""
    d = zg.partial(kernels.weighted_squares, "x")
    mine, others = np.arange(64), np.arange(64)[::-1].copy()
    d(x, others)
    of_others = d._last

    class Interrupted(tuple):
        __slots__ = ()
        __hash__ = tuple.__hash__

        def __ne__(self, other):
            d._last = of_others
            return tuple.__ne__(self, other)

    d(x, mine)
    d._last = (Interrupted(d._last[0]), d._last[1])
    np.testing.assert_allclose(d(x, mine), exact(x, mine), rtol=1e-15)


def test_threads_with_lists_of_their_own_get_their_own_results(kernels, x):
    d = zg.partial(kernels.weighted_squares, "x")
    lists = [np.arange(64), np.arange(64)[::-1].copy(), np.arange(100, 164)]
    d(x, lists[0])
    wrong = []

    def work(components):
        wrong.extend(0 for _ in range(20) if not np.allclose(d(x, components), exact(x, components), rtol=1e-14))

    threads = [threading.Thread(target=work, args=(components,)) for components in lists]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_build_beforehand_serves_small_and_large_calls(tmp_path, monkeypatch, x):
    monkeypatch.setenv("ZYMOGEN_CACHE_DIR", str(tmp_path))
    f = zg.compile(f"{KERNELS}// built beforehand").weighted_squares
    d = zg.partial(f, "x")
    assert d.build() is d
    monkeypatch.setenv("ZYMOGEN_TOOLCHAIN_DIR", str(tmp_path / "none"))
    d = zg.partial(f, "x")
    for count in (1, 64):
        np.testing.assert_allclose(d(x, np.arange(count)), exact(x, np.arange(count)), rtol=1e-15)
    assert d._last is not None
    assert not d._refused


def test_without_a_toolchain_large_calls_go_on_one_by_one(tmp_path, monkeypatch, x):
    monkeypatch.setenv("ZYMOGEN_CACHE_DIR", str(tmp_path))
    f = zg.compile(f"{KERNELS}// one by one").weighted_squares
    zg.partial(f, ("x", 0)).build()
    monkeypatch.setenv("ZYMOGEN_TOOLCHAIN_DIR", str(tmp_path / "none"))
    d = zg.partial(f, "x")
    for _ in range(2):
        np.testing.assert_allclose(d(x, np.arange(64)), exact(x, np.arange(64)), rtol=1e-15)
    with pytest.raises(NotCompiledError):
        zg.partial(f, "x", "x")(x, np.arange(64), 0)


MASK = [True, False]
WITH_TRUTH_VALUES = {
    "the last one open": lambda f, x, y: zg.partial(f, "x")(x, y, MASK),
    "an array of them": lambda f, x, y: zg.partial(f, "x")(x, y, np.array(MASK)),
    "one": lambda f, x, y: zg.partial(f, "x")(x, y, True),
    "one of NumPy": lambda f, x, y: zg.partial(f, "x")(x, y, np.True_),
    "the last one bound": lambda f, x, y: zg.partial(f, "x", ("y", 0))(x, y, MASK),
    "an integer behind": lambda f, x, y: zg.partial(f, "x", "y")(x, y, np.array(MASK), 0),
    "under a gradient": lambda f, x, y: zg.grad(zg.partial(f, "x"), "y")(x, y, True),
    "under a product": lambda f, x, y: zg.jvp(zg.partial(f, "x"), "y")(x, y, MASK, y),
    "summed": lambda f, x, y: zg.grad(zg.partial(f, "x"), "y", sum_over_batch=True)(x, y, MASK),
    "under a sparse Jacobian": lambda f, x, y: zg.sparse_jacobian(zg.partial(f, "x"), "y")(x, y, True),
}


@pytest.mark.parametrize("case", WITH_TRUTH_VALUES)
def test_truth_values_are_no_components(kernels, case):
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    with pytest.raises(ComponentError, match=r"x_index has truth values.*numpy\.flatnonzero"):
        WITH_TRUTH_VALUES[case](kernels.product, x, y)


def test_truth_values_are_arguments_where_kernels_take_them(lib):
    x = np.array([1.0, 2.0])
    assert lib.weighted(x, np.array([1, 2], np.int32), [True, False]) == 1


def test_components_that_dask_would_compute_are_computed_once(kernels):
    dask_array = pytest.importorskip("dask.array")
    delayed = pytest.importorskip("dask").delayed
    seen = []

    def components():
        seen.append(0)
        return np.array([0, 1, 1])

    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    index = dask_array.from_delayed(delayed(components)(), (3,), dtype=int)
    found = zg.partial(kernels.product, "x")(x, y, index)
    assert not seen
    np.testing.assert_allclose(found.compute(), np.array([2.0, 1.0, 1.0]) * 12, rtol=1e-15)
    assert len(seen) == 1
