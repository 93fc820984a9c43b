"""What is remembered of a comparison: that a derivative agreed where something moved, and nothing was left open."""

from __future__ import annotations

import numpy as np
import pytest

import zymogen as zg
from zymogen.build import compilation
from zymogen.errors import WrongDerivativeError
from zymogen.runtime.checks import records, row
from zymogen.runtime.checks.chain import compare
from zymogen.runtime.checks.policy import policy
from zymogen.runtime.checks.row import first_row

KERNELS = r"""
#include <cmath>
#include <span>
#include <zymogen/kernel.hpp>

// Wrong in reverse mode: the scratch has no shadow.
double scratch(std::span<const double> x, std::span<const double> w) {
    static double s[64];
    double r = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s[i] = x[i] * w[i];
    for (std::size_t i = 0; i < x.size(); ++i) r += s[i] * s[0];
    return r;
}
ZYMOGEN_KERNEL(scratch, "x(n), w(n) -> ()");

double quadratic(std::span<const double> x) {
    double s = 0;
    for (double t : x) s += t * t;
    return s * 0.5;
}
ZYMOGEN_KERNEL(quadratic, "x(n) -> ()");

void smooth_and_kinked(std::span<const double> x, std::span<double> y) {
    y[0] = x[0] * x[0];
    for (std::size_t i = 1; i < x.size(); ++i) y[i] = std::fabs(x[i] - 1);
}
ZYMOGEN_KERNEL(smooth_and_kinked, "x(n) -> y(n)");

double inverses(std::span<const double> x) {
    double s = 0;
    for (double t : x) s += 1 / t;
    return s;
}
ZYMOGEN_KERNEL(inverses, "x(n) -> ()");

double distances(std::span<const double> x) {
    double s = 0;
    for (double t : x) s += std::fabs(t - 1);
    return s;
}
ZYMOGEN_KERNEL(distances, "x(n) -> ()");

void scaled(std::span<const double> x, std::span<double> y) {
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = std::pow(1e-5, i) * std::sin(x[i]);
}
ZYMOGEN_KERNEL(scaled, "x(n) -> y(n)");

double square(double x) { return x * x; }
ZYMOGEN_KERNEL(square, "x() -> ()");

// Wrong in reverse mode as well, and a kernel of numbers.
double powers(double x, int n) {
    static double s[64];
    double r = 0;
    for (int i = 0; i < n; ++i) s[i] = x * (i + x);
    for (int i = 0; i < n; ++i) r += s[i] * s[0];
    return r;
}
ZYMOGEN_KERNEL(powers, "x(), n() -> ()");

template <class T> T cubes(std::span<const T> x, T m) {
    T s = 0;
    for (T t : x) s += (t - m) * (t - m) * t;
    return s;
}
ZYMOGEN_KERNEL_TEMPLATE(cubes, "x(n), m() -> ()");

// The same at the point of the tests, but a kink there for float alone.
double kink(double t) { return t * t; }
float kink(float t) { return t < 1 ? t : 3 * t - 2; }
template <class T> T kinked_in_float(T x) { return kink(x); }
ZYMOGEN_KERNEL_TEMPLATE(kinked_in_float, "x() -> ()");
"""
x = np.array([0.3, -0.7, 1.2])


@pytest.fixture
def library(fresh):
    return zg.compile(KERNELS)


@pytest.fixture
def settled(noted):
    """For each level that was compared, whether that may be remembered."""
    return noted(lambda comparison: comparison.settled)


def test_a_call_at_which_nothing_moves_does_not_switch_the_check_off(library, monkeypatch):
    monkeypatch.setattr(compilation, "refuse_traps", lambda *_: None)
    d = zg.grad(library.scratch, "w")
    np.testing.assert_array_equal(d(np.zeros(3), x), 0)
    with pytest.raises(WrongDerivativeError, match="with respect to w is wrong"):
        d(x, x)


def test_a_constant_derivative_costs_each_process_some_tries(library, settled, monkeypatch):
    d = zg.jvp(zg.hessian(library.quadratic, mode="reverse"))
    for _ in range(records.TRIES + 3):
        np.testing.assert_array_equal(d(x, x)[1], 0)
    # The third level is zero, and the first two are what they should be.
    assert settled == [False, True, True] * records.TRIES
    assert d.settled is policy.settled
    monkeypatch.setattr(records, "_tries", {})
    d = zg.jvp(zg.hessian(library.quadratic, mode="reverse"))
    d(x, x)
    assert len(settled) == 3 * records.TRIES + 3, "a later process begins anew"


def test_an_entry_at_a_kink_is_not_passed_by_its_neighbours(library, settled):
    d = zg.jacobian(library.smooth_and_kinked, mode="forward")
    d(np.array([0.5, 1.0, 0.25]))
    assert settled == [False]
    d(np.array([0.5, 1.5, 0.25]))
    assert settled == [False, True]
    d(np.array([0.5, 1.5, 0.25]))
    assert len(settled) == 2


def test_an_adjoint_that_is_infinite_is_not_passed_by_its_neighbours(library, settled):
    d = zg.grad(library.inverses)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(d(np.array([0.25, 0.0, 4.0])), [-16, -np.inf, -0.0625])
    assert settled == [False]
    d(np.array([0.25, 1.0, 4.0]))
    assert settled == [False, True]


