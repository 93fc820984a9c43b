"""Operators applied to derivatives: one nest, compared with closed forms."""

from __future__ import annotations

import numpy as np
import pytest

import zymogen as zg

N = 5


@pytest.fixture(scope="module")
def point():
    rng = np.random.default_rng(1)
    return rng.normal(size=N) / 2, rng.normal(size=N) / 2


def value(x, y):
    return np.exp(-((x - y) ** 2).sum())


def hessian_xx(x, y):
    r = x - y
    return (4 * np.outer(r, r) - 2 * np.eye(len(x))) * value(x, y)


def third(x, y, i, j, k):
    """d3 f / dx_i dx_j dx_k of f = exp(-|x - y|^2)."""
    r, delta = x - y, np.eye(len(x))
    pairs = r[i] * delta[j, k] + r[j] * delta[i, k] + r[k] * delta[i, j]
    return (4 * pairs - 8 * r[i] * r[j] * r[k]) * value(x, y)


def test_second_partial(lib, point):
    x, y = point
    d = zg.partial(lib.bump, ("x", 1), ("x", 3))
    assert d(x, y) == pytest.approx(hessian_xx(x, y)[1, 3], rel=1e-13)


def test_repeated_component(lib, point):
    x, y = point
    assert zg.partial(lib.bump, ("x", 2), ("x", 2))(x, y) == pytest.approx(hessian_xx(x, y)[2, 2], rel=1e-13)


def test_partial_of_two_arguments(lib, point):
    x, y = point
    mixed = zg.partial(lib.bump, ("x", 0), ("y", 4))(x, y)
    assert mixed == pytest.approx(-hessian_xx(x, y)[0, 4], rel=1e-13)


def test_open_components_of_every_order(lib, point):
    x, y = point
    d = zg.partial(lib.bump, "x", "x")
    i, j = np.meshgrid(np.arange(N), np.arange(N), indexing="ij")
    np.testing.assert_allclose(d(x, y, i, j), hessian_xx(x, y), rtol=1e-13, atol=1e-15)


def test_bound_and_open_components_together(lib, point):
    x, y = point
    d = zg.partial(lib.bump, "x", ("x", 1), "x")
    assert d.arguments == ("x", "y", "x_index", "x_index3")
    assert d(x, y, 0, 2) == pytest.approx(third(x, y, 0, 1, 2), rel=1e-12)


@pytest.mark.parametrize("components", [(0, 0, 0), (0, 0, 1), (4, 2, 3)])
def test_third_partial(lib, point, components):
    x, y = point
    d = zg.partial(lib.bump, *(("x", i) for i in components))
    assert d(x, y) == pytest.approx(third(x, y, *components), rel=1e-12)


def test_reverse_over_forward_gives_a_row_of_the_hessian(lib, point):
    x, y = point
    row = zg.grad(zg.partial(lib.bump, ("x", 2)), "x")(x, y)
    np.testing.assert_allclose(row, hessian_xx(x, y)[2], rtol=1e-13)


def test_reverse_over_forward_for_the_other_argument(lib, point):
    x, y = point
    d = zg.grad(zg.partial(lib.bump, "x"), "y")
    assert d.activity == {"x": "Duplicated", "y": "Duplicated"}
    np.testing.assert_allclose(d(x, y, 2), -hessian_xx(x, y)[2], rtol=1e-13)


def test_forward_over_reverse_gives_a_product_with_the_hessian(lib, point):
    x, y = point
    v = np.arange(N) - 1.5
    gradient, product = zg.jvp(zg.grad(lib.bump, "x"), "x")(x, y, v)
    np.testing.assert_allclose(product, hessian_xx(x, y) @ v, rtol=1e-13)
    np.testing.assert_allclose(gradient, zg.grad(lib.bump, "x")(x, y), rtol=1e-15)


def test_reverse_over_reverse_gives_a_product_with_the_hessian(lib, point):
    x, y = point
    v = np.arange(N) - 1.5
    np.testing.assert_allclose(zg.vjp(zg.grad(lib.bump, "x"), "x")(x, y, v), hessian_xx(x, y) @ v, rtol=1e-13)


