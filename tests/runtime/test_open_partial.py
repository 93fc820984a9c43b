"""Derivatives along components that the call chooses: one by one, or several in a pass."""

from __future__ import annotations

import threading

import dask.array as dask_array
import numpy as np
import pytest
from dask import delayed

import zymogen as zg
from zymogen.errors import ComponentError, NotCompiledError
from zymogen.runtime.checks.first_use import FirstUse
from zymogen.runtime.checks.policy import policy
from zymogen.runtime.kernel import Kernel
from zymogen.runtime.open_partial import OpenPartial

KERNELS = r"""
#include <span>
#include <stdexcept>
#include <zymogen/kernel.hpp>

double weighted_squares(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += double(i + 1) * x[i] * x[i];
    return s;
}
ZYMOGEN_KERNEL(weighted_squares, "x(n) -> ()");

double product(std::span<const double> x, std::span<const double> y) { return x[0] * x[1] * y[0] * y[1]; }
ZYMOGEN_KERNEL(product, "x(n), y(n) -> ()");

template <class T>
void layer(zymogen::matrix<const T> M, std::span<const T> x, std::span<T> y) {
    for (std::size_t a = 0; a < y.size(); ++a) {
        T s = 0;
        for (std::size_t c = 0; c < x.size(); ++c) s += M[a, c] * x[c];
        y[a] = s * s;
    }
}
ZYMOGEN_KERNEL_TEMPLATE(layer, "M(a,c), x(c) -> y(a)");

double positive(std::span<const double> x) {
    if (x[0] < 0) throw std::invalid_argument("x[0] is negative");
    return x[0] * x[0];
}
ZYMOGEN_KERNEL(positive, "x(n) -> ()");
"""


@pytest.fixture(scope="module")
def kernels() -> zg.Library:
    return zg.compile(KERNELS)


@pytest.fixture
def passes(monkeypatch):
    """For each call that was to go along several components in a pass, whether it did."""
    found = []
    along = OpenPartial._along

    def noted(self, *args):
        found.append(False)
        result = along(self, *args)
        found[-1] = True
        return result

    monkeypatch.setattr(OpenPartial, "_along", noted)
    return found


def one_by_one(d, *args):
    return Kernel._call_with_care(d, args, {})


def exact(x, components):
    return 2 * (components + 1) * x[components]


@pytest.fixture
def x():
    return np.random.default_rng(0).normal(size=4000)


def batches():
    """Shapes of x without its own dimension and components, and whether several components share a pass."""
    pick = np.random.default_rng(1).integers
    return {
        "one list": ((), pick(-10, 10, 21), True),
        "a grid": ((), pick(-10, 10, (3, 7)), True),
        "a list for a batch": ((5, 1), pick(-10, 10, 21), True),
        "a list along the first axis": ((5,), pick(-10, 10, (21, 1)), True),
        "a list for each row": ((5, 1), pick(-10, 10, (5, 21)), True),
        "a list along the first axis for each row": ((5,), pick(-10, 10, (21, 5)), True),
        "a list in the middle of two": ((2, 1, 3), pick(-10, 10, (9, 1)), True),
        "as many as lanes": ((), pick(-10, 10, 8), True),
        "a batch of components": ((21,), pick(-10, 10, 21), False),
        "too few": ((), pick(-10, 10, 3), False),
        "none": ((), pick(-10, 10, 0), False),
        "an empty batch": ((0, 1), pick(-10, 10, 21), False),
    }


@pytest.mark.parametrize("case", batches())
@pytest.mark.parametrize("threads", [1, 3])
def test_results_are_those_of_one_component_at_a_time(kernels, passes, case, threads):
    batch, components, together = batches()[case]
    x = np.random.default_rng(0).normal(size=(*batch, 10))
    d = zg.partial(kernels.weighted_squares, "x")
    before = zg.get_num_threads()
    zg.set_num_threads(threads)
    try:
        found = d(x, components)
        expected = one_by_one(d, x, components)
    finally:
        zg.set_num_threads(before)
    assert found.shape == np.broadcast_shapes(batch, components.shape)
    np.testing.assert_allclose(found, expected, rtol=1e-15)
    assert passes == [True] * together


@pytest.mark.parametrize("dtype", ["f", "d"])
@pytest.mark.parametrize(
    ("batch", "leading"),
    [((), (20,)), ((), (4, 5)), ((6, 1), (20,)), ((6,), (20, 1)), ((2,), (4, 5, 1))],
)
def test_components_of_a_matrix_and_array_results(kernels, passes, dtype, batch, leading):
    rng = np.random.default_rng(2)
    M, x = rng.normal(size=(3, 4)).astype(dtype), rng.normal(size=(*batch, 4)).astype(dtype)
    components = np.stack([rng.integers(-3, 3, leading), rng.integers(-4, 4, leading)], axis=-1)
    d = zg.partial(kernels.layer, "M")
    found = d(M, x, components)
    expected = one_by_one(d, M, x, components)
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_allclose(found, expected, rtol=2 * np.finfo(dtype).eps)
    assert passes == [True]


def test_samples_may_be_columns(kernels, passes):
    rng = np.random.default_rng(3)
    M, x, columns = rng.normal(size=(3, 4)), rng.normal(size=(4, 6, 1)), np.arange(-4, 4)
    d, axes = zg.partial(kernels.layer, "x"), [(0, 1), (0,), (), (0,)]
    expected = one_by_one(d, M, np.moveaxis(x, 0, -1), columns)
    found = d(M, x, columns, axes=axes)
    np.testing.assert_allclose(found, np.moveaxis(expected, -1, 0), rtol=1e-15)
    out = np.empty((3, 6, 8))
    assert d(M, x, columns, axes=axes, out=out) is out
    np.testing.assert_array_equal(out, found)
    assert passes == [True, True]
    with pytest.raises(ValueError, match="axis 7 is out of bounds"):
        d(M, x, columns, axes=[(0, 1), (7,), (), (0,)])


