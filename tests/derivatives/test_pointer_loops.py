"""Loops that step with a pointer towards the end of an array."""

from __future__ import annotations

import numpy as np
import pytest

import zymogen as zg
from zymogen.toolchain.remedies.pointer_loops import count_turns

SOURCE = r"""
#include <algorithm>
#include <cmath>
#include <iterator>
#include <vector>
#include <zymogen/kernel.hpp>

namespace {

struct Pair { double first, second; };

// sum of (sum of exp(x[j]) for j <= i)^2: the numbers of each turn are needed on the way back.
double squares(std::span<const double> x) {
    std::vector<double> y(x.size());
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        y[i] = std::exp(x[i]);
        double partial = 0;
        for (double e : y) partial += e;
        sum += partial * partial;
    }
    return sum;
}
ZYMOGEN_KERNEL(squares, "x(n) -> ()");

double backwards(std::span<const double> x) {
    const std::vector<double> y(x.begin(), x.end());
    double s = 0;
    for (const double* p = y.data() + y.size(); p != y.data();) s = s * 0.5 + std::sin(*--p);
    return s * s;
}
ZYMOGEN_KERNEL(backwards, "x(n) -> ()");

double pairs(std::span<const double> x) {
    std::vector<Pair> y;
    for (std::size_t i = 0; i + 1 < x.size(); i += 2) y.push_back({x[i], x[i + 1]});
    double s = 0;
    for (const Pair& pair : y) s += std::exp(s) * pair.first * pair.second;
    return s;
}
ZYMOGEN_KERNEL(pairs, "x(n) -> ()");

double until(std::span<const double> x) {
    const std::vector<double> y(x.begin(), x.end());
    double s = 0;
    for (double e : y) {
        if (e < 0) break;
        s = std::sin(s + e * e);
    }
    return s;
}
ZYMOGEN_KERNEL(until, "x(n) -> ()");

// The end goes on as well, at half the pace.
double chase(std::span<const double> x) {
    if (x.size() < 6) return 0;
    const std::vector<double> y(x.begin(), x.end());
    const double* end = y.data() + 3;
    double s = 1;
    for (const double* p = y.data(); p != end; p += 2, ++end) s += std::sin(s) * *p;
    return s;
}
ZYMOGEN_KERNEL(chase, "x(n) -> ()");

// The library swaps ranges in loops of loops, whose lengths change as in Euclid's algorithm.
void rotated(std::span<const double> x, int k, std::span<double> y) {
    std::vector<double> v(x.begin(), x.end());
    std::rotate(v.begin(), v.begin() + k, v.end());
    for (std::size_t i = 0; i < v.size(); ++i) y[i] = v[i] * v[i];
}
ZYMOGEN_KERNEL(rotated, "x(n), k() -> y(n)");

}  // namespace
"""
x = np.array([0.5, 0.25, 0.75, 0.125, -0.5, 0.375])


@pytest.fixture(scope="module")
def library():
    return zg.compile(SOURCE)


def of_squares(x):
    y = np.cumsum(np.exp(x))
    return 2 * np.exp(x) * np.cumsum(y[::-1])[::-1]


def of_backwards(x):
    weights = 0.5 ** np.arange(x.size)
    return 2 * (weights @ np.sin(x)) * weights * np.cos(x)


def of_pairs(x):
    s, slope = 0.0, np.zeros(x.size)
    for i in range(0, x.size - 1, 2):
        grown = np.exp(s) * x[i] * x[i + 1]
        slope = slope * (1 + grown)
        slope[i : i + 2] += np.exp(s) * x[i : i + 2][::-1]
        s += grown
    return slope


def of_until(x):
    s, slope = 0.0, np.zeros(x.size)
    for i in range(4):
        slope *= np.cos(s + x[i] ** 2)
        slope[i] = 2 * x[i] * np.cos(s + x[i] ** 2)
        s = np.sin(s + x[i] ** 2)
    return slope


def of_chase(x):
    s, slope = 1.0, np.zeros(x.size)
    for i in range(0, 6, 2):
        slope *= 1 + np.cos(s) * x[i]
        slope[i] += np.sin(s)
        s += np.sin(s) * x[i]
    return slope if x.size >= 6 else 0 * x


