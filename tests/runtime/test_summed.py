"""Derivatives summed over a batch: the derivative of the sum, in memory that does not grow with the batch."""

from __future__ import annotations

import math
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

import zymogen as zg
from zymogen.errors import ArgumentError, InputTypeError, KernelValueError, NotDifferentiableError, ShapeError
from zymogen.runtime.summed import SummedDerivative, summed

KERNELS = r"""
#include <cmath>
#include <span>
#include <stdexcept>
#include <vector>
#include <zymogen/kernel.hpp>

template <class T>
T loss(std::span<const T> X, std::span<const T> w) {
    T s = 0;
    for (std::size_t i = 0; i < X.size(); ++i) s += X[i] * w[i];
    return s * s;
}
ZYMOGEN_KERNEL_TEMPLATE(loss, "X(n), w(n) -> ()");

template <class T>
T spread(std::span<const T> x, T m) {
    T s = 0;
    for (T t : x) s += (t - m) * (t - m);
    return s;
}
ZYMOGEN_KERNEL_TEMPLATE(spread, "x(n), m() -> ()");

void layer(zymogen::matrix<const double> M, std::span<const double> x, std::span<double> y) {
    for (std::size_t a = 0; a < y.size(); ++a) {
        y[a] = 0;
        for (std::size_t c = 0; c < x.size(); ++c) y[a] += M[a, c] * x[c] * x[c];
    }
}
ZYMOGEN_KERNEL(layer, "M(a,c), x(c) -> y(a)");

double scalar(double t, double k, int power) { return k * std::pow(t, power); }
ZYMOGEN_KERNEL(scalar, "t(), k(), power() -> ()");

double taken(std::span<const double> batch, double k) { return batch[0] * k; }
ZYMOGEN_KERNEL(taken, "X(batch), k() -> ()");

double root(std::span<const double> x, std::span<const double> w) {
    std::vector<double> work(x.begin(), x.end());
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (work[i] < 0) throw std::domain_error("negative");
        s += w[i] * std::sqrt(work[i]);
    }
    return s;
}
ZYMOGEN_KERNEL(root, "x(n), w(n) -> ()");

void both(std::span<const double> x, std::span<const double> w, double& y, int& count) {
    y = 0;
    count = 0;
    for (std::size_t i = 0; i < x.size(); ++i) y += x[i] * w[i], ++count;
}
ZYMOGEN_KERNEL(both, "x(n), w(n) -> y(), count()");
"""


@pytest.fixture(scope="session")
def kernels():
    return zg.compile(KERNELS)


@pytest.fixture(scope="session")
def loss_w(kernels):
    return summed(zg.grad(kernels.loss, "w"), (("w",),))


@pytest.fixture(params=[1, 2])
def threads(request):
    before = zg.get_num_threads()
    zg.set_num_threads(request.param)
    yield request.param
    zg.set_num_threads(before)


def whole(*shape, seed=0):
    """Whole numbers: derivatives of polynomials are then exact, and so are sums in any order."""
    return np.random.default_rng(seed).integers(-9, 10, size=shape).astype(float)


def exact_loss_w(x, w):
    return 2 * (x @ w) @ x


def test_gradient_of_a_shared_argument_is_the_sum_over_samples(loss_w, threads):
    x, w = whole(10_000, 7), whole(7, seed=1)
    before = x.copy(), w.copy()
    result = loss_w(x, w)
    assert result.shape == (7,)
    np.testing.assert_array_equal(result, exact_loss_w(x, w))
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(w, before[1])


def test_sum_is_that_of_the_derivatives_for_each_sample(kernels, loss_w, threads):
    rng = np.random.default_rng(2)
    x, w = rng.normal(size=(3000, 5)), rng.normal(size=5)
    each = zg.grad(kernels.loss, "w")(x, w)
    atol = 3000 * 2**-53 * np.abs(each).sum(axis=0).max()
    np.testing.assert_allclose(loss_w(x, w), [math.fsum(column) for column in each.T], rtol=0, atol=atol)


