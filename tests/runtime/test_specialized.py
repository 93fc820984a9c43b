"""Kernels and derivatives for arrays of one size, whose rows go side by side."""

from __future__ import annotations

import pickle
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import zymogen as zg
from zymogen.build import compilation
from zymogen.errors import ShapeError
from zymogen.toolchain import stages
from zymogen.toolchain.process import LOG, run

pytestmark = pytest.mark.toolchain

KERNELS = r"""
#include <cmath>
#include <span>
#include <stdexcept>
#include <vector>
#include <zymogen/kernel.hpp>

template <class T>
void model(zymogen::matrix<const T> M, std::span<const T> x, std::span<T> y) {
    for (std::size_t a = 0; a < y.size(); ++a) {
        T s = 0;
        for (std::size_t c = 0; c < x.size(); ++c) s += M[a, c] * x[c];
        y[a] = s * s * s;
    }
}
ZYMOGEN_KERNEL_TEMPLATE(model, "M(a,c), x(c) -> y(a)");

double product(const double* x, std::size_t n, double scale) {
    for (std::size_t i = 0; i < n; ++i) scale *= x[i];
    return scale;
}
ZYMOGEN_KERNEL(product, "x(n), n, scale() -> ()");

void shift(std::span<double> u) {
    for (std::size_t i = 0; i + 1 < u.size(); ++i) u[i] *= u[i + 1];
}
ZYMOGEN_KERNEL(shift, "u(n) -> u(n)");

double branched(std::span<const double, 2> x) { return x[0] > 0 ? std::sqrt(x[0]) / x[1] : x[1]; }
ZYMOGEN_KERNEL(branched, "x(2) -> ()");

double quotient(double x, double y) { return x / y; }
ZYMOGEN_KERNEL(quotient, "x(), y() -> ()");

double faint(double x) { return x > 0 ? x : x * 1e-200 * 1e-200; }
ZYMOGEN_KERNEL(faint, "x() -> ()");

static int calls = 0;
double counted(double x) { return x * ++calls; }
ZYMOGEN_KERNEL(counted, "x() -> ()");

double picky(std::span<const double> x) {
    double s = 0;
    for (double e : x) {
        if (e == 13) throw std::invalid_argument("x has a 13");
        s += e * e;
    }
    return s;
}
ZYMOGEN_KERNEL(picky, "x(n) -> ()");

double collatz(double x) {
    double steps = 0;
    for (; x > 1; ++steps) x = x / 2 == std::floor(x / 2) ? x / 2 : 3 * x + 1;
    return steps;
}
ZYMOGEN_KERNEL(collatz, "x() -> ()");

double powers(std::span<const double> x, int steps) {
    double s = 1;
    for (int i = 0; i < steps; ++i) s *= x[0] + x[1];
    return s;
}
ZYMOGEN_KERNEL(powers, "x(n), steps() -> ()");
"""


@pytest.fixture(scope="module")
def lib() -> zg.Library:
    return zg.compile(KERNELS)


def points(rows: int, dtype=np.float64) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(rows)
    return rng.normal(size=(2, 3)).astype(dtype), rng.normal(size=(rows, 3)).astype(dtype)


def goes_side_by_side(kernel) -> bool:
    return any(way.finished is not None and way.finished.facts.variant.blocks for way in kernel.ways)


OPERATORS = {
    "evaluation": lambda f: f,
    "jacobian in x": lambda f: zg.jacobian(f, "x"),
    "jacobian in M, forward": lambda f: zg.jacobian(f, "M", mode="forward"),
    "hessian": lambda f: zg.hessian(f, "x"),
    "hessian diagonal": lambda f: zg.hessian_diagonal(f, "x"),
    "one entry": lambda f: zg.partial(f, ("x", 1), ("M", (1, -2))),
    "gradient of a hessian": lambda f: zg.vjp(zg.hessian(f, "x"), "M"),
}


@pytest.mark.parametrize("operator", OPERATORS)
def test_numbers_are_those_of_the_kernel_for_any_size(lib, operator):
    rows = 19
    M, x = points(rows)
    general = OPERATORS[operator](lib.model)
    special = OPERATORS[operator](lib.model.specialize(a=2, c=3))
    seeds = [np.ones((rows, 2, 3, 3))] if operator == "gradient of a hessian" else []
    np.testing.assert_array_equal(special(M, x, *seeds), general(M, x, *seeds))
    assert goes_side_by_side(special)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("rows", [1, 7, 8, 9, 16, 33])
def test_the_number_of_rows_changes_nothing(lib, rows, dtype):
    M, x = map(np.abs, points(rows, dtype))
    jacobian = zg.jacobian(lib.model, "x").specialize(a=2, c=3)
    rows_alone = np.stack([jacobian(M, row) for row in x])
    result = jacobian(M, x)
    assert result.dtype == dtype
    np.testing.assert_array_equal(result, rows_alone)
    slope = 3 * (x @ M.T) ** 2
    np.testing.assert_allclose(result, slope[..., None] * M, rtol=10 * np.finfo(dtype).eps)


