"""Constructs whose derivatives Enzyme gets wrong without a word: right where they are, refused elsewhere."""

from __future__ import annotations

import re

import numpy as np
import pytest

import zymogen as zg
from zymogen.errors import UnsupportedConstructError

KERNELS = r"""
#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <span>
#include <vector>
#include <zymogen/kernel.hpp>

static double cube(double t) { return t * t * t; }
static double sine(double t) { return std::sin(t); }

double table(std::span<const double> x) {
    static double (*const volatile functions[2])(double) = {cube, sine};
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += functions[i % 2](x[i]);
    return s;
}
ZYMOGEN_KERNEL(table, "x(n) -> ()");

struct Shape { virtual double value(double t) const = 0; virtual ~Shape() = default; };
struct Cube : Shape { double value(double t) const override { return cube(t); } };
struct Sine : Shape { double value(double t) const override { return sine(t); } };

double shapes(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        std::unique_ptr<Shape> shape;
        if (i % 2 == 0) shape = std::make_unique<Cube>(); else shape = std::make_unique<Sine>();
        s += shape->value(x[i]);
    }
    return s;
}
ZYMOGEN_KERNEL(shapes, "x(n) -> ()");

double workspace(std::span<const double> x) {
    static double w[64];
    for (std::size_t i = 0; i < x.size(); ++i) w[i] = x[i] * x[i];
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += w[i] * w[0];
    return s;
}
ZYMOGEN_KERNEL(workspace, "x(n) -> ()");

// The static owns memory on the heap.
double pooled(std::span<const double> x) {
    struct Work { std::vector<double> a; };
    static std::unique_ptr<Work> work;
    if (!work) work = std::make_unique<Work>(Work{std::vector<double>(64)});
    double* w = work->a.data();
    for (std::size_t i = 0; i < x.size(); ++i) w[i] = x[i] * x[i];
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += w[i] * w[0];
    return s;
}
ZYMOGEN_KERNEL(pooled, "x(n) -> ()");

double grown(std::span<const double> x) {
    static std::vector<double> w;
    w.resize(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) w[i] = x[i] * x[i];
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += w[i] * w[0];
    return s;
}
ZYMOGEN_KERNEL(grown, "x(n) -> ()");

static double shared[3];
double copied(std::span<const double> x) {
    std::copy(x.begin(), x.begin() + 3, shared);
    return shared[0] * shared[1] * shared[2];
}
ZYMOGEN_KERNEL(copied, "x(n) -> ()");

struct State { double p, q; };
static State state;
[[gnu::noinline]] static void put(State& s, std::span<const double> x) { s.p = x[0] * x[1]; s.q = x[2]; }
[[gnu::noinline]] static double get() { return state.p * state.q; }
double elsewhere(std::span<const double> x) {
    put(state, x);
    return get();
}
ZYMOGEN_KERNEL(elsewhere, "x(n) -> ()");

double table_of_weights(std::span<const double> x) {
    static const std::vector<double> weight = {1, 2, 3};
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += weight[i % 3] * x[i] * x[i];
    return s * s;
}
ZYMOGEN_KERNEL(table_of_weights, "x(n) -> ()");

double counted(std::span<const double> x) {
    static int calls = 0;
    ++calls;
    static const double weight[3] = {1, 2, 3};
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += weight[i % 3] * x[i] * x[i];
    return s;
}
ZYMOGEN_KERNEL(counted, "x(n) -> ()");
"""

x = np.array([1.0, 2.0, 3.0])
SECOND_ORDER = {
    "partial of partial": lambda f: zg.partial(f, ("x", 0), ("x", 1)),
    "forward over reverse": lambda f: zg.jvp(zg.grad(f)),
    "reverse over forward": lambda f: zg.grad(zg.partial(f, ("x", 0))),
    "reverse over reverse": lambda f: zg.vjp(zg.grad(f)),
}


@pytest.fixture(scope="module")
def traps():
    return zg.compile(KERNELS)


@pytest.mark.parametrize("kernel", ["table", "shapes"])
def test_gradient_through_pointers_to_functions_is_right(traps, kernel):
    exact = [3 * x[0] ** 2, np.cos(x[1]), 3 * x[2] ** 2]
    np.testing.assert_allclose(zg.grad(traps[kernel])(x), exact, rtol=1e-15)
    np.testing.assert_allclose(zg.vjp(traps[kernel])(x, 2.0), 2 * np.array(exact), rtol=1e-15)
    value, gradient = zg.value_and_grad(traps[kernel])(x)
    assert value == pytest.approx(x[0] ** 3 + np.sin(x[1]) + x[2] ** 3, rel=1e-15)
    np.testing.assert_allclose(gradient, exact, rtol=1e-15)


