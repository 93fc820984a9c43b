"""Gradients of kernels that overwrite what they have read, element after element."""

from __future__ import annotations

import numpy as np
import pytest

import zymogen as zg

SOURCE = r"""
#include <array>
#include <cmath>
#include <vector>
#include <zymogen/kernel.hpp>

void ahead(std::span<double> u) {
    for (std::size_t i = 0; i + 1 < u.size(); ++i) u[i] = u[i] * u[i + 1];
}
ZYMOGEN_KERNEL(ahead, "u(n) -> u(n)");

void both_sides(std::span<double> u) {
    for (std::size_t i = 1; i + 1 < u.size(); ++i) u[i] = u[i] * u[i - 1] * u[i + 1];
}
ZYMOGEN_KERNEL(both_sides, "u(n) -> u(n)");

void steps(std::span<double> u, int count) {
    for (int step = 0; step < count; ++step)
        for (std::size_t i = 0; i + 1 < u.size(); ++i) u[i] = u[i] * u[i + 1];
}
ZYMOGEN_KERNEL(steps, "u(n), count() -> u(n)");

void in_the_result(std::span<const double> x, std::span<double> u) {
    for (std::size_t i = 0; i < u.size(); ++i) u[i] = x[i];
    for (std::size_t i = 0; i + 1 < u.size(); ++i) u[i] = u[i] * u[i + 1];
}
ZYMOGEN_KERNEL(in_the_result, "x(n) -> u(n)");

void by_pointers(const double* x, std::size_t n, double* u) {
    for (std::size_t i = 0; i < n; ++i) u[i] = x[i];
    double* p = u;
    double* q = u + 1;
    while (q != u + n) *p++ *= *q++;
}
ZYMOGEN_KERNEL(by_pointers, "x(n), n -> u(n)");

void relaxed(zymogen::matrix<double> u) {
    for (std::size_t i = 1; i + 1 < u.extent(0); ++i)
        for (std::size_t k = 1; k + 1 < u.extent(1); ++k)
            u(i, k) = u(i, k) * (u(i - 1, k) + u(i + 1, k) + u(i, k + 1) * u(i, k - 1));
}
ZYMOGEN_KERNEL(relaxed, "u(n,m) -> u(n,m)");

void on_the_stack(std::span<const double, 4> x, std::span<double, 4> u) {
    double p[4] = {x[0], x[1], x[2], x[3]};
    for (int step = 0; step < 3; ++step)
        for (int i = 0; i < 3; ++i) p[i] = p[i] * p[i + 1];
    for (int i = 0; i < 4; ++i) u[i] = p[i];
}
ZYMOGEN_KERNEL(on_the_stack, "x(4) -> u(4)");

// Which numbers are factors moves on.
double chosen_by_integers(std::span<const double> x, std::span<const int> chosen, int steps) {
    std::vector<int> c(chosen.begin(), chosen.end());
    double product = 1;
    for (int step = 0; step < steps; ++step)
        for (std::size_t i = 0; i + 1 < c.size(); ++i) {
            product *= x[c[i]];
            c[i] = c[i + 1];
        }
    return product;
}
ZYMOGEN_KERNEL(chosen_by_integers, "x(n), chosen(m), steps() -> ()");

double chosen_by_pointers(std::span<const double> x, std::span<const int> chosen, int steps) {
    std::vector<const double*> c(chosen.size());
    for (std::size_t i = 0; i < c.size(); ++i) c[i] = &x[chosen[i]];
    double product = 1;
    for (int step = 0; step < steps; ++step)
        for (std::size_t i = 0; i + 1 < c.size(); ++i) {
            product *= *c[i];
            c[i] = c[i + 1];
        }
    return product;
}
ZYMOGEN_KERNEL(chosen_by_pointers, "x(n), chosen(m), steps() -> ()");

struct Choice {
    double weight;
    short number;
};

double chosen_by_structures(std::span<const double> x, std::span<const int> chosen, int steps) {
    std::array<Choice, 5> c;
    for (int i = 0; i < 5; ++i) c[i] = {x[i % 3], static_cast<short>(chosen[i])};
    double product = 1;
    for (int step = 0; step < steps; ++step)
        for (int i = 0; i < 4; ++i) {
            product *= x[c[i].number];
            c[i].number = c[i + 1].number;
        }
    return product * c[0].weight / x[0];
}
ZYMOGEN_KERNEL(chosen_by_structures, "x(n), chosen(m), steps() -> ()");

// Gauss and Seidel's sweeps until nothing changes.
double solved(zymogen::matrix<const double> A, std::span<const double> b) {
    std::vector<double> y(b.size());
    for (int sweep = 0; sweep < 60; ++sweep) {
        double most = 0;
        for (std::size_t i = 0; i < b.size(); ++i) {
            double rest = b[i];
            for (std::size_t j = 0; j < b.size(); ++j) {
                if (j == i) continue;
                rest -= A(i, j) * y[j];
            }
            const double next = rest / A(i, i);
            most = std::fmax(most, std::fabs(next - y[i]));
            y[i] = next;
        }
        if (most < 1e-15) break;
    }
    double squares = 0;
    for (double e : y) squares += e * e;
    return squares;
}
ZYMOGEN_KERNEL(solved, "A(n,n), b(n) -> ()");
"""


