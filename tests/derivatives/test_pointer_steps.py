"""Pointers that step towards the end of an array, from a place that is told by its distance from there."""

from __future__ import annotations

import numpy as np
import pytest

import zymogen as zg
from zymogen.toolchain.remedies.pointer_steps import forget_that_steps_do_not_wrap

SOURCE = r"""
#include <cstddef>
#include <zymogen/kernel.hpp>

// The sum of the squares of the numbers before `end` up to the first that is above 1.
[[gnu::noinline]] static double up_to_one(const double* end, std::ptrdiff_t count) {
    double s = 0;
    for (const double* p = end - count; p != end && *p <= 1; ++p) s += *p * *p;
    return s;
}
double summed(std::span<const double> x) {
    double s = 0;
    for (std::size_t n = 1; n <= x.size(); ++n) {
        const double t = up_to_one(x.data() + n, static_cast<std::ptrdiff_t>(n));
        s += t * t;
    }
    return s;
}
ZYMOGEN_KERNEL(summed, "x(n) -> ()");
"""

x = np.array([0.5, -0.25, 0.75, 0.5, -1.5, 0.25, 2.0, 0.5])


def exact():
    """Gradient and Hessian, by the sum over beginnings of `x` up to the number that is above 1."""
    gradient, hessian = np.zeros(x.size), np.zeros((x.size, x.size))
    for n in range(1, x.size + 1):
        begin = np.where(np.arange(x.size) < min(n, 6), x, 0)
        t = begin @ begin
        gradient += 4 * t * begin
        hessian += 8 * np.outer(begin, begin) + 4 * t * np.diag(begin != 0)
    return gradient, hessian


@pytest.fixture(scope="module")
def summed():
    return zg.compile(SOURCE).summed


@pytest.mark.toolchain
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_derivatives_stop_at_the_end_of_the_array(summed, mode):
    gradient, hessian = exact()
    np.testing.assert_allclose(zg.jacobian(summed, "x", mode=mode)(x), gradient, rtol=1e-14)
    np.testing.assert_allclose(zg.hessian(summed, mode=mode)(x), hessian, rtol=1e-14, atol=1e-14)


def test_nothing_is_said_of_steps_and_all_of_places():
    before = """\
define void @f(ptr %array, ptr %end, i64 %n) {
entry:
  %first = getelementptr inbounds i8, ptr %array, i64 8
  br label %loop
loop:
  %p = phi ptr [ %first, %entry ], [ %"next one", %loop ]
  %half = getelementptr inbounds nuw %struct.pair, ptr %p, i64 0, i32 1
  %"next one" = getelementptr inbounds nuw i8, ptr %half, i64 %n
  %place = getelementptr inbounds nuw [4 x double], ptr %array, i64 %n
  %met = icmp eq ptr %"next one", %end
  br i1 %met, label %done, label %loop
done:
  ret void
}
"""
    after = before.replace("inbounds nuw %struct.pair", "%struct.pair").replace("inbounds nuw i8", "i8")
    assert forget_that_steps_do_not_wrap(before) == after


def test_a_pointer_in_memory_may_be_one_of_a_loop_in_another_function():
    before = """\
define void @f(ptr %iterator) {
  %p = load ptr, ptr %iterator, align 8
  %next = getelementptr inbounds nuw i8, ptr %p, i64 8
  store ptr %next, ptr %iterator, align 8
  ret void
}
"""
    assert forget_that_steps_do_not_wrap(before) == before.replace("inbounds nuw ", "")


def test_a_pointer_that_a_loop_chooses_moves_and_one_that_a_branch_chose_does_not():
    before = """\
define void @f(ptr %one, ptr %other, i1 %c, ptr %end) {
entry:
  br i1 %c, label %start, label %loop
start:
  br label %loop
loop:
  %base = phi ptr [ %one, %entry ], [ %other, %start ], [ %base.kept, %loop ]
  %p = phi ptr [ null, %entry ], [ %one, %start ], [ %chosen, %loop ]
  %base.kept = select i1 %c, ptr %one, ptr %other
  %place = getelementptr inbounds nuw i8, ptr %base, i64 16
  %next = getelementptr inbounds nuw i8, ptr %p, i64 8
  %chosen = select i1 %c, ptr %next, ptr %p
  %met = icmp eq ptr %chosen, %end
  br i1 %met, label %done, label %loop
done:
  ret void
}
"""
    assert forget_that_steps_do_not_wrap(before) == before.replace("inbounds nuw i8, ptr %p", "i8, ptr %p")


def test_functions_without_loops_stay_as_they_are():
    ir = "define ptr @f(ptr %p) {\n  %q = getelementptr inbounds nuw i8, ptr %p, i64 8\n  ret ptr %q\n}\n"
    assert forget_that_steps_do_not_wrap(ir) == ir
