"""Kernels with known patterns, among them kernels whose pattern is an argument: one build serves every pattern."""

from __future__ import annotations

import pytest

import zymogen as zg

KERNELS = r"""
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <zymogen/kernel.hpp>

// y_i = (3 - 2 x_i) x_i - x_{i-1} - 2 x_{i+1} + 1 (Broyden's tridiagonal function)
template <class T>
void broyden(std::span<const T> x, std::span<T> y) {
    const std::size_t n = x.size();
    for (std::size_t i = 0; i < n; ++i) {
        T s = (3 - 2 * x[i]) * x[i] + 1;
        if (i > 0) s -= x[i - 1];
        if (i + 1 < n) s -= 2 * x[i + 1];
        y[i] = s;
    }
}
ZYMOGEN_KERNEL_TEMPLATE(broyden, "x(n) -> y(n)");

double rosenbrock(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i + 1 < x.size(); ++i) {
        const double a = x[i + 1] - x[i] * x[i], b = 1 - x[i];
        s += 100 * a * a + b * b;
    }
    return s;
}
ZYMOGEN_KERNEL(rosenbrock, "x(n) -> ()");

// y[row[k]] += weight[k] x[column[k]]^2
void scatter(std::span<const double> x, std::span<const std::int64_t> row, std::span<const std::int64_t> column,
             std::span<const double> weight, std::span<const double> y0, std::span<double> y) {
    std::copy(y0.begin(), y0.end(), y.begin());
    for (std::size_t k = 0; k < row.size(); ++k) y[row[k]] += weight[k] * x[column[k]] * x[column[k]];
}
ZYMOGEN_KERNEL(scatter, "x(n), row(k), column(k), weight(k), y0(m) -> y(m)");

// sum over k of weight[k] x[first[k]]^2 x[second[k]]
double pairs(std::span<const double> x, std::span<const std::int64_t> first,
             std::span<const std::int64_t> second, std::span<const double> weight) {
    double s = 0;
    for (std::size_t k = 0; k < first.size(); ++k) s += weight[k] * x[first[k]] * x[first[k]] * x[second[k]];
    return s;
}
ZYMOGEN_KERNEL(pairs, "x(n), first(k), second(k), weight(k) -> ()");

// The last row depends on everything, as a constraint does.
void with_a_sum(std::span<const double> x, std::span<double> y) {
    const std::size_t n = x.size();
    double s = 0;
    for (std::size_t i = 0; i < n; ++i) {
        y[i] = std::exp(x[i]) + (i > 0 ? x[i - 1] : 0);
        s += x[i] * x[i];
    }
    y[n - 1] = s;
}
ZYMOGEN_KERNEL(with_a_sum, "x(n) -> y(n)");

// The first variable meets every other: an arrow.
double arrow(std::span<const double> x) {
    double s = 0;
    for (double value : x.subspan(1)) s += std::exp(x[0] * value);
    return s;
}
ZYMOGEN_KERNEL(arrow, "x(n) -> ()");

// Five-point Laplacian of a grid, with a nonlinear term of a given strength.
void laplace(zymogen::matrix<const double> u, double strength, zymogen::matrix<double> r) {
    const std::size_t a = u.extent(0), b = u.extent(1);
    for (std::size_t i = 0; i < a; ++i)
        for (std::size_t j = 0; j < b; ++j) {
            double s = 4 * u[i, j] + strength * u[i, j] * u[i, j];
            if (i > 0) s -= u[i - 1, j];
            if (i + 1 < a) s -= u[i + 1, j];
            if (j > 0) s -= u[i, j - 1];
            if (j + 1 < b) s -= u[i, j + 1];
            r[i, j] = s;
        }
}
ZYMOGEN_KERNEL(laplace, "u(a,b), strength() -> r(a,b)");

// y_0 = x_0 or x_1, whichever is larger; y_1 is 0 * x_0, y_2 is x_0 x_1, y_3 does not depend on x.
void branches(std::span<const double> x, std::span<double> y) {
    y[0] = x[0] > x[1] ? 2 * x[0] : 3 * x[1];
    y[1] = 0 * x[0];
    y[2] = x[0] * x[1];
    y[3] = 7;
}
ZYMOGEN_KERNEL(branches, "x(2) -> y(4)");

void roots(std::span<const double> x, std::span<double> y) {
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = std::sqrt(x[i]);
}
ZYMOGEN_KERNEL(roots, "x(n) -> y(n)");

void inverse(std::span<const double> x, std::span<double> y) {
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = 1 / x[i];
}
ZYMOGEN_KERNEL(inverse, "x(n) -> y(n)");

void both(std::span<const double> x, std::span<double> y, std::span<double> z) {
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = x[i], z[i] = 2 * x[i];
}
ZYMOGEN_KERNEL(both, "x(n) -> y(n), z(n)");

double norm(std::span<const double> x) {
    double s = 0;
    for (double value : x) s += value * value;
    return s;
}
ZYMOGEN_KERNEL(norm, "x(n) -> ()");

// y_i = x_i^2, or the square of the last one
void own_or_last(std::span<const double> x, bool last, std::span<double> y) {
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double value = last ? x.back() : x[i];
        y[i] = value * value;
    }
}
ZYMOGEN_KERNEL(own_or_last, "x(n), last() -> y(n)");

// y_i = sum over j of w_j x_{i+j}
void convolve(std::span<const double> x, std::span<const double> w, std::span<double> y) {
    for (std::size_t i = 0; i < x.size(); ++i) {
        y[i] = 0;
        for (std::size_t j = 0; j < w.size() && i + j < x.size(); ++j) y[i] += w[j] * x[i + j];
    }
}
ZYMOGEN_KERNEL(convolve, "x(n), w(k) -> y(n)");

double scaled(double a, std::span<const double> x) {
    double s = 0;
    for (double value : x) s += value;
    return a * a * s;
}
ZYMOGEN_KERNEL(scaled, "a(), x(n) -> ()");
"""


@pytest.fixture(scope="session")
def lib() -> zg.Library:
    return zg.compile(KERNELS)


@pytest.fixture(scope="session")
def fast() -> zg.Library:
    return zg.compile(KERNELS, math="fast")
