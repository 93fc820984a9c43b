"""Products with vectors: of Hessians, and of Jacobians and Hessians that are swept over, against exact results."""

from __future__ import annotations

import numpy as np
import pytest

import zymogen as zg
from zymogen.errors import NotDifferentiableError
from zymogen.testing.scenarios.exact import Exact

KERNELS = r"""
#include <cmath>
#include <span>
#include <zymogen/kernel.hpp>

template <class T>
T energy(std::span<const T> x, T m, std::span<const T> w) {
    T s = 0, p = 1;
    for (std::size_t i = 0; i < x.size(); ++i) {
        s += w[i] * x[i] * x[i] * x[i];
        p += x[i] * w[i];
    }
    return m * m * s + p * p * m;
}
ZYMOGEN_KERNEL_TEMPLATE(energy, "x(n), m(), w(n) -> ()");

void cubic(std::span<const double> x, double m, zymogen::matrix<const double> M, std::span<double> y) {
    for (std::size_t a = 0; a < y.size(); ++a) {
        double s = 0, t = 0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            s += M[a, i] * x[i] * x[i] * x[i];
            t += M[a, i] * x[i];
        }
        y[a] = m * m * s + t * t;
    }
}
ZYMOGEN_KERNEL(cubic, "x(n), m(), M(a,n) -> y(a)");
"""

NAMES = ("x", "m", "w")
MODES = ["forward", "reverse"]


@pytest.fixture(scope="module")
def lib():
    return zg.compile(KERNELS)


def energy(x, m, w):
    return m**2 * (w * x**3).sum() + (1 + (x * w).sum()) ** 2 * m


def cubic(x, m, M):
    return m**2 * (M * x**3).sum(axis=1) + (M * x).sum(axis=1) ** 2


def point(n, a=None):
    rng = np.random.default_rng(n)
    last = {"w": rng.normal(size=n)} if a is None else {"M": rng.normal(size=(a, n))}
    return {"x": rng.normal(size=n), "m": np.float64(1.5), **last}


def assert_near(found, expected, rtol=1e-12):
    """Relative to the largest entry, as sums have terms of different signs."""
    assert np.shape(found) == np.shape(expected)
    scale = np.abs(expected).max(initial=0)
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=rtol * scale)


def blocks(n):
    exact, size = Exact(energy, point(n), ("out",)), {"x": (n,), "m": (), "w": (n,)}
    return {(a, b): exact.hessian(a, b).reshape((*size[a], *size[b])) for a in NAMES for b in NAMES}


@pytest.mark.parametrize("n", [0, 1, 2, 9])
def test_hvp_sums_over_all_arguments(lib, n):
    exact, hessian = Exact(energy, point(n), ("out",)), blocks(n)
    v = {"x": np.linspace(-1, 1, n), "m": 0.7, "w": np.linspace(2, 1, n)}
    at = [*point(n).values(), *v.values()]
    found = zg.hvp(lib.energy, NAMES)(*at)
    gradient, product = zg.gradient_and_hvp(lib.energy, NAMES)(*at)
    for k, name in enumerate(NAMES):
        expected = sum(np.tensordot(hessian[name, other], v[other], np.ndim(v[other])) for other in NAMES)
        assert_near(found[k], expected)
        assert_near(product[k], expected)
        assert_near(gradient[k], exact.jacobian(name).reshape(np.shape(v[name])))


def test_hvp_of_one_argument_is_the_same_by_other_nests(lib):
    v = np.array([1.0, -2, 0.5])
    expected = blocks(3)["x", "x"] @ v
    assert_near(zg.hvp(lib.energy, "x")(*point(3).values(), v), expected)
    assert_near(zg.vjp(zg.grad(lib.energy, "x"), "x")(*point(3).values(), v), expected)
    assert_near(zg.jvp(zg.grad(lib.energy, "x"), "x")(*point(3).values(), v)[1], expected)


def test_hvp_in_batches_with_axes_out_and_float32(lib):
    rng = np.random.default_rng(1)
    X, w, V = rng.normal(size=(6, 5)), rng.normal(size=5), rng.normal(size=(6, 5))
    d = zg.hvp(lib.energy, "x")
    expected = d(X, 0.5, w, V)
    for row in range(6):
        np.testing.assert_array_equal(expected[row], d(X[row], 0.5, w, V[row]))
    found = d(X.T, 0.5, w, V.T, axes=[0, (), 0, 0, 0])
    np.testing.assert_array_equal(found.T, expected)
    out = np.full((6, 10), np.nan)[:, ::2]
    assert d(X, 0.5, w, V, out=out) is out
    np.testing.assert_array_equal(out, expected)
    every = d(X[0], 0.5, w, np.eye(5))  # one point, many directions
    np.testing.assert_allclose(every, zg.hessian(lib.energy, "x")(X[0], 0.5, w), rtol=1e-13, atol=1e-14)
    narrow = d(*(np.asarray(item, np.float32) for item in (X, 0.5, w, V)))
    assert narrow.dtype == np.float32
    np.testing.assert_allclose(narrow, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("n", "a"), [(0, 2), (1, 1), (2, 3), (9, 2)])
def test_cotangents_of_a_jacobian(lib, mode, n, a):
    at, exact = point(n, a), Exact(cubic, point(n, a), ("y",))
    weights = np.random.default_rng(2).normal(size=(a, n))
    d = zg.vjp(zg.jacobian(lib.cubic, "x", mode=mode), ("x", "m", "M"))
    for found, name in zip(d(*at.values(), weights), ("x", "m", "M"), strict=True):
        shape = np.shape(at[name])
        expected = np.tensordot(weights, exact.derivative("x", name).reshape(a, n, *shape), 2)
        assert_near(found, expected)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("n", "a"), [(0, 2), (1, 1), (2, 3), (9, 1)])
