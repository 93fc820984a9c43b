"""The use cases' numbers, to their tolerances."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import zymogen as zg
from zymogen.testing import assert_inactive

EPS = np.finfo(float).eps


class TestOneComponentOfAGradient:
    x, y = np.array([1.0, 2.0]), np.array([0.0, 2.0])

    def test_partial_of_x(self, lib):
        d = zg.partial(lib.bump, ("x", 0))
        assert d(self.x, self.y) == pytest.approx(-0.7357588823428847, rel=1e-15)
        assert d.activity == {"x": "Duplicated", "y": "Const"}
        assert d.seed == "implicit"
        assert d.passes == 1

    def test_partial_of_y_is_zero_where_both_agree(self, lib):
        d = zg.partial(lib.bump, ("y", 1))
        assert d(self.x, self.y) == 0
        assert d.activity == {"x": "Const", "y": "Duplicated"}

    def test_gradients(self, lib):
        gx, gy = zg.grad(lib.bump, ("x", "y"))(self.x, self.y)
        np.testing.assert_allclose(gx, [-0.7357588823428847, 0], rtol=1e-15)
        np.testing.assert_allclose(gy, [0.7357588823428847, 0], rtol=1e-15)

    def test_one_function_per_component_is_one_build(self, lib):
        n = 7
        x, y = np.linspace(0, 1, n), np.linspace(0.5, 0, n)
        partials = [zg.partial(lib.bump, ("x", j)) for j in range(n)]
        exact = -2 * (x - y) * np.exp(-((x - y) ** 2).sum())
        np.testing.assert_allclose([d(x, y) for d in partials], exact, rtol=8 * EPS * n)
        assert len({d.location for d in partials}) == 1

    def test_components_as_an_argument(self, lib):
        x, y = np.linspace(0, 1, 6), np.zeros(6)
        d = zg.partial(lib.bump, "x")
        g = zg.grad(lib.bump, "x")(x, y)
        np.testing.assert_allclose(d(x, y, [0, 3, 5]), g[[0, 3, 5]], rtol=8 * EPS)
        np.testing.assert_allclose(d(x, y, [-1, -6]), g[[-1, 0]], rtol=8 * EPS)
        assert d.arguments == ("x", "y", "x_index")


class TestOneEntryOfAThirdDerivative:
    rows = np.arange(1.0, 31.0).reshape(6, 5)
    expected = (8, 63, 168, 323, 528, 783)

    def test_is_exact_for_a_batch(self, lib):
        d = zg.partial(lib.product, ("x", 0), ("x", 2), ("x", 4))
        assert d(self.rows).tolist() == list(self.expected)
        assert d.seed == "implicit"

    @pytest.mark.parametrize("order", list(itertools.permutations((0, 2, 4))))
    def test_order_of_components_does_not_matter(self, lib, order):
        d = zg.partial(lib.product, *(("x", i) for i in order))
        np.testing.assert_allclose(d(self.rows), self.expected, rtol=1e-12)

    def test_a_repeated_component_gives_zero_here(self, lib):
        assert not zg.partial(lib.product, ("x", 1), ("x", 1), ("x", 4))(self.rows).any()

    def test_batch_is_bitwise_equal_to_single_calls(self, lib):
        rows = np.random.default_rng(0).normal(size=(100, 5))
        d = zg.partial(lib.product, ("x", 0), ("x", 2), ("x", 4))
        assert d(rows).tobytes() == np.array([d(row) for row in rows]).tobytes()


class TestAnArrayWithRespectToAScalar:
    x = np.arange(-10.0, 11.0)
    d = 1 / (1 + np.arange(-10.0, 11.0) ** 2)
    expected = (
        0.0038159826800085255,
        0.39643609910240457,
        0.6231034302749946,
        -1.1880368937145036,
        -0.06280195331777222,
    )

    def test_derivative_in_one_forward_pass(self, lib):
        dm = zg.partial(lib.rs, "m")
        np.testing.assert_allclose(dm(self.x, self.d, 0.25)[8:13], self.expected, rtol=0, atol=2e-15)
        assert dm.passes == 1
        assert dm.activity == {"x": "Const", "d": "Const", "m": "Duplicated"}

    def test_tangent_agrees(self, lib):
        r, dr = zg.jvp(lib.rs, "m")(self.x, self.d, 0.25, 2.0)
        np.testing.assert_array_equal(r, lib.rs(self.x, self.d, 0.25))
        np.testing.assert_allclose(dr[8:13] / 2, self.expected, rtol=0, atol=2e-15)

    def test_cotangents_agree(self, lib):
        columns = zg.vjp(lib.rs, "m")(self.x, self.d, 0.25, np.eye(21))
        np.testing.assert_allclose(columns[8:13], self.expected, rtol=0, atol=2e-15)

    def test_jacobian_chooses_forward_by_itself(self, lib):
        d = zg.jacobian(lib.rs, "m")
        np.testing.assert_allclose(d(self.x, self.d, 0.25)[8:13], self.expected, rtol=0, atol=2e-15)
        assert d.count_passes(n=21) == 1
        text = " ".join(str(zg.explain(d)).split())
        assert (
            "forward (1 pass of about 1.5 evaluations) or, where that is less, reverse (ceil(n / 8) passes of about"
            in text
        )
        assert "1 for each row of a batch: forward" in text
        for name in ("x", "d"):
            assert_inactive(d, name)

    def test_all_ways_to_the_derivative_agree(self, lib):
        at = self.x, self.d, 0.25
        expected = zg.derivative(lib.rs, "m")(*at)
        np.testing.assert_allclose(expected[8:13], self.expected, rtol=0, atol=2e-15)
        reverse = zg.jacobian(lib.rs, "m", mode="reverse")
        np.testing.assert_allclose(reverse(*at), expected, rtol=0, atol=4e-15)
        assert reverse.count_passes(n=21) == 3
        rows = zg.jacobian(lib.rs, "m", rows=range(8, 13))
        np.testing.assert_allclose(rows(*at), self.expected, rtol=0, atol=2e-15)

    def test_second_derivative_with_respect_to_the_scalar(self, lib):
        at, h = (self.x, self.d, 0.25), 2**-10
        first = zg.derivative(lib.rs, "m")
        # Richardson's extrapolation of central differences, which is right to about h^4.
        wide, narrow = (
            (first(self.x, self.d, 0.25 + k) - first(self.x, self.d, 0.25 - k)) / (2 * k) for k in (2 * h, h)
        )
        np.testing.assert_allclose(zg.derivative(lib.rs, "m", 2)(*at), (4 * narrow - wide) / 3, rtol=0, atol=1e-9)

    def test_scalar_version(self, lib):
        value, derivative = zg.value_and_grad(lib.misfit, "m")(self.x, self.d, 0.25)
        assert value == pytest.approx(0.2624177846686922, rel=4 * EPS)
        assert derivative == pytest.approx(0.21549454807892457, rel=1e-14)


class TestAModelWithTwoOutputs:
    M = np.array([[0.1, -0.2, 0.3, 0.4], [0.5, 0.6, -0.7, 0.8]])
    x = np.array([1, -0.5, 0.25, 2])
    y = np.array([0.7913375537619973, 0.9253462253117412])

    @pytest.fixture(params=[(np.float64, 1e-14), (np.float32, 1e-5)], ids=["float64", "float32"])
    def precision(self, request):
        return request.param

    def test_value(self, lib, precision):
        dtype, rtol = precision
        y = lib.model(self.M.astype(dtype), self.x.astype(dtype))
        assert y.dtype == dtype
        np.testing.assert_allclose(y, self.y, rtol=rtol)

    def test_row_of_the_jacobian_by_vjp(self, lib, precision):
        dtype, rtol = precision
        row = zg.vjp(lib.model, "x")(self.M.astype(dtype), self.x.astype(dtype), np.array([0, 1], dtype))
        assert row.dtype == dtype
        np.testing.assert_allclose(row, (1 - self.y[1] ** 2) * self.M[1], rtol=rtol)

    def test_column_of_the_jacobian_by_jvp(self, lib, precision):
        dtype, rtol = precision
        _, column = zg.jvp(lib.model, "x")(self.M.astype(dtype), self.x.astype(dtype), np.array([0, 0, 1, 0], dtype))
        assert column.dtype == dtype
        np.testing.assert_allclose(column, (1 - self.y**2) * self.M[:, 2], rtol=rtol)

    def test_component_of_a_matrix(self, lib, precision):
        dtype, rtol = precision
        M, x = self.M.astype(dtype), self.x.astype(dtype)
        expected = np.array([0, (1 - self.y[1] ** 2) * self.x[3]])
        bound = zg.partial(lib.model, ("M", (1, 3)))(M, x)
        assert bound.dtype == dtype
        np.testing.assert_allclose(bound, expected, rtol=rtol)
        np.testing.assert_array_equal(zg.partial(lib.model, "M")(M, x, [1, 3]), bound)

    def test_both_cotangents(self, lib, precision):
        dtype, rtol = precision
        ybar = np.array([0.5, -2], dtype)
        Mbar, xbar = zg.vjp(lib.model, ("M", "x"))(self.M.astype(dtype), self.x.astype(dtype), ybar)
        inner = ybar * (1 - self.y**2)
        np.testing.assert_allclose(Mbar, np.outer(inner, self.x), rtol=rtol)
        np.testing.assert_allclose(xbar, inner @ self.M, rtol=rtol)