@pytest.mark.parametrize("batch", [(60,), (5, 12), (3, 4, 5), (1, 60), (60, 1)])
def test_a_batch_may_have_several_dimensions(loss_w, batch, threads):
    x, w = whole(60, 4), whole(4, seed=1)
    np.testing.assert_array_equal(loss_w(x.reshape(*batch, 4), w), exact_loss_w(x, w))


@pytest.mark.parametrize("layout", ["Fortran", "every second", "reversed", "batch last", "cut", "read-only", "bytes"])
def test_sums_do_not_depend_on_memory_layout(loss_w, layout, threads):
    rng = np.random.default_rng(3)
    x, w = rng.normal(size=(20, 30, 6)), rng.normal(size=6)
    laid = {
        "Fortran": np.asfortranarray(x),
        "every second": np.repeat(x, 2, axis=-1)[..., ::2],
        "reversed": np.ascontiguousarray(x[::-1, :, ::-1])[::-1, :, ::-1],
        "batch last": np.moveaxis(np.ascontiguousarray(np.moveaxis(x, -1, 0)), 0, -1),
        "cut": np.concatenate([x, x], axis=1)[:, :30],
        "read-only": x.copy(),
        "bytes": x.astype(x.dtype.newbyteorder()),
    }[layout]
    laid.setflags(write=layout != "read-only")
    np.testing.assert_array_equal(loss_w(laid, np.repeat(w, 2)[::2]), loss_w(x, w))


def test_sum_over_no_samples_is_zero(kernels, loss_w):
    np.testing.assert_array_equal(loss_w(np.zeros((0, 3)), np.ones(3)), np.zeros(3))
    np.testing.assert_array_equal(loss_w(np.zeros((4, 0, 3)), np.ones(3)), np.zeros(3))
    both = summed(zg.grad(kernels.loss, ("X", "w")), (("X",), ("w",)))
    each, total = both(np.zeros((0, 3)), np.ones(3))
    assert each.shape == (0, 3)
    np.testing.assert_array_equal(total, np.zeros(3))
    np.testing.assert_array_equal(loss_w(np.zeros((5, 0)), np.zeros(0)), np.zeros(0))


def test_without_a_batch_it_is_the_derivative_itself(kernels, loss_w):
    x, w = whole(5), whole(5, seed=1)
    np.testing.assert_array_equal(loss_w(x, w), zg.grad(kernels.loss, "w")(x, w))
    out = np.zeros(5)
    assert loss_w(x, w, out=out) is out
    np.testing.assert_array_equal(out, zg.grad(kernels.loss, "w")(x, w))


def test_derivatives_by_an_argument_with_the_batch_stay_for_each_sample(kernels, threads):
    f = summed(zg.grad(kernels.loss, ("X", "w")), (("X",), ("w",)))
    x, w = whole(6, 50, 4), whole(4, seed=1)
    each, total = f(x, w)
    assert each.shape == (6, 50, 4)
    np.testing.assert_array_equal(each, 2 * (x @ w)[..., None] * w)
    np.testing.assert_array_equal(total, exact_loss_w(x.reshape(-1, 4), w))
    swapped_total, swapped_each = f(w, x)
    np.testing.assert_array_equal(swapped_each, each)
    np.testing.assert_array_equal(swapped_total, total)
    one, other = f(x, np.broadcast_to(w, x.shape))
    assert one.shape == other.shape == x.shape
    np.testing.assert_array_equal(other.sum(axis=(0, 1)), total)


def test_values_are_summed(kernels, threads):
    f = summed(zg.value_and_grad(kernels.loss, "w"), ((), ("w",)))
    x, w = whole(500, 4), whole(4, seed=1)
    value, gradient = f(x, w)
    assert value == ((x @ w) ** 2).sum()
    np.testing.assert_array_equal(gradient, exact_loss_w(x, w))