EXACT = {"squares": of_squares, "backwards": of_backwards, "pairs": of_pairs, "until": of_until, "chase": of_chase}


@pytest.mark.toolchain
@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_gradients_are_exact(library, name, mode):
    gradient = zg.jacobian(library[name], "x", mode=mode)
    np.testing.assert_allclose(gradient(x), EXACT[name](x), rtol=1e-14, atol=1e-15)
    assert gradient(np.empty(0)).shape == (0,)


@pytest.mark.toolchain
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_derivatives_follow_a_rotation_by_any_number_of_places(library, mode):
    jacobian = zg.jacobian(library.rotated, "x", mode=mode)
    for n in range(1, 10):
        numbers = np.arange(1.0, n + 1)
        for k in range(n + 1):
            expected = np.roll(np.diag(2 * numbers), -k, axis=0)
            np.testing.assert_array_equal(jacobian(numbers, k), expected)


@pytest.mark.toolchain
def test_second_derivatives_agree_in_both_orders(library):
    hessians = [zg.hessian(library.squares, mode=mode)(x) for mode in ("forward", "reverse")]
    steps = 1e-30j * np.eye(x.size)
    exact = np.array([of_squares(x + step).imag / 1e-30 for step in steps])
    for hessian in hessians:
        np.testing.assert_allclose(hessian, exact, rtol=1e-13)


@pytest.mark.toolchain
def test_no_memory_grows_while_a_loop_over_a_vector_goes_round(library):
    gradient = zg.grad(library.squares)
    assert "@malloc" in gradient.ir()
    assert "@realloc" not in gradient.ir()


LOOP = """\
define double @sum(ptr %begin, ptr %end) {
entry:
  %empty = icmp eq ptr %begin, %end
  br i1 %empty, label %exit, label %loop

loop:                                             ; preds = %entry, %more
  %p = phi ptr [ %next, %more ], [ %begin, %entry ]
  %s = phi double [ %sum, %more ], [ 0.0, %entry ]
  %e = load double, ptr %p, align 8
  %sum = fadd double %s, %e
  br label %more

more:                                             ; preds = %loop
  %next = getelementptr inbounds nuw i8, ptr %p, i64 16
  %met = icmp eq ptr %next, %end, !dbg !1
  br i1 %met, label %exit, label %loop

exit:                                             ; preds = %more, %entry
  %result = phi double [ 0.0, %entry ], [ %sum, %more ]
  ret double %result
}
"""


def test_a_loop_with_one_exit_gets_a_counter():
    counted = count_turns(LOOP)
    assert "  %zymogen.turn.0 = phi i64 [ 0, %entry ], [ %zymogen.turn.0.next, %more ]\n" in counted
    assert "  %zymogen.turn.0.next = add nuw nsw i64 %zymogen.turn.0, 1\n  %next = getelementptr" in counted
    assert "sdiv exact i64" in counted
    assert "%zymogen.end.0.distance = add i64 %zymogen.end.0.apart, %zymogen.end.0.zero" in counted
    assert ".distance, 16\n  %met = icmp eq i64 %zymogen.turn.0.next, %zymogen.end." in counted
    assert "%empty = icmp eq ptr %begin, %end" in counted


@pytest.mark.parametrize(
    ("piece", "instead"),
    [
        ("  br label %more\n", "  br i1 %empty, label %more, label %exit\n"),  # the loop has another exit
        ("br i1 %met, label %exit, label %loop", "br i1 %met, label %loop, label %exit"),  # it ends elsewhere
        ("br i1 %met", "br i1 %other"),
        ("i64 16", "i64 %n"),  # steps of a length that is not known
        ("[ %begin, %entry ]", "[ null, %entry ]"),
        ("getelementptr inbounds nuw i8, ptr %p,", "getelementptr inbounds nuw %Struct, ptr %p,"),
        ("[ %begin, %entry ]\n", "[ %begin, %entry ], [ %other, %else ]\n"),  # it may step elsewhere, too
        (  # the end moves
            "  %met = icmp eq ptr %next, %end,",
            "  %last = getelementptr i8, ptr %next, i64 %n\n  %met = icmp eq ptr %next, %last,",
        ),
    ],
)
def test_other_loops_stay(piece, instead):
    assert piece in LOOP
    loop = LOOP.replace(piece, instead)
    assert count_turns(loop) == loop