def test_component_of_a_gradient(lib, point):
    x, y = point
    column = zg.partial(zg.grad(lib.bump, "x"), ("x", 1))(x, y)
    np.testing.assert_allclose(column, hessian_xx(x, y)[1], rtol=1e-13)


def test_value_and_gradient_of_a_partial(lib, point):
    x, y = point
    first, second = zg.value_and_grad(zg.partial(lib.bump, ("x", 0)), ("x", "y"))(x, y)
    assert first == pytest.approx(-2 * (x - y)[0] * value(x, y), rel=1e-13)
    np.testing.assert_allclose(second[0], hessian_xx(x, y)[0], rtol=1e-13)
    np.testing.assert_allclose(second[1], -hessian_xx(x, y)[0], rtol=1e-13)


def test_derivative_along_a_tangent_with_respect_to_that_tangent(lib, point):
    x, y = point
    v = np.ones(N)
    _, (_, tangent) = zg.jvp(zg.jvp(lib.bump, "x"), "dx")(x, y, v, np.eye(N)[1])
    assert tangent == pytest.approx(zg.grad(lib.bump, "x")(x, y)[1], rel=1e-13)


def test_third_order_with_one_reverse_level(lib, point):
    x, y = point
    d = zg.grad(zg.partial(lib.bump, ("x", 0), ("x", 1)), "x")
    np.testing.assert_allclose(d(x, y), [third(x, y, 0, 1, k) for k in range(N)], rtol=1e-12)


def test_integers_pass_through_every_mode(lib):
    x, w = np.array([1.5, 2.0, 0.5]), np.array([1.0, -1.0, 3.0])
    np.testing.assert_allclose(zg.grad(lib.power_sum, "x")(x, w, 3), 3 * w * x**2, rtol=1e-15)
    np.testing.assert_allclose(zg.grad(lib.power_sum, ("x", "w"))(x, w, 3)[1], x**3, rtol=1e-15)
    assert zg.partial(lib.power_sum, ("x", 1), ("x", 1))(x, w, 3) == pytest.approx(-12.0, rel=1e-15)


def test_second_order_through_an_array_result(lib):
    rng = np.random.default_rng(2)
    M, x, ybar, v = rng.normal(size=(2, 3)), rng.normal(size=3), rng.normal(size=2), rng.normal(size=3)
    y = np.tanh(M @ x)
    _, product = zg.jvp(zg.vjp(lib.model, "x"), "x")(M, x, ybar, v)
    expected = (ybar * -2 * y * (1 - y**2) * (M @ v)) @ M
    np.testing.assert_allclose(product, expected, rtol=1e-12)


def test_one_tuple_gives_a_tuple(lib, point):
    x, y = point
    (g,) = zg.grad(lib.bump, ("x",))(x, y)
    np.testing.assert_array_equal(g, zg.grad(lib.bump, "x")(x, y))


def test_inputs_stay_as_they_are(lib, point):
    x, y = (array.copy() for array in point)
    for d in (zg.grad(lib.bump, ("x", "y")), zg.partial(lib.bump, ("x", 0))):
        d(x, y)
    ybar = np.ones(2)
    M, v = np.ones((2, N)), np.ones(N)
    zg.vjp(lib.model, ("M", "x"))(M, v, ybar)
    assert (x == point[0]).all()
    assert (y == point[1]).all()
    assert (ybar == 1).all()
    assert (M == 1).all()


def test_products_with_a_partial(lib, point):
    x, y = point
    v = np.arange(N) - 1.5
    first, second = zg.jvp(zg.partial(lib.bump, "x"), "x")(x, y, 2, v)
    assert first == pytest.approx(-2 * (x - y)[2] * value(x, y), rel=1e-13)
    assert second == pytest.approx(hessian_xx(x, y)[2] @ v, rel=1e-13)
    row = zg.vjp(zg.partial(lib.bump, ("x", 2)), "x")(x, y, 0.5)
    np.testing.assert_allclose(row, hessian_xx(x, y)[2] / 2, rtol=1e-13)