def test_rows_may_lie_anywhere(lib):
    M, x = points(40)
    jacobian = zg.jacobian(lib.model, "x").specialize(a=2, c=3)
    expected = jacobian(M, x[::2])
    np.testing.assert_array_equal(jacobian(M, np.ascontiguousarray(x[::2])), expected)
    np.testing.assert_array_equal(jacobian(np.asfortranarray(M), np.asfortranarray(x)[::2]), expected)
    np.testing.assert_array_equal(jacobian(np.broadcast_to(M, (20, 2, 3)).copy(), x[::2]), expected)
    whole = np.full((40, 2, 3), np.nan)
    jacobian(M, x[::2], out=whole[1::2])
    np.testing.assert_array_equal(whole[1::2], expected)
    assert np.isnan(whole[::2]).all()


def test_rows_of_single_numbers_may_lie_anywhere(lib):
    x, y = np.random.default_rng(4).random((2, 80)) + 1
    slope = zg.partial(lib.quotient, "y").specialize()
    exact = -x / y**2
    for rows in (slice(None, None, 2), slice(None, None, -1), slice(3, None, 3)):
        np.testing.assert_allclose(slope(x[rows], y[rows]), exact[rows], rtol=1e-14)
        whole = np.full(80, np.nan)
        slope(np.ascontiguousarray(x[rows]), y[rows], out=whole[rows])
        np.testing.assert_allclose(whole[rows], exact[rows], rtol=1e-14)
    assert goes_side_by_side(slope)


def test_the_number_of_threads_changes_nothing(lib):
    M, x = points(20001)
    jacobian = zg.jacobian(lib.model, "x").specialize(a=2, c=3)
    before = zg.get_num_threads()
    try:
        zg.set_num_threads(1)
        alone = jacobian(M, x)
        zg.set_num_threads(3)
        np.testing.assert_array_equal(jacobian(M, x), alone)
    finally:
        zg.set_num_threads(before)


def test_components_are_built_in(lib):
    x = np.random.default_rng(0).random((11, 5))
    entry = zg.partial(lib.product, ("x", 0), ("x", -3), ("x", 4)).specialize(n=5)
    np.testing.assert_allclose(entry(x, 2.0), 2 * x[:, 1] * x[:, 3], rtol=1e-15)
    assert "x_index = 0;" in entry.source()
    assert goes_side_by_side(entry)
    assert "fixed to -3" in str(zg.explain(entry))
    with pytest.raises(ValueError, match="its components are built in, and a call cannot choose others"):
        entry.opened(x, 2.0, 1, 2, 3)


def test_components_that_a_call_chooses_may_differ_between_rows(lib):
    x, index = np.random.default_rng(1).random((9, 5)), np.arange(9) % 5
    partial = zg.partial(lib.product, "x").specialize(n=5)
    np.testing.assert_allclose(partial(x, 1.0, index), x.prod(1) / x[np.arange(9), index], rtol=1e-14)
    assert goes_side_by_side(partial)
    with pytest.raises(IndexError):
        partial(x, 1.0, index + 1)


def test_an_update_in_place_reads_what_was_there(lib):
    u = np.random.default_rng(2).random((10, 4))
    shift = lib.shift.specialize(n=4)
    np.testing.assert_array_equal(shift(u), lib.shift(u))
    np.testing.assert_array_equal(zg.jacobian(shift)(u), zg.jacobian(lib.shift)(u))


def test_dimensions_that_are_numbers_need_no_sizes(lib):
    branched = lib.branched.specialize()
    x = np.array([[4.0, 2.0], [-1.0, 3.0], [9.0, 3.0]])
    np.testing.assert_array_equal(branched(x), [1, 3, 1])
    assert goes_side_by_side(branched)


