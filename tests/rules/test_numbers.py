"""Rules for functions of numbers are applied in every mode and at every order, and found out when they are wrong."""

from __future__ import annotations

import re
from pathlib import Path

import mpmath
import numpy as np
import pytest

import zymogen as zg
from zymogen.errors import CompileError, DerivativeCheckError, WrongDerivativeError
from zymogen.testing import check_derivatives

pytestmark = pytest.mark.toolchain

EPS = np.finfo(float).eps
x, m, v = np.linspace(0.1, 0.9, 11), 0.3, np.cos(np.arange(11))


def exact(x, m):
    """Value, gradient, Hessian of `total`, and the Jacobian of `each`."""
    a, b, n = x[:-1], x[1:] + m, len(x)
    value = np.sin(a) * b**2 * a
    gradient, hessian, jacobian = np.zeros(n), np.zeros((n, n)), np.zeros((n, n))
    by_a, by_b = (np.cos(a) * a + np.sin(a)) * b**2, 2 * np.sin(a) * b * a
    i = np.arange(n - 1)
    gradient[:-1] += by_a
    gradient[1:] += by_b
    jacobian[i, i], jacobian[i, i + 1] = by_a, by_b
    hessian[i, i] += (2 * np.cos(a) - np.sin(a) * a) * b**2
    hessian[i + 1, i + 1] += 2 * np.sin(a) * a
    hessian[i, i + 1] += (np.cos(a) * a + np.sin(a)) * 2 * b
    hessian[i + 1, i] = hessian[i, i + 1]
    return value.sum(), gradient, hessian, jacobian


FIRST = {
    "gradient": lambda f: zg.grad(f)(x, m),
    "tangent": lambda f: zg.jvp(f, "x")(x, m, v)[1],
    "one component": lambda f: zg.partial(f, "x")(x, m, np.arange(11)),
}


@pytest.mark.parametrize("name", FIRST)
def test_first_derivatives_are_those_of_the_rule(numbers, name):
    gradient = exact(x, m)[1]
    expected = gradient @ v if name == "tangent" else gradient
    np.testing.assert_allclose(FIRST[name](numbers.total), expected, rtol=16 * EPS)


def test_an_argument_of_the_rule_may_be_inactive_while_a_later_one_is_active(numbers):
    expected = np.sum(2 * np.sin(x[:-1]) * (x[1:] + m) * x[:-1])
    assert zg.grad(numbers.total, "m")(x, m) == pytest.approx(expected, rel=16 * EPS)
    assert zg.derivative(numbers.total, "m")(x, m) == pytest.approx(expected, rel=16 * EPS)


def test_values_beside_derivatives_are_those_of_the_function(numbers):
    value, gradient = zg.value_and_grad(numbers.total)(x, m)
    assert value == numbers.total(x, m)
    np.testing.assert_allclose(gradient, exact(x, m)[1], rtol=16 * EPS)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_eight_directions_go_through_a_rule_in_one_pass(numbers, mode):
    jacobian = zg.jacobian(numbers.each, "x", mode=mode)
    np.testing.assert_allclose(jacobian(x, m), exact(x, m)[3], rtol=16 * EPS)
    assert "diffe8" in jacobian.ir()  # what Enzyme calls the function that has eight directions