@pytest.fixture(scope="module")
def updates():
    return zg.compile(SOURCE)


@pytest.mark.parametrize(
    "name", ["ahead", "both_sides", "steps", "in_the_result", "by_pointers", "relaxed", "on_the_stack"]
)
def test_reverse_mode_keeps_what_is_overwritten(updates, name):
    f = updates[name]
    shape = {"relaxed": (4, 5), "on_the_stack": 4}.get(name, 6)
    args = (np.random.default_rng(0).uniform(0.5, 1.5, size=shape), *([3] if name == "steps" else []))
    forward, reverse = (zg.jacobian(f, mode=mode) for mode in ("forward", "reverse"))
    np.testing.assert_allclose(reverse(*args), forward(*args), rtol=1e-13)


def test_gradient_of_products_in_place_is_exact(updates):
    u, w = np.array([2.0, 3.0, 5.0, 7.0]), np.array([1.0, 10.0, 100.0, 1000.0])
    expected = [1 * 3, 1 * 2 + 10 * 5, 10 * 3 + 100 * 7, 100 * 5 + 1000]
    np.testing.assert_array_equal(zg.vjp(updates.ahead)(u, w), expected)


def test_products_with_hessians_keep_it_too(updates):
    x, w = np.array([2.0, 3.0, 5.0, 7.0]), np.array([1.0, 10.0, 100.0, 1000.0])
    h = zg.jacobian(zg.vjp(updates.in_the_result, "x"), "x")(x, w)
    expected = np.diag([1.0, 10.0, 100.0], 1)
    np.testing.assert_array_equal(h, expected + expected.T)


@pytest.mark.parametrize("name", ["chosen_by_integers", "chosen_by_pointers", "chosen_by_structures"])
def test_what_chooses_is_kept_too(updates, name):
    x, chosen, steps = np.array([2.0, 3.0, 5.0]), [0, 1, 0, 1, 2], 3
    factors, c = [], list(chosen)
    for _ in range(steps):
        factors += c[:-1]
        c[:-1] = c[1:]
    powers = np.bincount(factors, minlength=3)
    np.testing.assert_allclose(
        zg.grad(updates[name], "x")(x, chosen, steps), powers * np.prod(x**powers) / x, rtol=1e-14
    )


def test_sweeps_that_end_early_keep_it(updates):
    random = np.random.default_rng(0)
    A = random.normal(size=(5, 5)) + 10 * np.eye(5)
    b = random.normal(size=5)
    y = np.linalg.solve(A, b)
    back = 2 * np.linalg.solve(A.T, y)
    in_A, in_b = zg.grad(updates.solved, ("A", "b"))(A, b)
    np.testing.assert_allclose(in_b, back, rtol=1e-11)
    np.testing.assert_allclose(in_A, -np.outer(back, y), rtol=1e-11, atol=1e-14)
