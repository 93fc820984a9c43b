"""Derivative code gives back what it allocates, in every nest, also where Enzyme itself forgets to."""

from __future__ import annotations

import resource
from pathlib import Path

import numpy as np
import pytest

import zymogen as zg
from zymogen.toolchain.remedies.kept_caches import keep_for_the_next_call
from zymogen.toolchain.remedies.row_memory import keep_for_the_row

KERNELS = r"""
#include <cmath>
#include <span>
#include <vector>
#include <zymogen/kernel.hpp>

// An index that runs through nested loops must be stored for the reverse pass.
double triangle(std::span<const double> x) {
    double s = 0;
    std::size_t e = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        double t = x[i];
        for (std::size_t j = 0; j < i % 5; ++j) t += x[e++ % x.size()] * x[j];
        s = s * std::exp(-t * t) + t;
    }
    return s * s;
}
ZYMOGEN_KERNEL(triangle, "x(n) -> ()");

// So must the number of turns of an inner loop that the data decide.
double roots(std::span<const double> x) {
    double s = 0;
    for (double v : x) {
        const double a = 1 + v * v;
        double y = a;
        while (std::fabs(y * y - a) > 1e-13) y = 0.5 * (y + a / y);
        s += y * v;
    }
    return s;
}
ZYMOGEN_KERNEL(roots, "x(n) -> ()");

double steps(std::span<const double> x) {
    const std::size_t n = x.size();
    std::vector<double> u(x.begin(), x.end()), w(n);
    for (int t = 0; t < 5; ++t) {
        for (std::size_t i = 0; i < n; ++i) w[i] = u[i] + 0.1 * u[i] * (u[(i + 1) % n] - u[i]);
        std::swap(u, w);
    }
    double s = 0;
    for (double v : u) s += v * v;
    return s;
}
ZYMOGEN_KERNEL(steps, "x(n) -> ()");

// Each partial sum is needed on the way back.
double horner(std::span<const double> x) {
    double s = 1;
    for (double v : x) s = 0.5 * s * v + v;
    return s;
}
ZYMOGEN_KERNEL(horner, "x(n) -> ()");
"""

N = 2000
NESTS = {
    "partial": lambda f: (zg.partial(f, ("x", 3)), ()),
    "reverse": lambda f: (zg.grad(f), ()),
    "forward over reverse": lambda f: (zg.jvp(zg.grad(f)), (np.ones(N),)),
    "component of reverse": lambda f: (zg.partial(zg.grad(f), ("x", 1)), ()),
    "reverse over forward": lambda f: (zg.grad(zg.partial(f, ("x", 3))), ()),
    "reverse over reverse": lambda f: (zg.vjp(zg.grad(f)), (np.ones(N),)),
    "forward over forward over reverse": lambda f: (zg.partial(zg.partial(zg.grad(f), ("x", 1)), ("x", 2)), ()),
}


@pytest.fixture(scope="module")
def loops():
    return zg.compile(KERNELS)


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


# Two reverse levels are refused for `roots`, whose loop ends by a comparison of real numbers.
CASES = [(k, n) for k in ("triangle", "roots", "steps") for n in NESTS if (k, n) != ("roots", "reverse over reverse")]


@pytest.mark.parametrize(("kernel", "nest"), CASES)
def test_memory_does_not_grow(loops, kernel, nest):
    x = np.random.default_rng(0).normal(size=N)
    d, more = NESTS[nest](loops[kernel])
    for _ in range(30):
        d(x, *more)
    before = resident_bytes()
    calls = 150
    for _ in range(calls):
        d(x, *more)
    lost = (resident_bytes() - before) / calls
    assert lost < N, "bytes a call; the smallest thing that could be lost for every component is one byte"


def test_large_caches_are_allocated_once(loops):
    # The C library gives a block above 32 megabytes back as soon as it is freed.
    n = 5_000_000
    x, x_bar = np.full(n, 0.5), np.zeros(n)
    gradient = zg.grad(loops.horner)
    gradient(x, out=x_bar)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    gradient(x, out=x_bar)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before < 8 * n / 4096 / 10
    # s and its weight of the last components: s tends to 2/3, and each step back to a quarter of the weight.
    np.testing.assert_allclose(x_bar[-3:], (4 / 3) * np.array([1 / 16, 1 / 4, 1]), rtol=1e-12)


ALLOCATION = "  %cache = tail call ptr @malloc(i64 %size) #1, !enzyme_cache_alloc !1\n"


def function(*lines: str) -> str:
    return (
        "define void @f(i64 %size) {\nentry:\n"
        + ALLOCATION
        + "".join(f"  {line}\n" for line in lines)
        + "  ret void\n}\n"
    )


def test_a_cache_that_is_only_read_and_written_is_redirected():
    uses = (
        "%p = getelementptr i64, ptr %cache, i64 1",
        "store i64 2, ptr %cache, align 8",
        "%v = load i64, ptr %cache, align 8",
    )
    assert "@zymogen_row_memory(i64 %size)" in keep_for_the_row(function(*uses))


@pytest.mark.parametrize(
    "use",
    [
        "call void @free(ptr %cache)",
        "%either = select i1 %c, ptr %cache, ptr null",
        "%later = phi ptr [ %cache, %entry ]",
        "store ptr %cache, ptr %place, align 8",
        "%grown = call ptr @realloc(ptr %cache, i64 8)",
    ],
)
def test_a_cache_that_may_be_freed_is_left_alone(use):
    text = function("%p = getelementptr i64, ptr %cache, i64 1", use)
    assert keep_for_the_row(text) == text


def test_names_that_begin_alike_are_told_apart():
    text = function("call void @free(ptr %cache.1)")
    assert "@zymogen_row_memory" in keep_for_the_row(text)


FREED = "tail call void @free(ptr nonnull %cache.0), !dbg !2, !enzyme_cache_free !1"


def test_a_cache_that_is_freed_where_it_is_allocated_is_kept():
    uses = (
        "%p = getelementptr i64, ptr %cache, i64 1",
        "%cache.0 = phi ptr [ undef, %entry ], [ %cache, %loop ]",
        "%v = load i64, ptr %cache.0, align 8",
        FREED,
    )
    kept = keep_for_the_next_call(function(*uses))
    assert "%cache = tail call ptr @zymogen_cache_memory(i64 %size)" in kept
    assert "tail call void @zymogen_cache_release(ptr nonnull %cache.0), !dbg !2" in kept
    assert "@free(" not in kept
    assert "@malloc(" not in kept


@pytest.mark.parametrize(
    "use",
    [
        "store ptr %cache.0, ptr %place, align 8",
        "%grown = call ptr @realloc(ptr %cache, i64 8)",
        "%tape = insertvalue { ptr } undef, ptr %cache.0, 0",
        "ret ptr %cache",
        "call void @other(ptr %cache)",
    ],
)
def test_a_cache_that_may_be_freed_elsewhere_is_not_kept(use):
    text = function("%cache.0 = select i1 %c, ptr %cache, ptr null", use, FREED)
    assert keep_for_the_next_call(text) == text


def test_memory_that_is_no_cache_is_not_kept():
    text = function(FREED).replace(", !enzyme_cache_alloc !1", "")
    assert keep_for_the_next_call(text) == text
