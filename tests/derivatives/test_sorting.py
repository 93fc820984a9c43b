"""Algorithms that sort move derivatives as they move elements, and move elements as they do without derivatives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import zymogen as zg

pytestmark = pytest.mark.toolchain

KERNELS = r"""
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <tuple>
#include <utility>
#include <vector>
#include <zymogen/kernel.hpp>

struct Atom {
    double energy;
    double weight;
    int kind;
};

void moved(std::span<const double> x, int algorithm, std::span<double> y) {
    const std::size_t n = x.size();
    std::vector<double> v(x.begin(), x.end());
    const auto middle = v.begin() + n / 2;
    switch (algorithm) {
        case 0: std::sort(v.begin(), v.end()); break;
        case 1: std::ranges::sort(v, std::greater<>()); break;
        case 2: std::sort(v.begin(), v.end(), [](double a, double b) { return std::abs(a) < std::abs(b); }); break;
        case 3: std::stable_sort(v.begin(), v.end()); break;
        case 4: std::nth_element(v.begin(), middle, v.end()); break;
        case 5: std::partial_sort(v.begin(), middle, v.end()); break;
        case 6: {
            std::vector<std::size_t> place(n);
            std::iota(place.begin(), place.end(), 0);
            std::sort(place.begin(), place.end(), [x](std::size_t a, std::size_t b) { return x[a] < x[b]; });
            for (std::size_t i = 0; i < n; ++i) v[i] = x[place[i]];
            break;
        }
        case 7: {
            std::vector<Atom> atoms(n);
            for (std::size_t i = 0; i < n; ++i) {
                atoms[i].energy = x[i];
                atoms[i].weight = 2 * x[i];
                atoms[i].kind = static_cast<int>(i);
            }
            std::sort(atoms.begin(), atoms.end(), [](const Atom& a, const Atom& b) { return a.energy < b.energy; });
            for (std::size_t i = 0; i < n; ++i) v[i] = atoms[i].weight / 2;
            break;
        }
    }
    for (std::size_t i = 0; i < n; ++i) y[i] = v[i];
}
ZYMOGEN_KERNEL(moved, "x(n), algorithm() -> y(n)");

double ranked(std::span<const double> x) {
    std::vector<double> v(x.begin(), x.end());
    std::sort(v.begin(), v.end());
    double s = 0;
    for (std::size_t i = 0; i < v.size(); ++i) s += static_cast<double>(i + 1) * v[i] * v[i] * v[0];
    return s;
}
ZYMOGEN_KERNEL(ranked, "x(n) -> ()");

float median(std::span<const float> x) {
    std::vector<float> v(x.begin(), x.end());
    std::ranges::nth_element(v, v.begin() + v.size() / 2);
    return v[v.size() / 2] * v[v.size() / 2];
}
ZYMOGEN_KERNEL(median, "x(n) -> ()");

double choosy(std::span<const double> x) {
    std::vector<double> v(x.begin(), x.end());
    std::sort(v.begin(), v.end(), [](double a, double b) {
        if (a < 0 || b < 0) throw std::invalid_argument("a negative number");
        return a < b;
    });
    return v[0] * v[0];
}
ZYMOGEN_KERNEL(choosy, "x(n) -> ()");

constexpr int least() {
    std::array<int, 3> v = {2, 1, 3};
    std::sort(v.begin(), v.end());
    return v[0];
}
static_assert(least() == 1);
"""

# The same where the elements are not one after the other in memory, or not in this order.
ELSEWHERE = r"""
#include <algorithm>
#include <cmath>
#include <vector>
#include <zymogen/kernel.hpp>

void moved(std::span<const double> x, int algorithm, std::span<double> y) {
    std::vector<double> v(x.begin(), x.end());
    switch (algorithm) {
        case 0: std::sort(v.rbegin(), v.rend()); break;
        case 1:
            std::sort(v.rbegin(), v.rend(), [](double a, double b) { return std::abs(a) < std::abs(b); });
            break;
    }
    for (std::size_t i = 0; i < v.size(); ++i) y[i] = v[i];
}
ZYMOGEN_KERNEL(moved, "x(n), algorithm() -> y(n)");
"""

RANKED_ELSEWHERE = r"""
#include <algorithm>
#include <vector>
#include <zymogen/kernel.hpp>

