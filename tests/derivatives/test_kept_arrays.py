"""Gradients of kernels whose loops read an array that changes between them, or a part of one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import zymogen as zg

SOURCE = r"""
#include "dual.hpp"
#include <cmath>
#include <span>
#include <vector>
#include <zymogen/kernel.hpp>

template <class T>
T changed_between_loops(std::span<const T> x, int n) {
    using std::sin;
    T p[3] = {x[0], x[1], x[2]}, v = x[3];
    for (int i = 0; i < n; ++i) v = sin(v * p[i % 3]);
    p[0] = x[1], p[1] = x[2], p[2] = x[0] + x[0];
    for (int i = 0; i < n; ++i) v = sin(v * p[i % 3]);
    p[0] = x[2] * x[1], p[1] = x[2], p[2] = x[0] + x[0];
    for (int i = 0; i < n; ++i) v = sin(v * p[i % 3]);
    return v;
}

template <class T>
T read_on_either_way(std::span<const T> x, int n) {
    using std::cos, std::sin;
    T p[3] = {x[0], x[1], x[2]}, v = x[3];
    if (v > 0.5)
        for (int i = 0; i < n; ++i) v = sin(v * p[i % 3]);
    else
        for (int i = 0; i < n; ++i) v = cos(v * p[i % 3]);
    p[n % 3] = v;
    return v + p[n / 2 % 3];
}

template <class T>
T read_first_in_a_condition(std::span<const T> x, int n) {
    using std::sin;
    T p[3] = {x[0], x[1], x[2]}, q[3] = {x[3], x[1], x[0]}, v = x[3];
    if (v > 0.5)
        for (int i = 0; i < n; ++i) v = sin(v * p[i % 3]);
    for (int i = 0; i < n; ++i) q[i % 3] = q[i % 3] + sin(p[i % 3] * v);
    T* chosen = v > 0 ? q : p;
    chosen[0] = p[2];
    return v + p[2] + v * q[0];
}

// LLVM knows remainders as sums.
template <class T>
T read_by_remainders(std::span<const T> x, int n) {
    using std::sin;
    T p[3] = {x[0], x[1], x[2]}, v = x[3];
    for (int i = 0; i < n; ++i) v = sin(v * p[i % 3]);
    for (int i = 0; i < 3; ++i) p[i] = p[i] * v + x[i];
    for (int i = 0; i < n; ++i) v = sin(v * p[i % 3]);
    for (int i = 0; i < 3; ++i) p[i] = v + x[i];
    return v * p[n % 3];
}

template <class T>
T read_in_part(std::span<const T> x, int n) {
    using std::sin;
    std::vector<T> p(x.begin(), x.begin() + n % 3);
    T v = x[3];
    for (std::size_t i = 0; i < 4; ++i) v = i < p.size() ? sin(v * p[i]) : v * x[i];
    for (T& e : p) e = e * v;
    p.push_back(v);
    return v * p[0];
}

#define REGISTERED(name)                                                             \
    double of_##name(std::span<const double> x, int n) { return name<double>(x, n); } \
    ZYMOGEN_KERNEL(of_##name, "x(4), n() -> ()");                                    \
    void exact_##name(std::span<const double> x, int n, std::span<double> y) {       \
        for (int i = 0; i < 4; ++i) {                                                \
            Dual<double> along[4] = {x[0], x[1], x[2], x[3]};                        \
            along[i].slope = 1;                                                      \
            y[i] = name<Dual<double>>(along, n).slope;                               \
        }                                                                            \
    }                                                                                \
    ZYMOGEN_KERNEL(exact_##name, "x(4), n() -> y(4)");
REGISTERED(changed_between_loops)
REGISTERED(read_on_either_way)
REGISTERED(read_first_in_a_condition)
REGISTERED(read_by_remainders)
REGISTERED(read_in_part)
"""


@pytest.fixture(scope="module")
def kernels():
    return zg.compile(SOURCE, include=[Path(__file__).parent])


@pytest.mark.parametrize(
    "name",
    ["changed_between_loops", "read_on_either_way", "read_first_in_a_condition", "read_by_remainders", "read_in_part"],
)
def test_gradients_are_exact(kernels, name):
    gradient, exact = zg.grad(kernels[f"of_{name}"]), kernels[f"exact_{name}"]
    for last in (0.8, 0.3, -0.3):
        x = np.array([0.5, 0.7, 0.9, last])
        for n in (0, 1, 2, 5, 8):
            np.testing.assert_allclose(gradient(x, n), exact(x, n), rtol=1e-12, atol=1e-14)
