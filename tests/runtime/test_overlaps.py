"""Outputs that are inputs: what is still needed is read before it is overwritten, whatever the axes."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

import zymogen as zg

UPDATE = """
#include <span>
#include <zymogen/kernel.hpp>
void update(std::span<double> u, std::span<const double> v) {
    for (std::size_t i = 1; i < u.size(); ++i) u[i] += u[i - 1] * v[i] * v[i];
    u[0] *= v[0];
}
ZYMOGEN_KERNEL(update, "u(n), v(n) -> u(n)");
double total(std::span<const double> u, std::span<const double> v) {
    double s = 0;
    for (std::size_t i = 0; i < u.size(); ++i) s += u[i] * v[i] * v[i];
    return s;
}
ZYMOGEN_KERNEL(total, "u(n), v(n) -> ()");
"""


@pytest.fixture(scope="module")
def kernels():
    return zg.compile(UPDATE)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("positional", [True, False])
@pytest.mark.parametrize("size", [1, 2, 5, 40])
def test_other_axes_of_the_same_array(kernels, rng, size, positional):
    v = rng.random(size)
    for start, to in [(0, 0), *permutations(range(3), 2)]:
        u = rng.random((size, size, size))
        axes = [start, 0, to]
        expected = kernels.update(u, v, axes=axes)
        if positional:
            kernels.update(u, v, u, axes=axes)
        else:
            assert kernels.update(u, v, axes=axes, out=u) is u
        np.testing.assert_array_equal(u, expected)


def test_both_results_of_a_derivative(kernels, rng):
    u, v = rng.random((30, 30)), rng.random(30)
    d = zg.jvp(kernels.update, "u")
    axes = [0, 0, 0, 1, 1]
    expected = d(u, v, u, axes=axes)
    a, b = u.copy(), u.copy()
    d(a, v, b, axes=axes, out=(a, b))
    np.testing.assert_array_equal(a, expected[0])
    np.testing.assert_array_equal(b, expected[1])


@pytest.mark.parametrize("positional", [True, False])
def test_an_input_that_all_rows_share(kernels, rng, positional):
    u, v = rng.random(4), rng.random((4, 4))
    expected = kernels.total(u, v)
    kernels.total(*((u, v, u) if positional else (u, v)), **({} if positional else {"out": u}))
    np.testing.assert_array_equal(u, expected)


def test_an_input_of_integers_beside_it(kernels, rng):
    u, v = rng.random((4, 4)), np.arange(4)
    expected = kernels.update(u, v, axes=[0, 0, 1])
    kernels.update(u, v, axes=[0, 0, 1], out=u)
    np.testing.assert_array_equal(u, expected)


def test_the_bare_ufunc_refuses_and_writes_nothing(kernels, rng):
    for count, axes in ((2, [0, 0, 1]), (3, [2, 0, 0])):
        u, v = rng.random((6,) * count), rng.random(6)
        before = u.copy()
        with pytest.raises(zg.errors.ArgumentError, match=r"update: out= shares .* along other axes\. Give a copy"):
            kernels.update.ufunc(u, v, axes=axes, out=u)
        np.testing.assert_array_equal(u, before)


def test_neighbours_in_one_array_are_no_overlap(kernels, rng):
    both, v = rng.random((50, 12)), rng.random(6)
    expected = kernels.update(both[:, :6], v)
    kernels.update.ufunc(both[:, :6], v, out=both[:, 6:])
    np.testing.assert_array_equal(both[:, 6:], expected)


@pytest.mark.parametrize("positional", [True, False])
def test_results_that_share_memory_are_refused(kernels, rng, positional):
    u, v, w = rng.random((3, 4))
    products = zg.gradient_and_hvp(kernels.total)
    memory = np.full(8, 7.0)
    for one, other in [(memory[:4], memory[:4]), (memory[:4], memory[3:7]), (memory[:4], memory[3::-1])]:
        with pytest.raises(ValueError, match=r"the arrays for the results u_bar and du_bar have memory in common, "):
            products(u, v, w, one, other) if positional else products(u, v, w, out=(one, other))
    assert (memory == 7).all()


def test_results_may_lie_between_each_other(kernels, rng):
    u, v, w = rng.random((3, 4))
    products = zg.gradient_and_hvp(kernels.total)
    memory = np.empty(8)
    gradient, product = products(u, v, w, out=(memory[::2], memory[1::2]))
    np.testing.assert_array_equal(gradient, products(u, v, w)[0])
    np.testing.assert_array_equal(product, 0 * u)


def test_a_result_in_place_goes_by_both_names(kernels, rng):
    u, v = rng.random((2, 4))
    by_author, by_python = (zg.jacobian(kernels.update, "u", output=name) for name in ("u", "u_new"))
    np.testing.assert_array_equal(by_python(u, v), by_author(u, v))