double ranked(std::span<const double> x) {
    std::vector<double> v(x.begin(), x.end());
    std::sort(v.rbegin(), v.rend(), [](double a, double b) { return b < a; });
    double s = 0;
    for (std::size_t i = 0; i < v.size(); ++i) s += static_cast<double>(i + 1) * v[i] * v[i] * v[0];
    return s;
}
ZYMOGEN_KERNEL(ranked, "x(n) -> ()");
"""

OTHER = r"""
#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <numeric>
#include <ranges>
#include <vector>
#include <zymogen/kernel.hpp>

struct Atom {
    double energy;
    double weight;
};

void moved(std::span<const double> x, int algorithm, std::span<double> y) {
    const std::size_t n = x.size();
    std::vector<double> v(x.begin(), x.end());
    switch (algorithm) {
        case 0: std::ranges::sort(v | std::views::reverse, std::greater<>()); break;
        case 1: std::stable_sort(v.rbegin(), v.rend()); break;
        case 2: std::nth_element(v.rbegin(), v.rbegin() + n / 2, v.rend()); break;
        case 3: std::partial_sort(v.rbegin(), v.rbegin() + n / 2, v.rend()); break;
        case 4: {
            std::vector<std::size_t> place(n);
            std::iota(place.begin(), place.end(), 0);
            std::sort(place.rbegin(), place.rend(), [x](std::size_t a, std::size_t b) { return x[a] < x[b]; });
            for (std::size_t i = 0; i < n; ++i) v[i] = x[place[i]];
            break;
        }
        case 5: {
            std::deque<double> d(x.begin(), x.end());
            std::sort(d.begin(), d.end());
            for (std::size_t i = 0; i < n; ++i) v[i] = d[i];
            break;
        }
        case 6: {
            std::deque<Atom> atoms;
            for (std::size_t i = 0; i < n; ++i) atoms.push_back({x[i], 2 * x[i]});
            std::ranges::sort(atoms.rbegin(), atoms.rend(), {}, &Atom::energy);
            for (std::size_t i = 0; i < n; ++i) v[i] = atoms[i].weight / 2;
            break;
        }
    }
    for (std::size_t i = 0; i < n; ++i) y[i] = v[i];
}
ZYMOGEN_KERNEL(moved, "x(n), algorithm() -> y(n)");
"""

SOURCES = [
    pytest.param((KERNELS, 8), id="in memory without gaps"),
    pytest.param((ELSEWHERE, 2), id="elsewhere"),
    pytest.param((OTHER, 7), id="elsewhere, other algorithms", marks=pytest.mark.exhaustive),
]
SIZES = (1, 2, 3, 17, 100, 1000)
INPUTS = {
    "random": lambda x: x,
    "in order": np.sort,
    "reversed": lambda x: -np.sort(-x),
    "with equals": lambda x: np.round(x, 1),
    "with zeros": lambda x: np.where(x > 0.5, 0.0, np.where(x < -0.5, -0.0, x)),
}


@pytest.fixture(scope="module")
def library():
    return zg.compile(KERNELS)


@pytest.fixture(scope="module", params=SOURCES)
def moved(request):
    source, algorithms = request.param
    return zg.compile(source).moved, range(algorithms)


def points():
    generator = np.random.default_rng(3)
    return [change(generator.normal(size=n)) for n in SIZES for change in INPUTS.values()]


def bits(x):
    return x.view(np.int64)


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_values_are_those_without_derivatives_and_tangents_go_where_elements_go(moved):
    kernel, algorithms = moved
    jvp = zg.jvp(kernel, "x")
    for algorithm in algorithms:
        for x in points():
            y, tangent = jvp(x, algorithm, np.arange(x.size, dtype=float))
            np.testing.assert_array_equal(bits(y), bits(kernel(x, algorithm)))
            origin = tangent.astype(int)
            np.testing.assert_array_equal(np.sort(origin), np.arange(x.size))
            np.testing.assert_array_equal(bits(x[origin]), bits(y))


def test_cotangents_go_where_elements_come_from(moved):
    kernel, algorithms = moved
    vjp, jvp = zg.vjp(kernel, "x"), zg.jvp(kernel, "x")
    for algorithm in algorithms:
        for x in points():
            origin = jvp(x, algorithm, np.arange(x.size, dtype=float))[1].astype(int)
            cotangent = np.arange(1.0, x.size + 1)
            expected = np.zeros(x.size)
            expected[origin] = cotangent
            np.testing.assert_array_equal(vjp(x, algorithm, cotangent), expected)


@pytest.mark.exhaustive
def test_the_library_s_own_way_moves_tangents_too():
    source = """
        #include <algorithm>
        #include <vector>
        #include <zymogen/kernel.hpp>
        void moved(std::span<const double> x, std::span<double> y) {
            std::vector<long double> v(x.begin(), x.end());
            std::sort(v.rbegin(), v.rend());
            for (std::size_t i = 0; i < v.size(); ++i) y[i] = static_cast<double>(v[i]);
        }
        ZYMOGEN_KERNEL(moved, "x(n) -> y(n)");
    """
    jvp = zg.jvp(zg.compile(source).moved, "x")
    for n in (6, 30, 100, 1000):
        x = np.random.default_rng(n).normal(size=n)
        y, tangent = jvp(x, np.arange(n, dtype=float))
        np.testing.assert_array_equal(y, -np.sort(-x))
        np.testing.assert_array_equal(tangent, np.argsort(-x))


def test_of_equal_numbers_the_first_comes_first(library):
    tangent = zg.jvp(library.moved, "x")([2.0, 1.0, 1.0, 1.0], 0, [1.0, 2.0, 3.0, 4.0])[1]
    np.testing.assert_array_equal(tangent, [2, 3, 4, 1])


@pytest.mark.parametrize(
    ("source", "mode"),
    [
        pytest.param(KERNELS, "reverse", id="in memory without gaps, reverse"),
        pytest.param(RANKED_ELSEWHERE, "forward", id="elsewhere, forward"),
        pytest.param(KERNELS, "forward", id="in memory without gaps, forward", marks=pytest.mark.exhaustive),
        pytest.param(RANKED_ELSEWHERE, "reverse", id="elsewhere, reverse", marks=pytest.mark.exhaustive),
    ],
)
def test_second_derivatives_are_exact(source, mode):
    hessian = zg.hessian(zg.compile(source).ranked, mode=mode)
    generator = np.random.default_rng(4)
    for n in (2, 17, 100):
        x = generator.normal(size=n)
        origin = np.argsort(x)
        rank, v = np.arange(1.0, n + 1), x[origin]
        of_sorted = np.diag(2 * rank * v[0])
        of_sorted[0] += 2 * rank * v
        of_sorted[:, 0] += 2 * rank * v
        expected = np.zeros((n, n))
        expected[np.ix_(origin, origin)] = of_sorted
        np.testing.assert_allclose(hessian(x), expected, rtol=0, atol=1e-13 * np.abs(expected).max())


def test_numbers_of_single_precision_are_sorted(library):
    x = np.array([3, -1, 2, 5, 4], np.float32)
    np.testing.assert_array_equal(zg.grad(library.median)(x), np.array([6, 0, 0, 0, 0], np.float32))


def test_a_comparison_may_throw(library):
    gradient = zg.grad(library.choosy)
    np.testing.assert_array_equal(gradient([3.0, 1.0, 2.0]), [0, 2, 0])
    with pytest.raises(ValueError, match="a negative number"):
        gradient([3.0, -1.0, 2.0])


def test_memory_does_not_grow(library):
    product = zg.hvp(library.ranked)
    x = np.random.default_rng(5).normal(size=2000)
    before = 0
    for call in range(180):
        if call == 30:
            before = resident_bytes()
        product(x, x)
    assert (resident_bytes() - before) / 150 < x.size
