"""Constructs whose derivatives Enzyme gets wrong without a word: right where they are, refused elsewhere."""

from __future__ import annotations

import re

import numpy as np
import pytest

import zymogen as zg
from zymogen.errors import UnsupportedConstructError

KERNELS = r"""
#include <cmath>
#include <functional>
#include <memory>
#include <span>
#include <vector>
#include <zymogen/kernel.hpp>

static double cube(double t) { return t * t * t; }
static double sine(double t) { return std::sin(t); }

double table(std::span<const double> x) {
    static double (*const volatile functions[2])(double) = {cube, sine};
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += functions[i % 2](x[i]);
    return s;
}
ZYMOGEN_KERNEL(table, "x(n) -> ()");

struct Shape { virtual double value(double t) const = 0; virtual ~Shape() = default; };
struct Cube : Shape { double value(double t) const override { return cube(t); } };
struct Sine : Shape { double value(double t) const override { return sine(t); } };

double shapes(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        std::unique_ptr<Shape> shape;
        if (i % 2 == 0) shape = std::make_unique<Cube>(); else shape = std::make_unique<Sine>();
        s += shape->value(x[i]);
    }
    return s;
}
ZYMOGEN_KERNEL(shapes, "x(n) -> ()");

double workspace(std::span<const double> x) {
    static double w[64];
    for (std::size_t i = 0; i < x.size(); ++i) w[i] = x[i] * x[i];
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += w[i] * w[0];
    return s;
}
ZYMOGEN_KERNEL(workspace, "x(n) -> ()");

double counted(std::span<const double> x) {
    static int calls = 0;
    ++calls;
    static const double weight[3] = {1, 2, 3};
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += weight[i % 3] * x[i] * x[i];
    return s;
}
ZYMOGEN_KERNEL(counted, "x(n) -> ()");
"""

x = np.array([1.0, 2.0, 3.0])
SECOND_ORDER = {
    "partial of partial": lambda f: zg.partial(f, ("x", 0), ("x", 1)),
    "forward over reverse": lambda f: zg.jvp(zg.grad(f)),
    "reverse over forward": lambda f: zg.grad(zg.partial(f, ("x", 0))),
    "reverse over reverse": lambda f: zg.vjp(zg.grad(f)),
}


@pytest.fixture(scope="module")
def traps():
    return zg.compile(KERNELS)


@pytest.mark.parametrize("kernel", ["table", "shapes"])
def test_gradient_through_pointers_to_functions_is_right(traps, kernel):
    exact = [3 * x[0] ** 2, np.cos(x[1]), 3 * x[2] ** 2]
    np.testing.assert_allclose(zg.grad(traps[kernel])(x), exact, rtol=1e-15)
    np.testing.assert_allclose(zg.vjp(traps[kernel])(x, 2.0), 2 * np.array(exact), rtol=1e-15)
    value, gradient = zg.value_and_grad(traps[kernel])(x)
    assert value == pytest.approx(x[0] ** 3 + np.sin(x[1]) + x[2] ** 3, rel=1e-15)
    np.testing.assert_allclose(gradient, exact, rtol=1e-15)


@pytest.mark.parametrize("kernel", ["table", "shapes"])
@pytest.mark.parametrize(
    "operator",
    [zg.jvp, lambda f: zg.partial(f, ("x", 0)), *SECOND_ORDER.values()],
    ids=["jvp", "partial", *SECOND_ORDER],
)
def test_other_derivatives_through_pointers_to_functions_are_refused(traps, kernel, operator):
    with pytest.raises(UnsupportedConstructError, match=r"called through a pointer at <text>:\d+ .* zg.grad") as seen:
        operator(traps[kernel]).build()
    assert re.search(r"template argument, or in a switch", str(seen.value))


def test_forward_derivatives_through_static_memory_are_right(traps):
    exact = [4 * x[0] ** 3 + 2 * x[0] * (x[1] ** 2 + x[2] ** 2), 2 * x[1] * x[0] ** 2, 2 * x[2] * x[0] ** 2]
    np.testing.assert_allclose(zg.partial(traps.workspace, "x")(x, [0, 1, 2]), exact, rtol=1e-15)
    _, tangent = zg.jvp(traps.workspace)(x, [1.0, 0, 0])
    assert tangent == pytest.approx(exact[0], rel=1e-15)


@pytest.mark.parametrize("operator", [zg.grad, zg.vjp, *SECOND_ORDER.values()], ids=["grad", "vjp", *SECOND_ORDER])
def test_other_derivatives_through_static_memory_are_refused(traps, operator):
    with pytest.raises(
        UnsupportedConstructError, match=r"static or global variable is written at <text>:\d+.*local variable"
    ):
        operator(traps.workspace).build()


@pytest.mark.parametrize("operator", [zg.grad, *list(SECOND_ORDER.values())[:1]])
def test_counters_and_constant_tables_are_no_obstacle(traps, operator):
    operator(traps.counted).build()
    np.testing.assert_allclose(zg.grad(traps.counted)(x), 2 * np.array([1, 2, 3]) * x, rtol=1e-15)