@pytest.mark.parametrize("kernel", ["table", "shapes"])
@pytest.mark.parametrize(
    "operator",
    [zg.jvp, lambda f: zg.partial(f, ("x", 0)), *SECOND_ORDER.values()],
    ids=["jvp", "partial", *SECOND_ORDER],
)
def test_other_derivatives_through_pointers_to_functions_are_refused(traps, kernel, operator):
    with pytest.raises(UnsupportedConstructError, match=r"called through a pointer at <text>:\d+ .* zg.grad") as seen:
        operator(traps[kernel]).build()
    assert re.search(r"template argument, or in a switch", str(seen.value))


@pytest.mark.parametrize("kernel", ["workspace", "pooled", "grown", "copied", "elsewhere"])
@pytest.mark.parametrize(
    "operator",
    [zg.grad, zg.vjp, zg.jvp, lambda f: zg.partial(f, "x"), *SECOND_ORDER.values()],
    ids=["grad", "vjp", "jvp", "partial", *SECOND_ORDER],
)
def test_derivatives_through_static_memory_are_refused(traps, kernel, operator):
    with pytest.raises(
        UnsupportedConstructError, match=r"static or global variable.* is written at <text>:\d+\. .*local variable"
    ):
        operator(traps[kernel]).build()


@pytest.mark.parametrize("operator", ["grad", "jvp"])
def test_derivatives_of_statics_that_are_made_at_their_first_use_are_refused(traps, operator):
    with pytest.raises(UnsupportedConstructError, match=r"a static variable is made when .* constexpr array"):
        getattr(zg, operator)(traps.table_of_weights).build()


@pytest.mark.parametrize("operator", [zg.grad, *list(SECOND_ORDER.values())[:1]])
def test_counters_and_constant_tables_are_no_obstacle(traps, operator):
    operator(traps.counted).build()
    np.testing.assert_allclose(zg.grad(traps.counted)(x), 2 * np.array([1, 2, 3]) * x, rtol=1e-15)


SPREAD = """
#include <span>
#include <zymogen/kernel.hpp>
double spread(std::span<const double> x) {
    double s = 0;
    #pragma omp parallel for reduction(+ : s)
    for (std::size_t i = 0; i < x.size(); ++i) s += x[i] * x[i];
    return s;
}
ZYMOGEN_KERNEL(spread, "x(n) -> ()");
"""


@pytest.mark.parametrize("operator", [zg.grad, zg.jvp, zg.hvp])
def test_derivatives_of_loops_that_openmp_spreads_over_threads_are_refused(operator):
    with pytest.raises(UnsupportedConstructError, match=r"OpenMP spreads .* at <text>:6, .* without -fopenmp"):
        operator(zg.compile(SPREAD, flags=["-fopenmp"]).spread).build()
    np.testing.assert_allclose(zg.grad(zg.compile(SPREAD).spread)(x), 2 * x, rtol=1e-15)


SHIFTS = {
    "loop down": ("for (std::size_t i = 0; i + 1 < n; ++i) v[i] = v[i + 1];", [1, 2, 3, 4, 4]),
    "loop up": ("for (std::size_t i = n - 1; i > 0; --i) v[i] = v[i - 1];", [0, 0, 1, 2, 3]),
    "copy": ("std::copy(v.begin() + 1, v.end(), v.begin());", [1, 2, 3, 4, 4]),
    "rotate": ("std::rotate(v.begin(), v.begin() + 1, v.end());", [1, 2, 3, 4, 0]),
    "erase": ("v.erase(v.begin());", [1, 2, 3, 4]),
    "memmove": ("std::memmove(v.data(), v.data() + 2, 8 * (n - 2));", [2, 3, 4, 3, 4]),
}


