"""Functions with arrays get derivatives by rules in every mode and at every order, also without source."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.packages import file_of

import zymogen as zg
from zymogen.errors import (
    CompileError,
    DerivativeCheckError,
    UnsupportedConstructError,
    WrongDerivativeError,
    ZymogenError,
)
from zymogen.testing import check_derivatives

pytestmark = pytest.mark.toolchain

LIBRARY = r"""
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>
#define SEEN extern "C" [[gnu::visibility("default")]]

SEEN void blind_solve(const double* a, const double* b, double* x, std::size_t n) {
    std::vector<double> m(a, a + n * n), y(b, b + n);
    for (std::size_t k = 0; k < n; ++k)
        for (std::size_t i = k + 1; i < n; ++i) {
            const double f = m[i * n + k] / m[k * n + k];
            for (std::size_t j = k; j < n; ++j) m[i * n + j] -= f * m[k * n + j];
            y[i] -= f * y[k];
        }
    for (std::size_t k = n; k-- > 0;) {
        for (std::size_t j = k + 1; j < n; ++j) y[k] -= m[k * n + j] * y[j];
        y[k] /= m[k * n + k];
    }
    for (std::size_t i = 0; i < n; ++i) x[i] = y[i];
}
SEEN void blind_bend(int n, double* x, double c) {
    for (int i = 0; i < n; ++i) x[i] *= c * x[i];
}
SEEN double blind_energy(const double* x, std::int64_t n, double c) {
    double s = 0;
    for (std::int64_t i = 0; i < n; ++i) s += x[i] * x[i] * x[i];
    return s * std::exp(c);
}
SEEN float blind_norm(const float* x, std::uint64_t n) {
    float s = 0;
    for (std::uint64_t i = 0; i < n; ++i) s += x[i] * x[i];
    return std::sqrt(s);
}
SEEN void blind_mean(const double* x, double* mean, int n) {
    *mean = 0;
    for (int i = 0; i < n; ++i) *mean += x[i] / n;
}
"""
N = 4
random = np.random.default_rng(5)
a, b, v = random.normal(size=(N, N)) + 4 * np.eye(N), random.normal(size=N), random.normal(size=N)
w, inverse = np.arange(1.0, N + 1), np.linalg.inv(a)
u = inverse @ b
by_b = inverse.T @ (2 * w * u)
by_a = -np.outer(by_b, u)
hessian = 2 * inverse.T @ np.diag(w) @ inverse


@pytest.fixture(scope="module")
def blind(shared_library):
    library = shared_library(LIBRARY)
    return lambda name: zg.compile(Path(__file__).with_name(name), libraries=[library])


@pytest.fixture(scope="module")
def solver(blind):
    return blind("solve.cpp")


@pytest.fixture(scope="module")
def arrays(blind):
    return blind("arrays.cpp")


@pytest.fixture(scope="module")
def wrong(blind):
    return blind("wrong.cpp")


def close(got, expected, rtol=1e-13):
    np.testing.assert_allclose(got, expected, rtol=rtol, atol=rtol * np.abs(expected).max())


@pytest.mark.parametrize("active", ["a", "b", ("a", "b")])
def test_gradient_is_right_whatever_is_constant(solver, active):
    kept = a.copy(), b.copy()
    got = zg.grad(solver.compliance, active)(a, b)
    for name, gradient in zip(active, got if isinstance(active, tuple) else (got,), strict=True):
        close(gradient, {"a": by_a, "b": by_b}[name])
    np.testing.assert_array_equal((a.tobytes(), b.tobytes()), (kept[0].tobytes(), kept[1].tobytes()))


@pytest.mark.parametrize("active", ["a", "b"])
def test_tangent_is_right_whatever_is_constant(solver, active):
    direction, expected = {"a": (a, np.vdot(by_a, a)), "b": (v, by_b @ v)}[active]
    value, tangent = zg.jvp(solver.compliance, active)(a, b, direction)
    assert value == solver.compliance(a, b)
    close(tangent, expected)


def test_single_partial_derivative_is_right(solver):
    close(zg.partial(solver.compliance, "b")(a, b, np.arange(N)), by_b)


def step_jacobians(c):
    x, by_c, by_x = b, np.zeros(N), np.eye(N)
    for _ in range(3):
        y, dy, dc = inverse @ x, inverse @ by_x, inverse @ by_c
        x, by_x, by_c = c * y * y, 2 * c * y[:, None] * dy, y * y + 2 * c * y * dc
    return x, by_x, by_c


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_jacobian_of_repeated_calls_in_place_is_right(solver, mode):
    x, by_x, by_c = step_jacobians(1.5)
    close(solver.steps(a, b, 1.5), x)
    close(zg.jacobian(solver.steps, "b", mode=mode)(a, b, 1.5), by_x)
    close(zg.jacobian(solver.steps, "c", mode=mode)(a, b, 1.5), by_c)


PRODUCTS = {
    "forward over reverse": lambda f: zg.hvp(f, "b")(a, b, v),
    "reverse over reverse": lambda f: zg.vjp(zg.grad(f, "b"), "b")(a, b, v),
    "forward hessian": lambda f: zg.hessian(f, "b", mode="forward")(a, b) @ v,
    "reverse hessian": lambda f: zg.hessian(f, "b", mode="reverse")(a, b) @ v,
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_second_derivatives_are_right(solver, name):
    close(PRODUCTS[name](solver.compliance), hessian @ v, rtol=1e-12)


def test_reverse_over_forward_is_right(solver):
    close(zg.grad(zg.partial(solver.compliance, ("b", 1)), "b")(a, b), hessian[1], rtol=1e-12)


def test_mixed_second_derivatives_are_right_where_one_level_takes_the_other_argument_as_a_constant(solver):
    # d/da of the directional derivative along v, which is 2 (inverse v) . (w * inverse b).
    step = inverse @ v
    expected = -np.outer(inverse.T @ (2 * w * u), step) - np.outer(inverse.T @ (2 * w * step), u)
    row = zg.jvp(zg.grad(solver.compliance, "b"), "a")
    along = np.array([[row(a, b, e.reshape(N, N))[1] @ v for e in np.eye(N * N)]]).reshape(N, N)
    close(along, expected, rtol=1e-12)


def test_third_derivative_is_right(solver):
    # With c = 1 and one unknown: x = (b / a)^2, and all derivatives are known.
    one, t = np.array([[2.0]]), np.array([3.0])
    nest = zg.partial(zg.partial(zg.grad(solver.compliance, "a"), ("a", (0, 0))), ("a", (0, 0)))
    close(nest(one, t), np.array([[-24 * 9 / 2.0**5]]))


def test_argument_that_is_updated_in_place_has_its_derivatives(arrays):
    c = 0.7
    for mode in ("forward", "reverse"):
        close(zg.jacobian(arrays.bent, "b", mode=mode)(b, c), np.diag(4 * c**3 * b**3))
        close(zg.jacobian(arrays.bent, "c", mode=mode)(b, c), 3 * c**2 * b**4)


def test_returned_number_has_its_derivatives(arrays):
    c = 0.3
    e = np.sum(b**3) * np.exp(c)
    d_x, d_c = zg.grad(arrays.energy, ("x", "c"))(b, c)
    close(d_x, np.cos(e) * 3 * b**2 * np.exp(c))
    close(d_c, np.cos(e) * e)
    close(zg.derivative(arrays.energy, "c")(b, c), np.cos(e) * e)
    slope = 3 * b**2 * np.exp(c)
    expected = np.cos(e) * np.diag(6 * b * np.exp(c)) - np.sin(e) * np.outer(slope, slope)
    for mode in ("forward", "reverse"):
        close(zg.hessian(arrays.energy, "x", mode=mode)(b, c), expected, rtol=1e-12)


@pytest.mark.exhaustive
def test_single_precision_has_its_derivatives(arrays):
    y = b.astype(np.float32)
    length = np.linalg.norm(b)
    gradient = zg.grad(arrays.length)(y)
    assert gradient.dtype == np.float32
    close(gradient, b / length, rtol=1e-6)
    close(zg.jacobian(arrays.length, mode="forward")(y), b / length, rtol=1e-6)
    expected = np.eye(N) / length - np.outer(b, b) / length**3
    close(zg.hessian(arrays.length)(y), expected, rtol=1e-5)


def test_source_without_derivative_is_replaced_and_meets_rules_for_numbers(arrays):
    m = a[:3]
    x = m @ b**2
    d_a, d_b = zg.grad(arrays.lift, ("a", "b"))(m, b)
    close(d_a, 2 * np.outer(x, b**2))
    close(d_b, 4 * (m.T @ x) * b)
    expected = 8 * np.outer(b, b) * (m.T @ m) + np.diag(4 * m.T @ x)
    for mode in ("forward", "reverse"):
        close(zg.hessian(arrays.lift, "b", mode=mode)(m, b), expected, rtol=1e-12)


def test_empty_arrays_pass(solver):
    assert zg.grad(solver.compliance, "b")(np.zeros((0, 0)), np.zeros(0)).shape == (0,)


def test_check_derivatives_passes_right_rules(solver, arrays):
    assert check_derivatives(solver.compliance, (a, b), order=1).findings
    assert check_derivatives(arrays.length, (b.astype(np.float32),)).findings


def test_wrong_reverse_rule_is_found_at_first_use(wrong):
    zg.jvp(wrong.wrong_in_reverse)(b, v)
    with pytest.raises(WrongDerivativeError, match="the derivative of `wrong_in_reverse` with respect to x is wrong"):
        zg.grad(wrong.wrong_in_reverse)(b)
    used = r"with rules of yours: `blind_mean` \(ZYMOGEN_RULES at \S+wrong\.cpp:15\)\. Look at these rules first: "
    with pytest.raises(WrongDerivativeError, match=used):
        zg.grad(wrong.wrong_in_reverse)(b)
    with pytest.raises(DerivativeCheckError, match=f"(?s)check_derivatives.wrong_in_reverse.*{used}"):
        check_derivatives(wrong.wrong_in_reverse, (b,), order=1)


def test_function_that_is_called_inactive_and_is_not_is_found_at_first_use(wrong):
    used = r"with rules of yours: `law::gain` \(ZYMOGEN_INACTIVE at \S+wrong\.cpp:58\)\. Look at these rules first: "
    with pytest.raises(WrongDerivativeError, match=used):
        zg.grad(wrong.gained)(b)


def test_wrong_forward_rule_is_found_at_first_use(wrong):
    zg.vjp(wrong.wrong_in_forward)(b, v)
    with pytest.raises(WrongDerivativeError, match="the derivative of `wrong_in_forward` with respect to x is wrong"):
        zg.jvp(wrong.wrong_in_forward)(b, v)
    with pytest.raises(DerivativeCheckError, match="wrong_in_forward"):
        check_derivatives(wrong.wrong_in_forward, (b,), order=1)


def test_result_that_is_not_written_in_full_does_not_pass_for_a_number(wrong):
    np.testing.assert_array_equal(wrong.partial_result(b), [*(4 * b[:-1] ** 2), 1.0])
    with pytest.raises(ZymogenError):
        zg.jvp(wrong.partial_result)(b, v)


NESTS = {
    "gradient": lambda f: (zg.grad(f), ()),
    "tangent": lambda f: (zg.jvp(f), (np.ones((60, 60)), np.ones(60))),
    "forward over reverse": lambda f: (zg.hvp(f, "b"), (np.ones(60),)),
    "reverse over reverse": lambda f: (zg.vjp(zg.grad(f, "b"), "b"), (np.ones(60),)),
}


@pytest.mark.parametrize("nest", NESTS)
def test_memory_does_not_grow(solver, nest):
    matrix, right = np.eye(60) * 3 + 0.1, np.ones(60)
    d, more = NESTS[nest](solver.compliance)

    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

    calls, growth = 100, []
    for _ in range(6):
        before = resident()
        for _ in range(calls):
            d(matrix, right, *more)
        growth.append((resident() - before) / calls)
    assert min(growth) < 8 * 60, "bytes a call; a vector has 480"


UNFIT = r"""
#include <zymogen/kernel.hpp>
// Called through a pointer, with a static variable: neither can be differentiated.
static double (*volatile choice)(double) = nullptr;
static volatile double last;
static double cube(double t) { return t * t * t; }
static double sum(std::span<const double> x) {
    choice = cube;
    double s = 0;
    for (double e : x) s += choice(e);
    return last = s;
}
static void sum_forward(std::span<const double> x, std::span<const double> dx, double, double& ds) {
    for (std::size_t i = 0; i < x.size(); ++i) ds += 3 * x[i] * x[i] * dx[i];
}
static void sum_reverse(std::span<const double> x, std::span<double> gx, double, double gs) {
    for (std::size_t i = 0; i < x.size(); ++i) gx[i] += 3 * x[i] * x[i] * gs;
}
ZYMOGEN_RULES(sum, "x(n)", sum_forward, sum_reverse);
double twice(std::span<const double> x) { return 2 * sum(x); }
ZYMOGEN_KERNEL(twice, "x(n) -> ()");
void scaled(std::span<const double> x, std::span<double> y) {
    const double s = sum(x);
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = s * x[i];
}
ZYMOGEN_KERNEL(scaled, "x(n) -> y(n)");
void ring(std::span<const double> x, std::span<double> y) {
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = x[i] * x[(i + 1) % x.size()];
}
ZYMOGEN_KERNEL(ring, "x(n) -> y(n)");
"""


def test_rules_may_be_any_code_until_they_are_differentiated():
    twice = zg.compile(UNFIT.replace("double gs) {", "double gs) {\n    last = gs;")).twice
    x = np.array([1.0, 2.0, -3.0])
    np.testing.assert_array_equal(zg.grad(twice)(x), 6 * x**2)
    with pytest.raises(UnsupportedConstructError, match="static or global variable"):
        zg.hvp(twice)(x, x)


def test_rules_go_without_lanes_and_leave_those_of_other_kernels():
    kernels, x = zg.compile(UNFIT), np.arange(1.0, 12.0)
    jacobian = zg.jacobian(kernels.scaled, mode="forward")
    close(jacobian(x), np.sum(x**3) * np.eye(11) + 3 * np.outer(x, x**2))
    assert "diffe8" not in jacobian.ir()  # what Enzyme calls the function that has eight directions
    assert "diffe8" in zg.jacobian(kernels.ring, mode="forward").ir()


def test_source_of_a_function_with_rules_may_be_anything():
    twice, x = zg.compile(UNFIT).twice, np.array([1.0, 2.0, -3.0])
    np.testing.assert_array_equal(zg.grad(twice)(x), 6 * x**2)
    np.testing.assert_array_equal(zg.hessian(twice)(x), np.diag(12 * x))


def test_function_around_lapack_gets_rules_in_a_namespace():
    lapack = file_of("scipy-openblas32", "scipy_openblas32/lib/libscipy_openblas.so")
    kernels = zg.compile(Path(__file__).with_name("lapack.cpp"), libraries=[lapack])
    d_a, d_b = zg.grad(kernels.opposite, ("a", "b"))(a, b)
    expected = -2 * inverse.T @ u
    close(d_b, expected)
    close(d_a, -np.outer(expected, u))
    close(zg.hvp(kernels.opposite, "b")(a, b, v), -2 * inverse.T @ inverse @ v)


PRELUDE = """#include <zymogen/kernel.hpp>
void f(const double* x, double* y, int n);
void g(const double* x, double* y);
void h(const double* x, const int* k, double* y, int n);
void m(const double* x, float* y, int n);
void i(int n);
struct S { void member(const double* x); };
void forward(const double*, const double*, const double*, double*, int);
void reverse(const double*, double*, const double*, const double*, int);
"""
KERNEL = """
double k(double x) { return x; }
ZYMOGEN_KERNEL(k, "x() -> ()");
"""
MISTAKES = {
    'ZYMOGEN_RULES(f, "x(n), y(n), n", reverse, reverse);': r"ZYMOGEN_RULES\(f, reverse, reverse\): reverse must be "
    r"callable as reverse\(const double\* x, const double\* d_x, const double\* y, double\* d_y, std::int64_t n\)",
    'ZYMOGEN_RULES(f, "x(n), y(n), n", forward, forward);': r"forward must be callable as forward\(const double\* x, "
    r"double\* g_x, const double\* y, const double\* g_y, std::int64_t n\)",
    'ZYMOGEN_RULES(g, "x(n), y(n)", forward, reverse);': r"`x` is a pointer, and no argument tells how long n is: let "
    r"the function take n, or a view",
    'ZYMOGEN_RULES(h, "x(n), k(n), y(n), n", forward, reverse);': r"`k` is not of real numbers: rules take integers by "
    r"value alone",
    'ZYMOGEN_RULES(m, "x(n), y(n), n", forward, reverse);': r"`y` is of float, and another one of double: all must be "
    r"of one type",
    'ZYMOGEN_RULES(f, "x(n), y(n)", forward, reverse);': r"the signature has 2 parameters \(arguments, then results\), "
    r"and the function has 3",
    'ZYMOGEN_RULES(f, "x(n) y(n)", forward, reverse);': r'a comma, "->" or the end is expected before "y\(n\)"',
}


@pytest.mark.parametrize("line", MISTAKES)
def test_rules_that_do_not_fit_are_refused(line):
    with pytest.raises(CompileError, match=r"<text>:10:\d+: error: .*zymogen: .*" + MISTAKES[line]):
        zg.compile(PRELUDE + line + KERNEL)


def test_two_rules_for_one_function_are_refused():
    rule = 'ZYMOGEN_RULES(f, "x(n), y(n), n", forward, reverse);\n'
    use = "double k(double x) { double y; f(&x, &y, 1); return y; }"
    kernels = zg.compile(PRELUDE + rule + rule + KERNEL.replace("double k(double x) { return x; }", use))
    with pytest.raises(CompileError, match=r"has two rules: ZYMOGEN_RULES at <text>:10, ZYMOGEN_RULES at <text>:11\."):
        zg.grad(kernels.k)(0.5)
