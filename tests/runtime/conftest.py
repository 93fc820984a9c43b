"""Kernels that show how calls behave."""

from __future__ import annotations

import pytest

import zymogen as zg
from zymogen.testing.scenarios import shared_source

# After those of the use cases: bump, model and power_sum are among them.
KERNELS = r"""
#include <span>
#include <stdexcept>
#include <string>
#include <vector>
#include <zymogen/kernel.hpp>

double weighted(std::span<const double> x, std::span<const int> label, std::span<const bool> use) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) if (use[i]) s += label[i] * x[i] * x[i];
    return s;
}
ZYMOGEN_KERNEL(weighted, "x(n), label(n), use(n) -> ()");

double corner(std::span<const double, 3> x) { return x[0] * x[1] * x[2]; }
ZYMOGEN_KERNEL(corner, "x(3) -> ()");

float narrow(std::span<const float> x, float a) { return a * x[0]; }
ZYMOGEN_KERNEL(narrow, "x(n), a() -> ()");

double ratio(double a, int b) {
    if (b == 0) throw std::domain_error("b is 0");
    return a / b;
}
ZYMOGEN_KERNEL(ratio, "a(), b() -> ()");

double careful(std::span<const double> x) {
    double s = 0;
    for (double e : x) {
        try {
            if (e < 0) throw std::domain_error("e is negative");
            s += e * e;
        } catch (const std::domain_error&) {
            s -= e;
        }
    }
    return s;
}
ZYMOGEN_KERNEL(careful, "x(n) -> ()");

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
    return zg.compile(shared_source("use_cases") + KERNELS)