def test_what_only_another_branch_computes_raises_no_flag(lib):
    branched = zg.grad(lib.branched).specialize()
    x = np.array([[-4.0, 0.0], [4.0, 2.0]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(branched(x), [[0, 1], [0.125, -0.5]])
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        branched([[4.0, 0.0]])


def test_an_underflow_that_only_another_branch_meets_raises_no_flag(lib):
    faint, x = lib.faint.specialize(), np.arange(1.0, 10.0)
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(faint(x), x)
    assert goes_side_by_side(faint)


def test_a_kernel_that_may_throw_goes_row_by_row(lib):
    picky = zg.grad(lib.picky).specialize(n=2)
    np.testing.assert_array_equal(picky([[1.0, 2.0], [3.0, 4.0]]), [[2, 4], [6, 8]])
    assert not goes_side_by_side(picky)
    assert "one at a time: the kernel may throw" in " ".join(str(zg.explain(picky)).split())
    with pytest.raises(ValueError, match="x has a 13"):
        picky([[1.0, 2.0], [13.0, 4.0]])


@pytest.mark.parametrize("derive", [lambda f: f, zg.derivative])
def test_a_kernel_that_keeps_something_goes_row_by_row(lib, derive):
    counted = derive(lib.counted).specialize()
    with_checks = zg.get_checks()
    zg.set_checks("off")
    try:
        first, second = counted(np.ones(3)), counted(np.ones(3))
    finally:
        zg.set_checks(with_checks)
    np.testing.assert_array_equal(second, first + 3)
    assert not goes_side_by_side(counted)
    assert "one at a time: the kernel writes to variables that outlive a call" in str(zg.explain(counted))


def test_a_loop_that_becomes_no_vector_code_goes_row_by_row(lib):
    collatz = lib.collatz.specialize()
    np.testing.assert_array_equal(collatz([1.0, 6.0, 27.0]), [0, 8, 111])
    assert not goes_side_by_side(collatz)
    assert "one at a time: the compiler could not make vectors of the loop over rows" in str(zg.explain(collatz))


def test_integers_keep_rows_apart(lib):
    powers = zg.grad(lib.powers).specialize(n=2)
    np.testing.assert_array_equal(powers([1.0, 1.0], 3), [12, 12])
    assert "one at a time: steps is an integer" in str(zg.explain(powers))


@pytest.mark.skipif(sys.platform != "linux", reason="the processor's time of other processes is limited on Linux only")
def test_what_takes_the_compiler_too_much_effort_side_by_side_goes_row_by_row(lib, monkeypatch, tmp_path):
    def slow(command, **limits):
        endless = [sys.executable, "-c", "while True: pass"]
        return run(command if limits["effort"] is None else endless, **limits)

    monkeypatch.setenv("ZYMOGEN_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(stages, "run", slow)
    monkeypatch.setattr(compilation, "EFFORT_FOR_BLOCKS", 1)
    product = lib.product.specialize(n=5)
    assert product([[2.0, 3.0, 1.0, 1.0, 1.0]], 1.0) == [6]
    assert not goes_side_by_side(product)
    assert "took more than 1 seconds of processor time" in " ".join(str(zg.explain(product)).split())


def test_what_a_busy_machine_does_not_finish_is_an_error_and_is_not_remembered(lib, monkeypatch, tmp_path):
    monkeypatch.setenv("ZYMOGEN_CACHE_DIR", str(tmp_path))
    product = lib.product.specialize(n=2)
    with monkeypatch.context() as busy:
        busy.setenv("ZYMOGEN_BUILD_TIMEOUT", "1e-9")
        with pytest.raises(zg.errors.CompileError, match="took longer than 1e-09 seconds") as caught:
            product.build()
    assert Path(str(caught.value).partition(LOG)[2]).is_file()
    assert product([[2.0, 3.0]], 1.0) == [6]
    assert goes_side_by_side(product)


def test_derivatives_of_it_and_copies_that_travel_are_of_the_same_kind(lib):
    special = pickle.loads(pickle.dumps(zg.jacobian(lib.model.specialize(a=2, c=3), "x")))
    M, x = points(5)
    np.testing.assert_array_equal(special(M, x), zg.jacobian(lib.model, "x")(M, x))
    assert goes_side_by_side(special)
    assert "side by side" in str(zg.explain(special))


def test_its_name_is_what_a_package_calls_it(lib):
    assert zg.grad(lib.product, "x").specialize(n=3).name == "specialize(grad(product, 'x'), n=3)"
    assert zg.jacobian(lib.model.specialize(a=2, c=3), "x").name == "jacobian(specialize(model, a=2, c=3), 'x')"


def test_other_sizes_are_refused(lib):
    special = zg.jacobian(lib.model.specialize(a=2, c=3))
    with pytest.raises(
        ShapeError,
        match=r"jacobian\(specialize\(model, a=2, c=3\), 0\): M\(2,3\) has shape \(2, 4\), and this is specialized for "
        r"c = 3: 4 is not 3\. Use specialize with that size, or what is not specialized, which takes all sizes\.",
    ):
        special(np.ones((2, 4)), np.ones(4))


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"a": 2}, r"model\.specialize\(a=2\): the size c is missing.*specialize\(a=2, c=3\)"),
        ({"a": 2, "c": 3, "n": 1}, r"has no dimension n\. Dimensions are a, c"),
        ({"a": 2, "c": 0}, "c is 0. Expected is an integer from 1"),
        ({"a": 2, "c": 2.0}, "c is 2.0. Expected is an integer from 1"),
    ],
)
def test_wrong_sizes_are_refused(lib, sizes, message):
    with pytest.raises(ValueError, match=message):
        lib.model.specialize(**sizes)


def test_a_component_that_is_not_there_is_refused_before_anything_is_built(lib):
    with pytest.raises(IndexError, match="component 5 is not there, as x"):
        zg.partial(lib.product, ("x", 5)).specialize(n=5)


def test_sums_over_a_batch_are_refused(lib):
    total = zg.grad(lib.product, "scale", sum_over_batch=True)
    with pytest.raises(ValueError, match=r"specialize\(n=5\): rows of a sum over a batch"):
        total.specialize(n=5)


def test_a_large_row_is_not_written_out(lib):
    large = lib.model.specialize(a=30, c=40)
    assert "numbers with results and working arrays" in " ".join(str(zg.explain(large)).split())
    M, x = np.ones((30, 40)), np.ones((2, 40))
    np.testing.assert_array_equal(large(M, x), lib.model(M, x))