def test_cotangents_of_a_hessian_need_not_be_symmetric(lib, mode, n, a):
    at, exact = point(n, a), Exact(cubic, point(n, a), ("y",))
    weights = np.random.default_rng(3).normal(size=(a, n, n))
    d = zg.vjp(zg.hessian(lib.cubic, "x", mode=mode), ("M", "x"))
    for found, name in zip(d(*at.values(), weights), ("M", "x"), strict=True):
        shape = np.shape(at[name])
        expected = np.tensordot(weights, exact.third("x", "x", name).reshape(a, n, n, *shape), 3)
        assert_near(found, expected)


@pytest.mark.parametrize("mode", MODES)
def test_cotangents_of_all_blocks_of_a_hessian(lib, mode):
    n, names = 3, ("x", "m")
    at, exact = point(n), Exact(energy, point(n), ("out",))
    rng = np.random.default_rng(4)
    shape = {"x": (n,), "m": ()}
    weights = {(a, b): rng.normal(size=(*shape[a], *shape[b])) for a in names for b in names}
    d = zg.vjp(zg.hessian(lib.energy, names, mode=mode), "w")
    expected = sum(np.tensordot(item, exact.third(*pair, "w"), item.ndim) for pair, item in weights.items())
    assert_near(d(*at.values(), *weights.values()), expected)


def test_cotangents_of_a_diagonal_and_of_listed_entries(lib):
    at, exact = point(4, 2), Exact(cubic, point(4, 2), ("y",))
    third, second = exact.third("x", "x", "x"), exact.hessian("x")
    weights = np.random.default_rng(5).normal(size=(2, 4))
    diagonal = zg.vjp(zg.hessian_diagonal(lib.cubic, "x"), "x")
    assert_near(diagonal(*at.values(), weights), np.einsum("ai,aiij->j", weights, third))
    for mode in MODES:
        listed = zg.vjp(zg.jacobian(lib.cubic, "x", mode=mode, rows=[1, 1, 0], cols=[-1, 2]), "x")
        chosen = second[[1, 1, 0]][:, [-1, 2]]
        weights = np.random.default_rng(6).normal(size=(3, 2))
        assert_near(listed(*at.values(), weights), np.einsum("ri,rij->j", weights, chosen))


@pytest.mark.parametrize("mode", MODES)
def test_tangents_of_a_jacobian_and_a_hessian(lib, mode):
    at, exact = point(9, 2), Exact(cubic, point(9, 2), ("y",))
    v = np.linspace(-1, 1, 9)
    value, tangent = zg.jvp(zg.jacobian(lib.cubic, "x", mode=mode), "x")(*at.values(), v)
    assert_near(value, exact.jacobian("x"))
    assert_near(tangent, exact.hessian("x") @ v)
    value, tangent = zg.jvp(zg.hessian(lib.cubic, "x", mode=mode), "m")(*at.values(), 2.0)
    assert_near(value, exact.hessian("x"))
    assert_near(tangent, exact.third("x", "x", "m") * 2)


def test_cotangents_in_batches(lib):
    rng = np.random.default_rng(7)
    X, M, weights = rng.normal(size=(5, 3)), rng.normal(size=(2, 3)), rng.normal(size=(5, 2, 3, 3))
    d = zg.vjp(zg.hessian(lib.cubic, "x", mode="forward"), "M")
    found = d(X, 1.5, M, weights)
    for row in range(5):
        np.testing.assert_array_equal(found[row], d(X[row], 1.5, M, weights[row]))
    whole = zg.vjp(zg.hessian(lib.cubic, "x", mode="forward"), "M", sum_over_batch=True)(X, 1.5, M, weights)
    np.testing.assert_allclose(whole, found.sum(axis=0), rtol=1e-13)
    strided = np.asfortranarray(weights)
    np.testing.assert_array_equal(d(X, 1.5, M, strided), found)
    assert (strided == weights).all()


def test_what_is_refused_says_what_to_do(lib):
    with pytest.raises(NotDifferentiableError, match=r"hvp: `cubic` returns y\(a\).* Use zg.jvp of zg.jacobian\(cubic"):
        zg.hvp(lib.cubic, "x")
    with pytest.raises(
        NotDifferentiableError, match=r"out, .* are computed once, and the others component by component"
    ):
        zg.vjp(zg.value_gradient_and_hessian(lib.energy, "x"), "w")
    cotangents = zg.vjp(zg.jacobian(lib.cubic, "x"), "M")
    with pytest.raises(
        NotDifferentiableError, match=r"dy_bar is the cotangent of a Jacobian or Hessian, .* linear in it"
    ):
        zg.jvp(cotangents, "dy_bar")
    with pytest.raises(NotDifferentiableError, match="dy_bar is the cotangent of a Jacobian or Hessian"):
        zg.jacobian(cotangents, "dy_bar")


def test_jvp_of_value_gradient_and_hessian(lib):
    at, exact = point(3), Exact(energy, point(3), ("out",))
    values, tangents = zg.jvp(zg.value_gradient_and_hessian(lib.energy, "x"), "w")(*at.values(), np.ones(3))
    assert_near(values[2], exact.hessian("x"))
    for tangent, order in zip(tangents, ((), ("x",), ("x", "x")), strict=True):
        assert_near(tangent, exact.derivative(*order, "w").sum(axis=-1))