@pytest.fixture(scope="module", params=SHIFTS)
def shift(request):
    """A kernel that moves the elements of a copy of x within it, and the matrix that does the same."""
    code, taken = SHIFTS[request.param]
    text = f"""
    #include <algorithm>
    #include <cstring>
    #include <span>
    #include <vector>
    #include <zymogen/kernel.hpp>
    double shifted(std::span<const double> x) {{
        std::vector<double> v(x.begin(), x.end());
        const std::size_t n = v.size();
        {code}
        double s = 0;
        for (std::size_t i = 0; i < v.size(); ++i) s += (i + 1) * v[i] * v[i] * v[0];
        return n * s;
    }}
    ZYMOGEN_KERNEL(shifted, "x(n) -> ()");
    """
    return zg.compile(text).shifted, np.eye(5)[taken]


def weighted(v):
    """Value, gradient and Hessian of g(v) = 5 v_0 sum_i (i + 1) v_i^2."""
    k = np.arange(1.0, len(v) + 1)
    first = np.eye(len(v))[0]
    gradient = 2 * k * v * v[0] + first * (k * v**2).sum()
    hessian = np.diag(2 * k * v[0]) + np.outer(2 * k * v, first) + np.outer(first, 2 * k * v)
    return 5 * v[0] * (k * v**2).sum(), 5 * gradient, 5 * hessian


def test_derivatives_of_copies_between_places_that_overlap(shift):
    f, P = shift
    x, v = np.array([0.8, 0.3, 0.6, -0.4, 1.1]), np.array([1.0, 0.5, -1.0, 2.0, 0.3])
    value, gradient, hessian = weighted(P @ x)
    assert f(x) == pytest.approx(value, rel=1e-14)
    np.testing.assert_allclose(zg.grad(f)(x), P.T @ gradient, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(zg.partial(f, "x")(x, np.arange(5)), P.T @ gradient, rtol=1e-13, atol=1e-15)
    product = P.T @ hessian @ P @ v
    np.testing.assert_allclose(zg.jvp(zg.grad(f))(x, v)[1], product, rtol=1e-12)
    np.testing.assert_allclose(zg.grad(zg.partial(f, "x"))(x, np.arange(5)), P.T @ hessian @ P, rtol=1e-12, atol=1e-14)


EARLY_END = """
#include <span>
#include <zymogen/kernel.hpp>
double cubes(std::span<const double> x) {
    double t = 0;
    for (double v : x) {
        if (v * v < 0.05) break;
        t += v * v * v;
    }
    return t;
}
ZYMOGEN_KERNEL(cubes, "x(n) -> ()");
"""


class TestALoopThatEndsEarly:
    x = np.array([0.3, -0.4, 1.2, 0.9, 0.5, 1.1, -0.2, 0.7])
    seen = np.array([1.0] * 6 + [0.0] * 2)
    v = np.linspace(1, 2, 8)

    @pytest.fixture
    def cubes(self):
        return zg.compile(EARLY_END).cubes

    def test_derivatives_with_one_reverse_level_are_right(self, cubes):
        np.testing.assert_allclose(zg.grad(cubes)(self.x), 3 * self.x**2 * self.seen, rtol=1e-14)
        product = 6 * self.x * self.seen * self.v
        np.testing.assert_allclose(zg.jvp(zg.grad(cubes))(self.x, self.v)[1], product, rtol=1e-14)
        np.testing.assert_allclose(zg.vjp(zg.jvp(cubes))(self.x, self.v, 0.0, 1.0), product, rtol=1e-14)

    def test_two_reverse_levels_are_refused(self, cubes):
        with pytest.raises(UnsupportedConstructError, match=r"real numbers decide at <text>:7 .* one reverse level"):
            zg.vjp(zg.grad(cubes)).build()


def test_values_kept_for_the_reverse_pass_may_lie_at_any_address():
    """Eight doubles are kept at once, in memory that is aligned to two: it ended the process."""
    f = zg.compile("""
    #include <span>
    #include <zymogen/kernel.hpp>
    double halved(std::span<const double, 8> x) {
        double p[8];
        double rr = 0;
        for (int i = 0; i < 8; ++i) { p[i] = x[i]; rr += p[i] * p[i]; }
        int it = 0;
        while (rr > 1e-20 && it++ < 6) {
            double q[8];
            for (int i = 0; i < 8; ++i) q[i] = p[i] * .5;
            double n = 0;
            for (int i = 0; i < 8; ++i) { p[i] = q[i]; n += p[i] * p[i]; }
            rr = n;
        }
        return rr;
    }
    ZYMOGEN_KERNEL(halved, "x(8) -> ()");
    """).halved
    x = np.arange(8.0)
    for _ in range(20):
        np.testing.assert_allclose(zg.grad(f)(x), 2 * x / 4**6, rtol=1e-14)
