"""Kernels with several results: one is chosen by name, in every operator."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

import zymogen as zg
from zymogen.errors import ArgumentError, NotDifferentiableError
from zymogen.testing import assert_inactive
from zymogen.testing.scenarios.exact import Exact

KERNELS = r"""
#include <cmath>
#include <span>
#include <zymogen/kernel.hpp>

double several(std::span<const double> x, double m, std::span<double> y, zymogen::matrix<double> Z, int& count) {
    count = 0;
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        y[i] = m * x[i] * x[i];
        s += x[i] * y[i];
        ++count;
        for (std::size_t j = 0; j < x.size(); ++j) Z[i, j] = m * m * x[i] * x[j] * x[j];
    }
    return s * m;
}
ZYMOGEN_KERNEL(several, "x(n), m() -> s(), y(n), Z(n,n), count()");

void stepped(std::span<double> u, double h, std::span<double, 2> e, int& count) {
    count = 0;
    for (double& v : u) {
        e[0] += h * v * v * v;
        v += h * v * v;
        e[1] += v * v;
        ++count;
    }
}
ZYMOGEN_KERNEL(stepped, "u(n), h() -> u(n), e(2), count()");

void parts(std::span<const double, 3> x, std::span<double, 2> y, std::span<double, 4> z) {
    y[0] = x[0] * x[1] * x[1];
    y[1] = x[2] * x[2] * x[0];
    for (std::size_t i = 0; i < 4; ++i) z[i] = x[0] * double(i) + x[1] * x[2] * x[i % 3];
}
ZYMOGEN_KERNEL(parts, "x(3) -> y(2), z(4)");
"""

X, H = np.array([0.5, -1.5, 2.0]), 0.25


@pytest.fixture(scope="module")
def lib():
    return zg.compile(KERNELS)


def several(x, m):
    y = m * x**2
    return (x * y).sum() * m, y, m**2 * np.outer(x, x**2), len(x)


def stepped(u, h):
    new = u + h * u**2
    return new, np.array([(h * u**3).sum(), (new**2).sum()]), len(u)


def parts(x):
    z = [x[0] * i + x[1] * x[2] * x[i % 3] for i in range(4)]
    return np.array([x[0] * x[1] ** 2, x[2] ** 2 * x[0]]), np.array(z)


POINTS = {
    "several": Exact(several, {"x": X, "m": np.float64(H)}, ("s", "y", "Z", "count")),
    "stepped": Exact(stepped, {"u": X, "h": np.float64(H)}, ("u", "e", "count")),
    "parts": Exact(parts, {"x": X}, ("y", "z")),
}
ARGUMENTS = {"several": (X, H), "stepped": (X, H), "parts": (X,)}
CASES = [("several", name) for name in "syZ"] + [("stepped", name) for name in "ue"] + [("parts", n) for n in "yz"]


def near(found, expected):
    assert np.shape(found) == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-13)


@pytest.fixture(params=CASES, ids=lambda case: f"{case[1]} of {case[0]}")
def case(lib, request):
    kernel, output = request.param
    return lib[kernel], output, ARGUMENTS[kernel], POINTS[kernel]


@pytest.mark.parametrize(("kernel", "output"), [("several", "Z"), ("stepped", "e")])
def test_partial(lib, kernel, output):
    f, at, exact = lib[kernel], ARGUMENTS[kernel], POINTS[kernel]
    x = f.arguments[0]
    near(zg.partial(f, (x, 1), output=output)(*at), exact.jacobian(x, output=output)[..., 1])


@pytest.mark.parametrize(("kernel", "output"), [("several", "Z"), ("stepped", "u")])
def test_jvp_and_vjp(lib, kernel, output):
    f, at, exact = lib[kernel], ARGUMENTS[kernel], POINTS[kernel]
    x, v = f.arguments[0], np.array([1.0, -2.0, 0.5])
    jacobian = exact.jacobian(x, output=output)
    value, tangent = zg.jvp(f, x, output=output)(*at, v)
    near(tangent, jacobian @ v)
    weights = np.linspace(1, 2, value.size).reshape(np.shape(value))
    near(zg.vjp(f, x, output=output)(*at, weights), np.tensordot(weights, jacobian, weights.ndim))


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_jacobian(case, mode):
    f, output, at, exact = case
    x = f.arguments[0]
    d = zg.jacobian(f, x, output=output, mode=mode)
    near(d(*at), exact.jacobian(x, output=output))
    for name in f.arguments[1:]:
        assert_inactive(d, name)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize(("kernel", "output"), [("several", "Z"), ("stepped", "u")])
def test_hessian(lib, kernel, output, mode):
    f, at, exact = lib[kernel], ARGUMENTS[kernel], POINTS[kernel]
    x = f.arguments[0]
    d = zg.hessian(f, x, output=output, mode=mode)
    near(d(*at), exact.hessian(x, output=output))
    for name in f.arguments[1:]:
        assert_inactive(d, name)


@pytest.mark.parametrize(("kernel", "output"), [("several", "y"), ("stepped", "e")])
def test_hessian_diagonal(lib, kernel, output):
    f, exact = lib[kernel], POINTS[kernel]
    x = f.arguments[0]
    found = zg.hessian_diagonal(f, x, output=output)(*ARGUMENTS[kernel])
    near(found, np.einsum("...ii->...i", exact.hessian(x, output=output)))


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_rows_of_one_result(lib, mode):
    exact = POINTS["several"]
    rows = [(2, 0), (-1, -1)]
    found = zg.jacobian(lib.several, "x", output="Z", mode=mode, rows=rows)(X, H)
    whole = exact.jacobian("x", output="Z")
    near(found, np.stack([whole[row] for row in rows]))
    both = zg.jacobian(lib.parts, "x", output="z", mode=mode, rows=[3], cols=[0, -1])(X)
    near(both, POINTS["parts"].jacobian("x", output="z")[[3]][:, [0, -1]])


def test_operators_of_numbers(lib):
    exact, v = POINTS["several"], np.array([1.0, -2.0, 0.5])
    gradient, hessian = exact.jacobian("x", output="s"), exact.hessian("x", output="s")
    f = lib.several
    near(zg.grad(f, "x", output="s")(X, H), gradient)
    found, product = zg.gradient_and_hvp(f, "x", output="s")(X, H, v)
    near(found, gradient)
    near(product, hessian @ v)
    parts = zg.value_gradient_and_hessian(f, "x", output="s")(X, H)
    for part, expected in zip(parts, (exact.value[0], gradient, hessian), strict=True):
        near(part, expected)
    near(zg.derivative(f, "m", 2, output="s")(X, H), exact.hessian("m", output="s"))
    near(zg.derivative(f, "m", output="Z")(X, H), exact.jacobian("m", output="Z"))


def test_blocks_of_one_result(lib):
    exact = POINTS["several"]
    blocks = zg.hessian(lib.several, ("x", "m"), output="y")(X, H)
    for (row, first), (column, second) in itertools.product(enumerate("xm"), repeat=2):
        near(blocks[row][column], exact.hessian(first, second, output="y"))


def test_without_a_name_products_take_all_results(lib):
    (*_, count), (du, de) = zg.jvp(lib.stepped, "u")(X, H, np.ones(3))
    assert count == 3
    near(du, POINTS["stepped"].jacobian("u", output="u").sum(axis=1))
    near(de, POINTS["stepped"].jacobian("u", output="e").sum(axis=1))
    both = zg.vjp(lib.stepped, "u")(X, H, np.ones(3), np.ones(2))
    near(both, sum(POINTS["stepped"].jacobian("u", output=name).sum(axis=0) for name in "ue"))


def test_derivatives_have_named_results_too(lib):
    """The tangent of a jvp, differentiated once more."""
    v = np.array([1.0, -2.0, 0.5])
    tangents = zg.jvp(lib.several, "x", output="y")
    names = [item.name for item in tangents.plan.outputs]
    found = zg.jacobian(tangents, "x", output=names[1])(X, H, v)
    near(found, POINTS["several"].hessian("x", output="y") @ v)
    with pytest.raises(NotDifferentiableError, match=f"2 results, {names[0]}.*, and one is expected"):
        zg.jacobian(tangents, "x")


def test_the_parts_of_value_and_grad_are_named(lib):
    pair = zg.value_and_grad(lib.several, "x", output="s")
    names = [item.name for item in pair.plan.outputs]
    near(zg.jacobian(pair, "x", output=names[1])(X, H), POINTS["several"].hessian("x", output="s"))


def test_a_batch_of_one_result(lib):
    points = np.random.default_rng(0).normal(size=(4, 3))
    d = zg.jacobian(lib.several, "x", output="Z")
    found = d(points, H)
    assert found.shape == (4, 3, 3, 3)
    for row, x in zip(found, points, strict=True):
        np.testing.assert_array_equal(row, d(x, H))


OPERATORS = [
    zg.partial, zg.derivative, zg.grad, zg.value_and_grad, zg.jvp, zg.vjp, zg.jacobian, zg.hessian,
    zg.hessian_diagonal, zg.hvp, zg.gradient_and_hvp, zg.value_gradient_and_hessian,
]  # fmt: skip


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda item: item.__name__)
def test_unknown_results_are_answered_with_those_there_are(lib, operator):
    with pytest.raises(ArgumentError, match=r"there is no result 'q'. Results are s, y, Z, count"):
        operator(lib.several, "m", output="q")
    with pytest.raises(ArgumentError, match=r"there is no result 'v'. Results are u, e, count"):
        operator(lib.stepped, "h", output="v")


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda item: item.__name__)
def test_integer_results_have_no_derivative(lib, operator):
    with pytest.raises(NotDifferentiableError, match="integer"):
        operator(lib.several, "m", output="count")


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda item: item.__name__)
def test_several_results_need_a_name(lib, operator):
    if operator in (zg.jvp, zg.vjp):
        return
    with pytest.raises(NotDifferentiableError, match=r"has 4 results.* Name it, as in output='s'"):
        operator(lib.several, "m")
    with pytest.raises(NotDifferentiableError, match=r"has 3 results.* Name it, as in output='u'"):
        operator(lib.stepped, "h")


@pytest.mark.parametrize("operator", [zg.grad, zg.hvp, zg.value_gradient_and_hessian])
def test_operators_of_numbers_refuse_arrays(lib, operator):
    with pytest.raises(NotDifferentiableError, match=r"returns y\(n\), and a gradient needs a single number"):
        operator(lib.several, "x", output="y")


def test_blocks_of_what_is_computed_together_are_refused(lib):
    together = zg.jacobian(lib.parts, ("x",), output="y")
    assert zg.jacobian(together, "x")(X).shape == (2, 3, 3)  # there is one
    pair = zg.jacobian(lib.several, ("x", "m"), output="y")
    names = [item.name for item in pair.plan.outputs]
    with pytest.raises(NotDifferentiableError, match=f"{names[1]} is one block of .* Name one argument instead"):
        zg.jacobian(pair, "x", output=names[1])


def test_advice_names_the_result_that_was_chosen(lib):
    with pytest.raises(NotDifferentiableError, match=re.escape("Use zg.jacobian(several, 'x', output='Z')")):
        zg.grad(lib.several, "x", output="Z")