PRODUCTS = {
    "forward over reverse": lambda f: zg.hvp(f, "x")(x, m, v),
    "reverse over reverse": lambda f: zg.vjp(zg.grad(f, "x"), "x")(x, m, v),
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_products_with_the_hessian_go_through_a_rule(numbers, name):
    product = np.asarray(PRODUCTS[name](numbers.total))
    np.testing.assert_allclose(product, exact(x, m)[2] @ v, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_hessians_go_through_a_rule(numbers, mode):
    np.testing.assert_allclose(zg.hessian(numbers.total, "x", mode=mode)(x, m), exact(x, m)[2], rtol=1e-14, atol=1e-15)


def test_reverse_over_forward_goes_through_a_rule(numbers):
    row = zg.grad(zg.partial(numbers.total, ("x", 4)), "x")(x, m)
    np.testing.assert_allclose(row, exact(x, m)[2][4], rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
def test_rules_that_name_each_other_have_derivatives_of_higher_orders(numbers, order):
    nest = numbers.wave
    for _ in range(order):
        nest = zg.derivative(nest, "x")
    with mpmath.workdps(40):
        expected = mpmath.diff(lambda t: mpmath.sin(t) * t + mpmath.cos(t), mpmath.mpf(0.7), order)
    assert float(nest(0.7)) == pytest.approx(float(expected), rel=1e-13)


def test_orders_beyond_the_sixth_are_refused(numbers):
    nest = zg.partial(numbers.wave, *[("x", ())] * 7)
    with pytest.raises(CompileError, match="derivatives of order 7 and above cannot be made from ZYMOGEN_DERIVATIVE"):
        nest(0.7)


def test_value_is_finite_where_the_derivative_is_not(numbers):
    with np.errstate(divide="ignore"):
        value, slope = zg.value_and_grad(numbers.rooted)(0.0)
    assert value == 1.0
    assert slope == np.inf


def test_single_precision_integers_recursion_and_pointers_to_the_function(numbers):
    y = np.array([0.5, -1.5], dtype=np.float32)
    gradient = zg.grad(numbers.powers)(y)
    assert gradient.dtype == np.float32
    np.testing.assert_array_equal(gradient, 3 * y * y)
    np.testing.assert_array_equal(zg.hessian_diagonal(numbers.powers)(y), 6 * y)


def test_inactive_functions_are_taken_as_constants(numbers):
    assert zg.grad(numbers.scaled)(5.0) == 20.0
    assert zg.derivative(numbers.scaled)(5.0) == 20.0
    assert zg.hessian(numbers.scaled)(5.0) == 4.0
    y = np.array([3.0, 20.0])
    expected = [1024.0, 1027.0]
    np.testing.assert_array_equal(zg.grad(numbers.steps)(y), expected)
    np.testing.assert_array_equal(zg.jacobian(numbers.steps, mode="forward")(y), expected)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_function_behaves_like_a_known_one(numbers, order):
    nest = numbers.entropy
    for _ in range(order):
        nest = zg.derivative(nest, "x")
    with mpmath.workdps(40):
        expected = float(mpmath.diff(lambda t: t * mpmath.log1p(t), mpmath.mpf(0.7), order))
    assert float(nest(0.7)) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("order", [1, 2])
def test_function_behaves_like_one_that_has_a_rule_itself(numbers, order):
    nest = zg.grad(numbers.twice if order == 1 else zg.derivative(numbers.twice))
    with mpmath.workdps(40):
        expected = float(mpmath.diff(lambda t: t * mpmath.sin(t), mpmath.mpf(0.7), order))
    assert float(nest(0.7)) == pytest.approx(expected, rel=1e-13)


def test_wrong_rule_is_found_at_first_use(numbers):
    with pytest.raises(WrongDerivativeError, match=r"grad\(misled, 0\): the derivative of `misled` with respect to x"):
        zg.grad(numbers.misled)(np.array([0.4, 1.2]))


def line_of(text):
    """Where a rule is, as messages name it."""
    lines = Path(__file__).with_name("numbers.cpp").read_text().splitlines()
    return f"numbers.cpp:{lines.index(text) + 1}"


@pytest.mark.parametrize("check", [lambda f, *args: zg.grad(f)(*args), lambda f, *args: check_derivatives(f, args)])
def test_what_is_wrong_names_the_rules_that_were_used_and_where_they_are(numbers, check):
    place = re.escape(line_of("ZYMOGEN_DERIVATIVE(square, wrong_slope);"))
    used = rf"with rules of yours: `square` \(ZYMOGEN_DERIVATIVE at \S+/{place}\)\. Look at these rules first: "
    with pytest.raises(WrongDerivativeError, match=used):
        check(numbers.misled, np.array([0.4, 1.2]))


@pytest.mark.parametrize(
    ("kernel", "rules"),
    [
        ("total", {"law::friction": "ZYMOGEN_DERIVATIVE(law::friction, law::friction_partials);"}),
        ("wave", {"sine": "ZYMOGEN_DERIVATIVE(sine, cosine);", "cosine": "ZYMOGEN_DERIVATIVE(cosine, minus_sine);"}),
        ("rooted", {"root": "ZYMOGEN_DERIVATIVE(root, root_slope);"}),
    ],
)
def test_a_build_knows_the_rules_that_its_kernel_goes_through(numbers, kernel, rules):
    noted = zg.grad(numbers[kernel]).artifact.rules
    assert [note.partition(" ")[0] for note in noted] == [f"`{function}`" for function in rules]
    for note, text in zip(noted, rules.values(), strict=True):
        assert note.endswith(f"{line_of(text)})")
    assert zg.grad(numbers[kernel]).ir("after").count("!zymogen.rules") == 1


def test_wrong_rule_is_reported_by_check_derivatives(numbers):
    with pytest.raises(DerivativeCheckError, match="misled"):
        check_derivatives(numbers.misled, (np.array([0.4, 1.2]),))


def test_check_derivatives_passes_a_right_rule(numbers):
    assert check_derivatives(numbers.wave, (0.4,)).findings