def test_cotangents_have_the_batch_or_are_shared(kernels, threads):
    f = summed(zg.vjp(kernels.layer, "M"), (("M",),))
    m, x, y = whole(2, 3), whole(400, 3, seed=1), whole(400, 2, seed=2)
    np.testing.assert_array_equal(f(m, x, y), np.einsum("ra,rc->ac", y, x**2))
    np.testing.assert_array_equal(f(m, x, y[0]), np.einsum("a,rc->ac", y[0], x**2))
    np.testing.assert_array_equal(f(np.asfortranarray(m), x[:, ::-1], y), np.einsum("ra,rc->ac", y, x[:, ::-1] ** 2))


def test_scalar_arguments_and_integers(kernels, threads):
    f = summed(zg.grad(kernels.scalar, ("t", "k")), (("t",), ("k",)))
    t, power = whole(3000), np.random.default_rng(1).integers(1, 4, size=3000)
    each, total = f(t, 2, power.astype(np.int32))
    np.testing.assert_allclose(each, 2 * power * t ** (power - 1.0), rtol=1e-14)
    np.testing.assert_allclose(total, (t**power).sum(), rtol=1e-13)


def test_a_dimension_of_the_kernel_may_be_called_batch(kernels):
    f = summed(zg.grad(kernels.taken, "k"), (("k",),))
    x = whole(300, 3)
    assert f(x, 2.0) == x[:, 0].sum()


def test_float32_is_summed_in_double(kernels, threads):
    f = summed(zg.grad(kernels.loss, "w"), (("w",),))
    rng = np.random.default_rng(4)
    x, w = rng.uniform(0, 1, size=(300_000, 3)).astype("f4"), np.ones(3, "f4")
    each = zg.grad(kernels.loss, "w")(x, w)
    result = f(x, w)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, [math.fsum(column) for column in each.T.tolist()], rtol=2**-23)


def test_repeated_calls_give_the_same_bits(loss_w, threads):
    rng = np.random.default_rng(5)
    x, w = rng.normal(size=(200_000, 5)), rng.normal(size=5)
    first = loss_w(x, w)
    for _ in range(10):
        np.testing.assert_array_equal(loss_w(x, w), first)


def test_one_component_that_is_chosen_at_the_call(kernels, threads):
    f = summed(zg.partial(kernels.loss, "w"), (("w",),))
    x, w = whole(900, 4), whole(4, seed=1)
    assert f(x, w, -1) == exact_loss_w(x, w)[-1]
    each = np.random.default_rng(6).integers(-4, 4, size=900)
    assert f(x, w, each) == (2 * (x @ w) * x[np.arange(900), each]).sum()
    with pytest.raises(IndexError, match=r"component 4 of w\(n\) was asked for, and n = 4"):
        f(x, w, 4)
    with pytest.raises(IndexError, match=r"component -5 of w\(n\)"):
        f(x, w, np.where(each == 0, -5, 0))
    fixed = summed(zg.partial(kernels.loss, ("w", 1)), (("w",),))
    assert fixed(x, w) == exact_loss_w(x, w)[1]
    pairs = summed(zg.partial(kernels.layer, "M"), (("M",),))
    m = whole(2, 3, seed=7)
    np.testing.assert_array_equal(pairs(m, x[:, :3], (1, -1)), [0, (x[:, 2] ** 2).sum()])


def test_exceptions_name_the_sample(kernels, threads):
    f = summed(zg.grad(kernels.root, "w"), (("w",),))
    x, w = np.full((3000, 4), 4.0), np.ones(4)
    x[[2000, 2999], 1] = -1
    for _ in range(3):
        with pytest.raises(KernelValueError, match=r"grad\(root, 'w'\): the kernel threw.*: negative$") as error:
            f(x, w)
    if np.lib.NumpyVersion(np.__version__) >= "2.1.0":
        assert "in row 2000 of 3000" in str(error.value)
    np.testing.assert_array_equal(f(np.abs(x), w), np.sqrt(np.abs(x)).sum(axis=0))