def test_components_at_a_kink_are_not_passed_by_their_neighbours(library, settled):
    d = zg.grad(library.distances)
    assert d(np.array([0.25, 1.0, -0.5]))[0] == -1
    np.testing.assert_array_equal(d(np.array([0.25, 2.0, -0.5])), [-1, 1, -1])
    assert settled == [False, True]


def test_what_is_lost_in_rounding_beside_its_neighbours_is_no_reason_to_go_on(library, settled):
    zg.jacobian(library.scaled, mode="forward")(np.full(5, 0.3))
    assert settled == [True]


def test_zeros_beside_what_moves_are_no_reason_to_go_on(library, settled):
    zg.partial(library.scaled, ("x", 0))(np.full(5, 0.3))
    zg.hessian(library.quadratic, mode="forward")(x)
    assert settled == [True, True, True]


class TestMasks:
    """Kernels of numbers are ordinary ufuncs, which take `where=`."""

    @pytest.mark.parametrize("where", [[False, True, True, True], [[True], [False]], [[False], [True]], True])
    def test_what_is_masked_is_not_compared(self, library, settled, where):
        values = np.arange(1.0, 5.0)
        shape = np.broadcast_shapes(np.shape(where), values.shape)
        out = np.full(shape, -1.0)
        zg.grad(library.square)(values, where=where, out=out)
        np.testing.assert_array_equal(out, np.where(where, 2 * values, -1.0))
        assert settled == [True]

    def test_the_first_row_is_the_first_that_is_computed(self, library):
        d = zg.grad(library.square)
        row = first_row(d, (np.arange(1.0, 7.0).reshape(2, 3),), {"where": [[False] * 3, [False, True, True]]})
        assert float(row.arguments["x"]) == 5
        assert first_row(d, (x,), {"where": [[False], [True]]}).arguments["x"] == x[0]
        assert first_row(d, (np.array([[1.0], [2.0]]),), {"where": [False, True]}).arguments["x"] == 1

    def test_where_nothing_is_computed_nothing_is_compared(self, library, settled):
        out = np.full(3, -1.0)
        zg.grad(library.square)(x, where=False, out=out)
        zg.grad(library.square)(x, where=np.zeros(3, bool), out=out)
        np.testing.assert_array_equal(out, -1)
        assert settled == []

    def test_what_is_masked_stays_when_a_derivative_is_wrong(self, library, monkeypatch):
        monkeypatch.setattr(compilation, "refuse_traps", lambda *_: None)
        out = np.full(3, -1.0)
        with pytest.raises(WrongDerivativeError):
            zg.grad(library.powers)(x, 3, where=[True, False, True], out=out)
        np.testing.assert_array_equal(out, [np.nan, -1, np.nan])


@pytest.mark.parametrize(
    ("keywords", "element"),
    [
        ({}, "float"),
        ({"dtype": np.float64}, "double"),
        ({"dtype": None}, "float"),
        ({"signature": "dd->d"}, "double"),
        ({"sig": (None, None, np.float64)}, "double"),
        ({"signature": (np.float32, None, None)}, "float"),
    ],
)
def test_the_loop_that_is_compared_is_the_one_that_runs(library, keywords, element):
    d = zg.grad(library.cubes, "x")
    row = first_row(d, (x.astype("f"), 2.0), keywords)
    assert d.plans[row.loop].outputs[0].element == element
    assert d(x.astype("f"), 2.0, **keywords).dtype == {"float": "f4", "double": "f8"}[element]
    opened = zg.partial(library.cubes, "x")
    row = first_row(opened, (x.astype("f"), 2.0, 1), {"dtype": np.float64})
    assert opened.plans[row.loop].outputs[0].element == "double"


def test_calls_of_a_loop_that_is_done_are_not_looked_at_again(library, monkeypatch):
    d = zg.grad(library.kinked_in_float)
    assert d(1.0) == 2
    looks = []
    real = row.first_row
    monkeypatch.setattr(row, "first_row", lambda *call: looks.append(call) or real(*call))
    for _ in range(3):
        d(1.0)
    assert d.settled is None, "the loop for float was compared at its kink"
    assert len(looks) == 1
    d([1.0])
    d(np.ones(2), out=np.ones(2))
    assert len(looks) == 3
    d(np.float32(1.5))
    d(np.float32(1.5))
    assert d.settled is policy.settled


def test_a_level_of_which_only_the_value_is_kept_is_left_out():
    f = zg.compile("""
    #include <zymogen/kernel.hpp>
    double cubes(std::span<const double> x) { double s = 0; for (double t : x) s += t * t * t; return s; }
    ZYMOGEN_KERNEL(cubes, "x(n) -> ()");
    """).cubes
    d = zg.grad(zg.jvp(f, "x"), "x", output="out")
    x, dx = np.array([1.0, 2.0]), np.array([1.0, -1.0])
    np.testing.assert_array_equal(d(x, dx), 3 * x * x)
    outer, inner = compare(d.opened, {"x": x, "dx": dx})
    assert (outer.verdict, inner.verdict) == ("agrees", "unknown")
    assert "only values are kept" in inner.reason
