"""Derivatives, and values beside them, of kernels that read a place again after a call has changed it."""

from __future__ import annotations

import numpy as np
import pytest

import zymogen as zg
from zymogen.toolchain.remedies.rereading import keep_what_is_read_again, take_out_writes

SOURCE = r"""
#include <cmath>
#include <span>
#include <vector>
#include <zymogen/kernel.hpp>

[[gnu::noinline]] static void change(double* a, double b) { *a = *a < b ? 0.5 * *a + 0.1 * b : std::sin(*a * b); }

double by_calls(std::span<const double> x) {
    double v = x[0];
    for (int i = 0; i < 2; ++i) {
        change(&v, x[1]);
        if (x[1] > -0.8) {
            if (x[2] > x[0]) return x[3] + v * x[1];
            v += 0.1 * x[2];
        }
    }
    if (x[2] <= x[1] && x[2] <= 0.88 && v < x[2]) change(&v, x[3]);
    return v * x[3];
}
ZYMOGEN_KERNEL(by_calls, "x(4) -> ()");

double by_a_vector(std::span<const double> x) {
    double factor = x[0], s = x[3];
    std::vector<double> w(2, x[0]);
    for (int i = 0; i < 3; ++i)
        if (w.size() < 12) w.push_back(std::sin(x[1]));
    if (factor < w.back())
        w.resize(2);
    else
        for (int i = 0; i < 4; ++i) {
            if (w.size() < 12) w.push_back(std::sin(x[2]));
            s = std::sin(s + w[w.size() / 2]);
        }
    if (s > x[2] && x[2] > x[1]) {
        if (s > w[w.size() / 2]) factor *= 0.3;
        if (w.size() > 1) w.pop_back();
    }
    return s * factor + w.back() * w[0];
}
ZYMOGEN_KERNEL(by_a_vector, "x(4) -> ()");

struct Rows {
    const double* data;
    long stride;
    double operator()(long i, long j) const { return data[i * stride + j]; }
};

// Not static: of what is, LLVM finds out that it changes no view.
[[gnu::noinline]] inline void add_product(long n, const Rows& a, const Rows& v, double* out) {
    long i = 0;
    for (; i < n - 1; i += 2)
        for (long j = 0; j < n; ++j) {
            out[i] += a(i, j) * v(j, 0);
            out[i + 1] += a(i + 1, j) * v(j, 0);
        }
    for (; i < n; ++i)
        for (long j = 0; j < n; ++j) out[i] += a(i, j) * v(j, 0);
}

double by_views(zymogen::matrix<const double> M, std::span<const double> x) {
    const long n = static_cast<long>(x.size());
    std::vector<double> y(n);
    add_product(n, {&M[0, 0], n}, {x.data(), 1}, y.data());
    double s = 0;
    for (double e : y) s += e * e * e;
    return s;
}
ZYMOGEN_KERNEL(by_views, "M(n,n), x(n) -> ()");
"""


@pytest.fixture(scope="module")
def kernels():
    return zg.compile(SOURCE)


@pytest.mark.toolchain
@pytest.mark.parametrize("name", ["by_calls", "by_a_vector"])
def test_values_and_gradients_go_the_way_of_the_kernel(kernels, name):
    kernel = kernels[name]
    x = np.random.default_rng(3).uniform(-1.5, 2, (300, 4))
    values, gradients = zg.value_and_grad(kernel)(x)
    np.testing.assert_allclose(values, kernel(x), rtol=1e-13)
    np.testing.assert_allclose(gradients, zg.jacobian(kernel, mode="forward")(x), rtol=1e-12, atol=1e-14)


@pytest.mark.toolchain
@pytest.mark.parametrize("n", [3, 4])
def test_views_that_are_read_again_and_stay_may_be_of_constants_and_of_arguments(kernels, n):
    generator = np.random.default_rng(n)
    M, x = generator.normal(size=(n, n)), generator.normal(size=n)
    y = M @ x
    np.testing.assert_allclose(zg.grad(kernels.by_views, "x")(M, x), 3 * M.T @ y**2, rtol=1e-12)
    hessian = zg.hessian(kernels.by_views, "x", mode="reverse")
    np.testing.assert_allclose(hessian(M, x), 6 * M.T @ np.diag(y) @ M, rtol=1e-12)


LOADS = """\
define double @f(ptr readonly captures(none) %x, ptr %u, i64 %i) {
entry:
  %a = load double, ptr %x, align 8
  %p = getelementptr inbounds double, ptr %u, i64 %i
  %b = load double, ptr %p, align 8, !tbaa !1
  call void @change(ptr %u)
  %q = getelementptr inbounds double, ptr %u, i64 %i, !dbg !2
  %c = load double, ptr %q, align 8
  %d = load double, ptr %x, align 8
  %e = load double, ptr %u, align 8
  ret double %c
}
declare double @__enzyme_autodiff(...)
"""


def test_only_places_that_are_read_again_and_may_change_are_marked():
    marked = keep_what_is_read_again(LOADS)
    assert [line.split("(ptr ")[1][:2] for line in marked.splitlines() if "  call void @zymogen_might" in line] == [
        "%p",
        "%q",
    ]
    assert take_out_writes(marked).startswith(LOADS)
    nothing_changes = LOADS.replace("  call void @change(ptr %u)\n", "  %r = call double @llvm.sin.f64(double %b)\n")
    assert keep_what_is_read_again(nothing_changes) == nothing_changes
    forward = LOADS.replace("__enzyme_autodiff", "__enzyme_fwddiff")
    assert keep_what_is_read_again(forward) == forward