def test_a_level_inside_is_taken_along(kernels, passes):
    x = np.random.default_rng(3).normal(size=12)
    found = zg.partial(zg.grad(kernels.weighted_squares), "x")(x, np.arange(12))
    np.testing.assert_array_equal(found, np.diag(2.0 * np.arange(1, 13)))
    assert passes == [True]


def test_several_open_components_share_the_passes_of_the_last(kernels, passes):
    x = np.random.default_rng(3).normal(size=12)
    i = np.arange(12)
    found = zg.partial(kernels.weighted_squares, "x", "x")(x, i[:, None], i)
    np.testing.assert_array_equal(found, np.diag(2.0 * np.arange(1, 13)))
    assert passes == [True]


@pytest.mark.parametrize("layout", ["C", "F", "every second"])
def test_results_are_written_to_out(kernels, passes, layout):
    rng = np.random.default_rng(4)
    M, x, columns = rng.normal(size=(3, 40)), rng.normal(size=(5, 1, 40)), np.arange(33)
    d = zg.partial(kernels.layer, "x")
    out = {
        "C": lambda: np.empty((5, 33, 3)),
        "F": lambda: np.empty((5, 33, 3), order="F"),
        "every second": lambda: np.empty((5, 33, 6))[..., ::2],
    }[layout]()
    assert d(M, x, columns, out=out) is out
    np.testing.assert_allclose(out, one_by_one(d, M, x, columns), rtol=1e-15)
    one = np.empty((33, 3))
    assert d(M, x[0, 0], columns, out=(one,)) is one
    np.testing.assert_allclose(one, out[0], rtol=1e-15)
    assert passes == [True, True]


def test_an_out_that_is_still_to_be_read_is_as_good_as_another(kernels, passes):
    x = np.random.default_rng(5).normal(size=20)
    d, components = zg.partial(kernels.weighted_squares, "x"), np.arange(20)
    expected = exact(x, components)
    assert d(x, components, out=x) is x
    np.testing.assert_allclose(x, expected, rtol=1e-15)
    assert passes == [False]


@pytest.mark.parametrize("keywords", [{"dtype": "d"}, {"casting": "no"}, {"axis": 0}])
def test_other_keywords_go_on_one_by_one(kernels, passes, keywords):
    x, components = np.random.default_rng(6).normal(size=20), np.arange(20)
    found = zg.partial(kernels.weighted_squares, "x")(x, components, **keywords)
    np.testing.assert_allclose(found, exact(x, components), rtol=1e-15)
    assert not passes


def test_what_is_wrong_is_said_in_the_words_of_a_single_call(kernels):
    x = np.ones(4)
    d = zg.partial(kernels.weighted_squares, "x")
    with pytest.raises(ComponentError, match=r"component 9 of x\(n\) was asked for, and n = 4"):
        d(x, [0, 1, 2, 9])
    with pytest.raises(ValueError, match="shape"):
        d(x, [0, 1, 2, 3], out=np.empty(3))
    with pytest.raises(ValueError, match="x\\[0\\] is negative"):
        zg.partial(kernels.positive, "x")(-x, [0, 1, 2, 3])


def test_passes_along_several_components_are_compared_at_their_first_use(kernels, monkeypatch, tmp_path):
    monkeypatch.setenv("ZYMOGEN_CACHE_DIR", str(tmp_path))
    d = zg.partial(zg.compile(f"{KERNELS}// compared").weighted_squares, "x")
    x = np.random.default_rng(7).normal(size=6)
    seen = []
    finish = FirstUse.finish
    monkeypatch.setattr(
        FirstUse, "finish", lambda self, results: (seen.append(self.kernel.ufunc_signature), finish(self, results))
    )
    for _ in range(3):
        d(x, np.arange(6))
    assert seen == ["(n)->(6)"]
    assert d._settled is policy.settled


def test_threads_with_lists_of_their_own_get_their_own_results(kernels, x):
    d = zg.partial(kernels.weighted_squares, "x")
    lists = [np.arange(64), np.arange(64)[::-1].copy(), np.arange(100, 164)]
    wrong = []

    def work(components):
        wrong.extend(0 for _ in range(20) if not np.allclose(d(x, components), exact(x, components), rtol=1e-14))

    threads = [threading.Thread(target=work, args=(components,)) for components in lists]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_build_beforehand_serves_one_component_and_many(tmp_path, monkeypatch, x, passes):
    monkeypatch.setenv("ZYMOGEN_CACHE_DIR", str(tmp_path))
    f = zg.compile(f"{KERNELS}// built beforehand").weighted_squares
    d = zg.partial(f, "x")
    assert d.build() is d
    monkeypatch.setenv("ZYMOGEN_TOOLCHAIN_DIR", str(tmp_path / "none"))
    d = zg.partial(f, "x")
    for count in (1, 64):
        np.testing.assert_allclose(d(x, np.arange(count)), exact(x, np.arange(count)), rtol=1e-15)
    assert passes == [True]
    assert not d._refused


def test_without_a_toolchain_components_go_on_one_by_one(tmp_path, monkeypatch, x):
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