def test_results_are_written_to_out(kernels, loss_w, threads):
    x, w = whole(5, 40, 4), whole(4, seed=1)
    out = np.zeros(8)[::2]
    assert loss_w(x, w, out=out) is out
    np.testing.assert_array_equal(out, exact_loss_w(x.reshape(-1, 4), w))
    assert loss_w(x, w, out) is out
    f = summed(zg.grad(kernels.loss, ("X", "w")), (("X",), ("w",)))
    expected = f(x, w)
    for each in (np.zeros((5, 40, 4)), np.zeros((5, 80, 4))[:, ::2], np.zeros((4, 40, 5)).T):
        given = f(x, w, out=(each, None))
        assert given[0] is each
        np.testing.assert_array_equal(each, expected[0])
        np.testing.assert_array_equal(given[1], expected[1])
    kept = x.copy()
    f(kept, w, out=(kept, None))
    np.testing.assert_array_equal(kept, expected[0])
    shared = w.copy()
    assert loss_w(x, shared, out=shared) is shared
    np.testing.assert_array_equal(shared, expected[1])


@pytest.mark.parametrize("number", [2.0, 2, np.float32(2)])
def test_a_number_takes_the_type_of_the_arrays_beside_it(kernels, number):
    x = whole(50, 4).astype("f")
    exact = 2 * (x - 2)
    for argnum, expected in [("x", exact), ("m", -exact.sum())]:
        found = zg.grad(kernels.spread, argnum, sum_over_batch=True)(x, number)
        assert found.dtype == zg.grad(kernels.spread, argnum)(x, number).dtype == np.float32
        np.testing.assert_array_equal(found, expected)
    alone = zg.grad(kernels.spread, "m", sum_over_batch=True)
    assert alone(x[0], number).dtype == np.float32
    assert alone(x, np.float64(2)).dtype == alone(x, number, dtype=np.float64).dtype == np.float64
    np.testing.assert_array_equal(alone(x.T, number, axes=[0, (), ()]), -exact.sum())


def test_core_dimensions_may_be_elsewhere(kernels):
    f = summed(zg.vjp(kernels.layer, ("M", "x")), (("M",), ("x",)))
    m, x, y = whole(2, 3), whole(40, 3, seed=1), whole(40, 2, seed=2)
    expected = f(m, x, y)
    got = f(m.T, x.T, y.T, axes=[(1, 0), 0, (0,), (1, 0), 0])
    np.testing.assert_array_equal(got[0], expected[0].T)
    np.testing.assert_array_equal(got[1], expected[1].T)
    out = np.zeros((3, 40))
    f(m, x.T, y, axes=[(0, 1), 0, 1, (0, 1), 0], out=(None, out))
    np.testing.assert_array_equal(out, expected[1].T)
    with pytest.raises(ValueError, match="axes"):
        f(m, x, y, axes=[0, 0, 0, 0, 0])


def test_errors_are_in_the_words_of_the_call(kernels, loss_w):
    x, w = whole(50, 4), whole(4, seed=1)
    for call, kind, message in [
        (lambda: loss_w(x), ArgumentError, r"1 argument was given\. Expected are 2: X, w"),
        (lambda: loss_w(x, 1.0), ShapeError, r"w\(n\) has shape \(\)\. Expected are at least 1"),
        (lambda: loss_w(x, whole(3)), ShapeError, r"n is 4 in X\(n\), of shape \(50, 4\), and 3 in w\(n\)"),
        (lambda: loss_w(x * 1j, w), InputTypeError, "X is complex"),
        (lambda: loss_w([[1], [1, 2]], w), InputTypeError, "X cannot be made an array"),
        (lambda: loss_w(np.ma.masked_array(x), w), InputTypeError, "X is a masked array"),
        (lambda: loss_w(x, w, keepdims=True), ArgumentError, r"keepdims= was given.*Use axes="),
        (lambda: loss_w(x, w, out=np.zeros((50, 4))), ShapeError, r"out= for w_bar\(n\).* no leading dimensions"),
        (lambda: loss_w(x, w, out=np.zeros(3)), ValueError, "mismatch"),
        (lambda: loss_w(x, w, out=np.zeros(4, int)), TypeError, "Cannot cast"),
        (lambda: loss_w(x, w, out=[0] * 4), TypeError, "must be of ArrayType"),
        (lambda: loss_w(x, w, w.copy(), out=w.copy()), TypeError, "both a positional and keyword"),
        (lambda: loss_w(x, w, out=(None, None)), ValueError, "exactly 1 entries"),
    ]:
        with pytest.raises(kind, match=message):
            call()
    each = summed(zg.grad(kernels.loss, "X"), (("X",),))
    with pytest.raises(ShapeError, match=r"Expected are leading dimensions \(50,\), as it is there for each sample"):
        each(x, w, out=np.zeros(4))


