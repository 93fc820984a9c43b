"""Tangents of single components are right where a pointer leads into an argument or into other memory."""

from __future__ import annotations

import numpy as np
import pytest

import zymogen as zg
from zymogen.errors import MixedActivityError

SOURCE = r"""
#include <zymogen/kernel.hpp>
#include <algorithm>

using View = std::span<const double>;

// The sum of squares of numbers that are either an element of x or a product.
double by_condition(View x, int n) {
    double products[3] = {x[0] * x[1], x[1] * x[2], x[2] * x[3]}, s = 0;
    for (int i = 0; i < 2; ++i)
        for (int j = 1; j <= n; ++j) {
            const double e = (j + 1) % 3 == 0 ? products[i % 3] : x[(j + 2) % 4];
            s += e * e;
        }
    return s;
}
ZYMOGEN_KERNEL(by_condition, "x(4), n() -> ()");

double by_pointer(View x, int n) {
    const double products[4] = {x[0] * x[1], x[1] * x[2], x[2] * x[3], x[3] * x[0]};
    const double* p = n > 2 ? products : x.data();
    double s = 0;
    for (int j = 0; j < 4; ++j) s += p[j] * p[j];
    return s;
}
ZYMOGEN_KERNEL(by_pointer, "x(4), n() -> ()");

double by_reference(View x, int n) {
    const double products[4] = {x[0] * x[1], x[1] * x[2], x[2] * x[3], x[3] * x[0]};
    const auto at = [&](int i) -> const double& { return i % 2 ? x[i % 4] : products[i % 4]; };
    double s = 0;
    for (int j = 1; j <= n; ++j) s += at(j) * at(j);
    return s;
}
ZYMOGEN_KERNEL(by_reference, "x(4), n() -> ()");

double by_table(View x, int n) {
    const double products[4] = {x[0] * x[1], x[1] * x[2], x[2] * x[3], x[3] * x[0]};
    const double* table[2] = {x.data(), products};
    double s = 0;
    for (int j = 1; j <= n; ++j) s += table[j % 2][j % 4] * table[j % 2][j % 4];
    return s;
}
ZYMOGEN_KERNEL(by_table, "x(4), n() -> ()");

[[gnu::noinline]] const double& chosen(const double& a, const double& b, int j) { return j % 3 == 0 ? a : b; }
double by_function(View x, int n) {
    const double products[4] = {x[0] * x[1], x[1] * x[2], x[2] * x[3], x[3] * x[0]};
    double s = 0;
    for (int j = 1; j <= n; ++j) {
        const double& e = chosen(x[j % 4], products[(j + 1) % 4], j);
        s += e * e;
    }
    return s;
}
ZYMOGEN_KERNEL(by_function, "x(4), n() -> ()");

double by_number(View x, int n) {
    double s = 0;
    for (int j = 1; j <= n; ++j) {
        const double e = x[j % 3 == 0 ? j % 4 : (j + 2) % 4];
        s += e * e;
    }
    return s;
}
ZYMOGEN_KERNEL(by_number, "x(4), n() -> ()");

double by_size(View x, int n) {
    double s = 0;
    for (int j = 1; j <= n; ++j) s += std::max(x[j % 4], x[(j + 1) % 4]) * x[j % 4];
    return s;
}
ZYMOGEN_KERNEL(by_size, "x(4), n() -> ()");

double of_two(View x, View y, int n) {
    double s = 0;
    for (int j = 1; j <= n; ++j) {
        const double e = j % 3 == 0 ? x[j % 4] : y[(j + 2) % 4];
        s += e * e;
    }
    return s;
}
ZYMOGEN_KERNEL(of_two, "x(4), y(4), n() -> ()");
"""
X = np.array([-0.7, -0.125, 0.8, 0.5])
N = 5
COMPONENTS = np.arange(4)
CHOSEN = {
    "by_condition": [
        (i if product else k, product)
        for i in range(2)
        for j in range(1, N + 1)
        for product, k in [((j + 1) % 3 == 0, (j + 2) % 4)]
    ],
    "by_pointer": [(j, True) for j in range(4)],
    "by_reference": [(j % 4, j % 2 == 0) for j in range(1, N + 1)],
    "by_table": [(j % 4, j % 2 == 1) for j in range(1, N + 1)],
    "by_function": [((j if j % 3 == 0 else j + 1) % 4, j % 3 != 0) for j in range(1, N + 1)],
    "by_number": [((j if j % 3 == 0 else j + 2) % 4, False) for j in range(1, N + 1)],
}
"""Whose squares a kernel adds up: an element of x, or the product of that one and the next."""


