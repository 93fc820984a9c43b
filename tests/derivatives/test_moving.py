"""Elements that are moved within an array, from and to places that only a call tells."""

from __future__ import annotations

import numpy as np
import pytest

import zymogen as zg
from zymogen.errors import TypeNotDeducedError

pytestmark = pytest.mark.toolchain

KERNELS = r"""
#include <algorithm>
#include <span>
#include <vector>
#include <zymogen/kernel.hpp>

namespace {

template <class T>
void squares(const std::vector<T>& v, std::span<T> y) {
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = i < v.size() ? v[i] * v[i] : 0;
}

void erased(std::span<const double> x, int first, int last, std::span<double> y) {
    std::vector<double> v(x.begin(), x.end());
    v.erase(v.begin() + first, v.begin() + last);
    squares(v, y);
}
ZYMOGEN_KERNEL(erased, "x(n), first(), last() -> y(n)");

void erased_in_single(std::span<const float> x, int place, std::span<float> y) {
    std::vector<float> v(x.begin(), x.end());
    v.erase(v.begin() + place);
    squares(v, y);
}
ZYMOGEN_KERNEL(erased_in_single, "x(n), place() -> y(n)");

void merged(std::span<const double> x, int k, std::span<double> y) {
    std::vector<double> v(x.size());
    std::merge(x.begin(), x.begin() + k, x.begin() + k, x.end(), v.begin());
    squares(v, y);
}
ZYMOGEN_KERNEL(merged, "x(n), k() -> y(n)");

void at_positions(std::span<const double> x, int first, int last, std::span<double> y) {
    std::vector<std::size_t> positions(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) positions[i] = i;
    positions.erase(positions.begin() + first, positions.begin() + last);
    std::vector<double> v;
    for (std::size_t i : positions) v.push_back(x[i]);
    squares(v, y);
}
ZYMOGEN_KERNEL(at_positions, "x(n), first(), last() -> y(n)");

double assigned(std::span<const double> x, int n, int size) {
    std::vector<double> w;
    double s = 0;
    for (int k = 0; k < n; ++k) {
        w.assign(size, x[k]);
        for (double e : w) s += e * e;
    }
    return s;
}
ZYMOGEN_KERNEL(assigned, "x(k), n(), size() -> ()");

// The squares of a matrix in compressed rows times a vector, both of x.
double compressed(std::span<const double> x) {
    std::vector<double> values;
    std::vector<int> columns, rows{0};
    for (std::size_t i = 0; i < x.size(); ++i) {
        for (std::size_t j = i % 2; j < x.size(); j += 2) {
            values.push_back(x[i]);
            columns.push_back(j);
        }
        rows.push_back(columns.size());
    }
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
        for (int k = rows[i]; k < rows[i + 1]; ++k) s += values[k] * x[columns[k]];
    return s;
}
ZYMOGEN_KERNEL(compressed, "x(n) -> ()");

struct Pair { double one, other; };

double of_pairs(std::span<const double> x, int place) {
    std::vector<Pair> v;
    for (double e : x) v.push_back({e, 2 * e});
    v.erase(v.begin() + place);
    double s = 0;
    for (const Pair& pair : v) s += pair.one * pair.other;
    return s;
}
ZYMOGEN_KERNEL(of_pairs, "x(n), place() -> ()");

}  // namespace
"""


@pytest.fixture(scope="module")
def library():
    return zg.compile(KERNELS)


def of_squares(x, taken):
    """The Jacobian of the squares of the elements taken, and of zeros behind them."""
    result = np.zeros((x.size, x.size), x.dtype)
    result[np.arange(taken.size), taken] = 2 * x[taken]
    return result


@pytest.mark.parametrize("mode", ["forward", "reverse"])
class TestDerivativesMoveAsElementsDo:
    @pytest.mark.parametrize("kernel", ["erased", "at_positions"])
    def test_where_some_are_erased(self, library, mode, kernel):
        jacobian = zg.jacobian(library[kernel], "x", mode=mode)
        for n in range(8):
            x = np.arange(1.0, n + 1)
            for first in range(n + 1):
                for last in range(first, n + 1):
                    taken = np.delete(np.arange(n), slice(first, last))
                    np.testing.assert_array_equal(jacobian(x, first, last), of_squares(x, taken))

    def test_in_single_precision(self, library, mode):
        jacobian = zg.jacobian(library.erased_in_single, "x", mode=mode)
        x = np.arange(1, 8, dtype=np.float32)
        for place in range(x.size):
            np.testing.assert_array_equal(jacobian(x, place), of_squares(x, np.delete(np.arange(x.size), place)))

    def test_where_two_ranges_are_merged(self, library, mode):
        jacobian = zg.jacobian(library.merged, "x", mode=mode)
        for n in range(10):
            for k in range(n + 1):
                x = np.random.default_rng(n).permutation(np.arange(1.0, n + 1))
                x = np.concatenate([np.sort(x[:k]), np.sort(x[k:])])
                np.testing.assert_array_equal(jacobian(x, k), of_squares(x, np.argsort(x)))


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_a_vector_that_is_assigned_in_a_loop_has_derivatives(library, mode):
    jacobian = zg.jacobian(library.assigned, "x", mode=mode)
    x = np.arange(1.0, 5)
    for n in (0, 1, 4):
        for size in (0, 1, 5):
            np.testing.assert_array_equal(jacobian(x, n, size), 2 * size * x * (np.arange(4) < n))


@pytest.mark.parametrize("mode", [pytest.param("forward", marks=pytest.mark.exhaustive), "reverse"])
def test_a_matrix_in_compressed_rows_that_grows_has_derivatives(library, mode):
    jacobian = zg.jacobian(library.compressed, "x", mode=mode)
    for n in (0, 1, 5, 8):
        x = np.arange(1.0, n + 1)
        sums = np.array([x[i % 2 :: 2].sum() for i in range(n)])
        np.testing.assert_allclose(jacobian(x), 2 * sums, rtol=1e-14)


def test_second_derivatives_move_as_elements_do(library):
    x, v, cotangent = np.arange(1.0, 7), np.array([1.0, -1, 2, 0.5, 3, -2]), np.arange(2.0, 8)
    weighted = zg.vjp(library.erased, "x")
    tangent = zg.jvp(weighted, "x")(x, 1, 3, cotangent, v)[1]
    np.testing.assert_array_equal(tangent, 2 * v * np.array([2, 0, 0, 3, 4, 5]))


def test_structures_that_are_moved_are_refused_with_what_to_write_instead(library):
    with pytest.raises(TypeNotDeducedError, match=r"moves within an array, .* Write a loop that moves .* one by one"):
        zg.grad(library.of_pairs).build()
