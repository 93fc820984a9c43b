"""The kernels that are measured: use cases A, B and C, sparse ones, and one that is expensive enough for threads."""

from __future__ import annotations

from zymogen.testing.scenarios import shared_source

SOURCE = (
    shared_source("use_cases")
    + r"""
double waves(std::span<const double> x) {
    double s = 0;
    for (double a : x)
        for (double b : x) s += std::sin(a - b) * std::exp(-a * b);
    return s;
}
ZYMOGEN_KERNEL(waves, "x(n) -> ()");
"""
)

# Broyden's tridiagonal function, which is about the cheapest that a sparse Jacobian is asked of, and a chain.
SPARSE = r"""
#include <span>
#include <zymogen/kernel.hpp>

void broyden(std::span<const double> x, std::span<double> y) {
    const std::size_t n = x.size();
    for (std::size_t i = 0; i < n; ++i) {
        double s = (3 - 2 * x[i]) * x[i] + 1;
        if (i > 0) s -= x[i - 1];
        if (i + 1 < n) s -= 2 * x[i + 1];
        y[i] = s;
    }
}
ZYMOGEN_KERNEL(broyden, "x(n) -> y(n)");

double rosenbrock(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i + 1 < x.size(); ++i) {
        const double a = x[i + 1] - x[i] * x[i], b = 1 - x[i];
        s += 100 * a * a + b * b;
    }
    return s;
}
ZYMOGEN_KERNEL(rosenbrock, "x(n) -> ()");
"""

# Written to be built: different sizes of code, and one with the standard library in it.
TO_BUILD = {
    "bump": SOURCE.partition("double product")[0],
    "rosenbrock": r"""
#include <span>
#include <zymogen/kernel.hpp>
double kernel(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i + 1 < x.size(); ++i) {
        const double a = x[i + 1] - x[i] * x[i], b = 1 - x[i];
        s += 100 * a * a + b * b;
    }
    return s;
}
ZYMOGEN_KERNEL(kernel, "x(n) -> ()");
""",
    "vector": r"""
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <vector>
#include <zymogen/kernel.hpp>
double kernel(std::span<const double> x) {
    if (x.empty()) throw std::invalid_argument("x is empty");
    std::vector<double> logs;
    for (double v : x) logs.push_back(std::log(1 + v * v));
    return std::accumulate(logs.begin(), logs.end(), 0.0);
}
ZYMOGEN_KERNEL(kernel, "x(n) -> ()");
""",
    "oscillators": r"""
#include <array>
#include <cmath>
#include <span>
#include <zymogen/kernel.hpp>
using State = std::array<double, 2>;
State slope(State s, double k, double c) { return {s[1], -k * std::sin(s[0]) - c * s[1]}; }
double kernel(std::span<const double> x) {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        State s{x[i], 0};
        for (int step = 0; step < 100; ++step) {
            const double h = 0.01;
            const State a = slope(s, 1.5, 0.1);
            const State b = slope({s[0] + h / 2 * a[0], s[1] + h / 2 * a[1]}, 1.5, 0.1);
            s = {s[0] + h * b[0], s[1] + h * b[1]};
        }
        sum += s[0] * s[0];
    }
    return sum;
}
ZYMOGEN_KERNEL(kernel, "x(n) -> ()");
""",
    "distances": r"""
#include <cmath>
#include <zymogen/kernel.hpp>
double kernel(zymogen::matrix<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.extent(0); ++i)
        for (std::size_t j = 0; j < i; ++j) {
            double d = 0;
            for (std::size_t k = 0; k < x.extent(1); ++k) d += (x[i, k] - x[j, k]) * (x[i, k] - x[j, k]);
            s += std::pow(d + 1e-3, -0.5);
        }
    return s;
}
ZYMOGEN_KERNEL(kernel, "x(n,3) -> ()");
""",
}
