"""Kernels whose derivatives are looked at from inside."""

from __future__ import annotations

import pytest

import zymogen as zg

KERNELS = r"""
#include <cmath>
#include <span>
#include <vector>
#include <zymogen/kernel.hpp>

double bump(std::span<const double> x, std::span<const double> y) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += (x[i] - y[i]) * (x[i] - y[i]);
    return std::exp(-s);
}
ZYMOGEN_KERNEL(bump, "x(n), y(n) -> ()");

[[gnu::noinline]] static double norm(const double* v, std::size_t n) {
    double s = 0;
    for (std::size_t i = 0; i < n; ++i) s += v[i] * v[i];
    return s;
}
double norms(std::span<const double> x, std::span<const double> y) {
    return norm(x.data(), x.size()) * norm(y.data(), y.size());
}
ZYMOGEN_KERNEL(norms, "x(n), y(n) -> ()");

double copied(std::span<const double> x, std::span<const double> y) {
    std::vector<double> v(y.begin(), y.end());
    for (std::size_t k = 0; k < v.size(); ++k) v[k] = std::sin(v[k]) + v[(k * 7) % v.size()];
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += x[i] * x[i] * v[(i * 3) % v.size()];
    return s;
}
ZYMOGEN_KERNEL(copied, "x(n), y(n) -> ()");

double buffered(std::span<const double> x, std::span<const double> y) {
    double t[8];
    for (std::size_t k = 0; k < 8; ++k) t[k] = x[k % x.size()];
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += t[(i * 3) % 8] * t[i % 8] * y[i];
    return s;
}
ZYMOGEN_KERNEL(buffered, "x(n), y(n) -> ()");

[[gnu::noinline]] static void step(double* w, const double* y, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) w[i] = w[i] * w[i] * y[i];
}
void steps(std::span<double> u, std::span<const double> y) {
    for (int k = 0; k < 3; ++k) step(u.data(), y.data(), u.size());
}
ZYMOGEN_KERNEL(steps, "u(n), y(n) -> u(n)");

template <class T>
void model(zymogen::matrix<const T> M, std::span<const T> x, std::span<T> y) {
    for (std::size_t a = 0; a < y.size(); ++a) {
        T s = 0;
        for (std::size_t c = 0; c < x.size(); ++c) s += M[a, c] * x[c];
        y[a] = std::tanh(s);
    }
}
ZYMOGEN_KERNEL_TEMPLATE(model, "M(a,c), x(c) -> y(a)");

double power_sum(std::span<const double> x, double m, int power) {
    double s = 0;
    for (double v : x) s += m * std::pow(v, power);
    return s;
}
ZYMOGEN_KERNEL(power_sum, "x(n), m(), power() -> ()");
"""


@pytest.fixture(scope="session")
def lib() -> zg.Library:
    return zg.compile(KERNELS)