def gradient(name):
    g = np.zeros(4)
    for k, product in CHOSEN[name]:
        if product:
            g[k] += 2 * X[k] * X[(k + 1) % 4] ** 2
            g[(k + 1) % 4] += 2 * X[(k + 1) % 4] * X[k] ** 2
        else:
            g[k] += 2 * X[k]
    return g


def hessian(name):
    h = np.zeros((4, 4))
    for k, product in CHOSEN[name]:
        following = (k + 1) % 4
        if product:
            h[k, k] += 2 * X[following] ** 2
            h[following, following] += 2 * X[k] ** 2
            h[k, following] += 4 * X[k] * X[following]
            h[following, k] += 4 * X[k] * X[following]
        else:
            h[k, k] += 2
    return h


@pytest.fixture(scope="module")
def kernels():
    return zg.compile(SOURCE)


@pytest.mark.parametrize("name", CHOSEN)
def test_columns_are_right(kernels, name):
    columns = zg.jacobian(kernels[name], "x", mode="forward")
    np.testing.assert_allclose(columns(X, N), gradient(name), rtol=1e-14)
    assert columns.seed == ("implicit" if name == "by_number" else "dense")


def test_single_components_are_right(kernels):
    partial = zg.partial(kernels.by_condition, "x")
    np.testing.assert_allclose(partial(X, N, COMPONENTS), gradient("by_condition"), rtol=1e-14)


def test_forward_over_reverse_is_right(kernels):
    second = zg.partial(zg.grad(kernels.by_condition, "x"), "x")
    np.testing.assert_allclose(second(X, N, COMPONENTS), hessian("by_condition"), rtol=1e-13, atol=1e-15)


def test_forward_over_forward_is_refused_where_tangents_of_both_kinds_meet(kernels):
    second = zg.partial(zg.partial(kernels.by_condition, "x"), "x")
    with pytest.raises(MixedActivityError, match="meet in one pointer at <text>:12"):
        second(X, N, 0, 0)


def test_the_larger_of_two_elements_needs_no_memory(kernels):
    partial = zg.partial(kernels.by_size, "x")
    expected = np.zeros(4)
    for j in range(1, N + 1):
        here, following = j % 4, (j + 1) % 4
        larger = here if X[here] > X[following] else following
        expected[larger] += X[here]
        expected[here] += X[larger]
    np.testing.assert_allclose(partial(X, N, COMPONENTS), expected, rtol=1e-14)
    assert partial.seed == "implicit"


def test_elements_of_two_arguments_are_told_apart(kernels):
    y = np.array([0.3, -0.55, 1.25, 0.75])
    by_x, by_y = zg.jacobian(kernels.of_two, ("x", "y"), mode="forward")(X, y, N)
    expected_x, expected_y = np.zeros(4), np.zeros(4)
    for j in range(1, N + 1):
        if j % 3 == 0:
            expected_x[j % 4] += 2 * X[j % 4]
        else:
            expected_y[(j + 2) % 4] += 2 * y[(j + 2) % 4]
    np.testing.assert_allclose(by_x, expected_x, rtol=1e-14)
    np.testing.assert_allclose(by_y, expected_y, rtol=1e-14)
