"""Kernels that show how calls behave."""

from __future__ import annotations

import pytest

import zymogen as zg

KERNELS = r"""
#include <cmath>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>
#include <zymogen/kernel.hpp>

double bump(std::span<const double> x, std::span<const double> y) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += (x[i] - y[i]) * (x[i] - y[i]);
    return std::exp(-s);
}
ZYMOGEN_KERNEL(bump, "x(n), y(n) -> ()");

template <class T>
void model(zymogen::matrix<const T> M, std::span<const T> x, std::span<T> y) {
    for (std::size_t a = 0; a < y.size(); ++a) {
        T s = 0;
        for (std::size_t c = 0; c < x.size(); ++c) s += M[a, c] * x[c];
        y[a] = std::tanh(s);
    }
}
ZYMOGEN_KERNEL_TEMPLATE(model, "M(a,c), x(c) -> y(a)");

double power_sum(const double* x, const double* w, std::size_t n, int power) {
    double s = 0;
    for (std::size_t i = 0; i < n; ++i) s += w[i] * std::pow(x[i], power);
    return s;
}
ZYMOGEN_KERNEL(power_sum, "x(n), w(n), n, power() -> ()");

double weighted(std::span<const double> x, std::span<const int> label, std::span<const bool> use) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) if (use[i]) s += label[i] * x[i] * x[i];
    return s;
}
ZYMOGEN_KERNEL(weighted, "x(n), label(n), use(n) -> ()");

double corner(std::span<const double, 3> x) { return x[0] * x[1] * x[2]; }
ZYMOGEN_KERNEL(corner, "x(3) -> ()");

// Throws after it has allocated, so that clean-up matters.
double picky(std::span<const double> x) {
    std::vector<double> work(x.begin(), x.end());
    double s = 0;
    for (double w : work) {
        if (w == 13) throw std::invalid_argument("x has a 13 at its place " + std::to_string(&w - &w));
        if (w == 14) throw std::out_of_range("x has a 14");
        if (w == 15) throw std::bad_alloc();
        if (w == 16) throw std::runtime_error("x has a 16");
        if (w == 17) throw 17;
        s += w * w;
    }
    return s;
}
ZYMOGEN_KERNEL(picky, "x(n) -> ()");
"""


@pytest.fixture(scope="session")
def lib() -> zg.Library:
    return zg.compile(KERNELS)