def test_batches_that_differ_are_refused(loss_w):
    x = whole(50, 4)
    for other in (whole(1, 4), whole(49, 4), whole(2, 50, 4)):
        with pytest.raises(ShapeError) as error:
            loss_w(x, other)
        assert str(error.value) == (
            "grad(loss, 'w'): a sum is over one batch, and leading dimensions differ: (50,) of X, "
            f"{other.shape[:-1]} of w. Expected are the same in all arguments that have any; an argument without them "
            "is shared by all samples. Drop those that are 1, or repeat an argument for all samples, without a copy, "
            "by np.broadcast_to."
        )


def test_arrays_of_other_libraries_are_refused(loss_w):
    class Foreign:
        def __array_ufunc__(self, *args, **kwargs):
            return NotImplemented

    with pytest.raises(InputTypeError, match=r"X is a .*Foreign, and a sum over a batch takes NumPy arrays"):
        loss_w(Foreign(), whole(4))


def test_operators_do_not_apply_to_a_sum(kernels):
    f = summed(zg.grad(kernels.scalar, "t"), (("t",),))
    with pytest.raises(NotDifferentiableError, match=r"grad\(scalar, 't'\) is summed.*with the outermost operator"):
        zg.grad(f, "t")


def test_integers_are_not_summed(kernels):
    with pytest.raises(NotDifferentiableError, match=r"the result count\(\) is an integer, and sums"):
        summed(zg.jvp(kernels.both, "w"), ((), (), ("w",)))


def test_it_shows_what_it_is(kernels, loss_w):
    assert isinstance(loss_w, SummedDerivative)
    assert loss_w.name == "grad(loss, 'w')"
    assert str(loss_w).endswith("summed over the batch")
    assert repr(loss_w).startswith("<summed derivative grad(loss, 'w'): ")
    assert loss_w.build() is loss_w
    assert loss_w.location == zg.grad(kernels.loss, "w").location


def test_it_travels(loss_w):
    x, w = whole(50, 4), whole(4, seed=1)
    again = pickle.loads(pickle.dumps(loss_w))
    assert again.relations == loss_w.relations
    np.testing.assert_array_equal(again(x, w), loss_w(x, w))


LARGE = f"""
import re
from pathlib import Path
import numpy as np
import zymogen as zg
from zymogen.runtime.summed import summed

def peak():  # of this program alone: ru_maxrss starts with what the parent process had
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024

zg.set_num_threads(2)
f = summed(zg.value_and_grad(zg.compile({KERNELS!r}).loss, "w"), ((), ("w",)))
x, w = np.ones((1_000_000, 20)), np.ones(20)
f(x[:100_000], w)
before = peak()
for laid in (x, x.reshape(1000, 1000, 20), x.reshape(20, -1).T, x[::-1, ::-1]):
    value, gradient = f(laid, w)
    assert value == 400e6 and (gradient == 40e6).all()
print(peak() - before)
"""


def test_a_million_samples_need_little_memory(kernels):
    summed(zg.value_and_grad(kernels.loss, "w"), ((), ("w",))).build()
    done = subprocess.run([sys.executable, "-c", LARGE], capture_output=True, text=True, check=False, env=os.environ)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 10  # MB; one gradient for each sample would be 160
