"""Wrong derivatives, planted on purpose, do not get through: each trap with what protects from it switched off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import zymogen as zg
from zymogen.build import pipeline
from zymogen.errors import WrongDerivativeError
from zymogen.planning import plan
from zymogen.planning.draft import Draft
from zymogen.planning.function import Passed
from zymogen.toolchain import stages

pytestmark = pytest.mark.usefixtures("fresh")

KERNELS = r"""
#include <algorithm>
#include <cmath>
#include <complex>
#include <functional>
#include <memory>
#include <span>
#include <vector>
#include <zymogen/kernel.hpp>

static double cube(double t) { return t * t * t; }
static double sine(double t) { return std::sin(t); }

double constant_table(std::span<const double> x) {
    static double (*const volatile functions[2])(double) = {cube, sine};
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += functions[i % 2](x[i]);
    return s;
}
ZYMOGEN_KERNEL(constant_table, "x(n) -> ()");

double local_table(std::span<const double> x) {
    double (*volatile functions[2])(double) = {cube, sine};
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += functions[i % 2](x[i]);
    return s;
}
ZYMOGEN_KERNEL(local_table, "x(n) -> ()");

double (*chosen_elsewhere)(double) = cube;
double unknown(std::span<const double> x) {
    double s = 0;
    for (double t : x) s += chosen_elsewhere(t);
    return s;
}
ZYMOGEN_KERNEL(unknown, "x(n) -> ()");

struct Shape {
    double a;
    explicit Shape(double a) : a(a) {}
    virtual double at(double t) const = 0;
    virtual ~Shape() = default;
};
struct Parabola : Shape { using Shape::Shape; double at(double t) const override { return a * t * t; } };
struct Wave : Shape { using Shape::Shape; double at(double t) const override { return a * std::sin(t); } };
[[gnu::noinline]] static double total(const Shape& shape, std::span<const double> x) {
    double s = 0;
    for (double t : x) s += shape.at(t);
    return s;
}

double shape(std::span<const double> x) { return total(Parabola(x[0]), x); }
ZYMOGEN_KERNEL(shape, "x(n) -> ()");

double two_shapes(std::span<const double> x) {
    const Parabola first(x[0]);
    const Wave second(x[1]);
    return total(first, x) * total(second, x);
}
ZYMOGEN_KERNEL(two_shapes, "x(n) -> ()");

double shapes_on_the_heap(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        std::unique_ptr<Shape> one;
        if (i % 2 == 0) one = std::make_unique<Parabola>(x[i]); else one = std::make_unique<Wave>(x[0]);
        s += one->at(x[i]);
    }
    return s;
}
ZYMOGEN_KERNEL(shapes_on_the_heap, "x(n) -> ()");

[[gnu::noinline]] static double applied(const std::function<double(double)>& f, std::span<const double> x) {
    double s = 0;
    for (double t : x) s += f(t);
    return s;
}
double closure(std::span<const double> x) {
    const double a = x[0];
    return applied([&a](double t) { return a * t * t; }, x);
}
ZYMOGEN_KERNEL(closure, "x(n) -> ()");

double workspace(std::span<const double> x) {
    static double w[64];
    for (std::size_t i = 0; i < x.size(); ++i) w[i] = x[i] * x[i];
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += w[i] * w[0];
    return s;
}
ZYMOGEN_KERNEL(workspace, "x(n) -> ()");

double quotient(std::span<const double> x) {
    std::complex<double> z(0.5, 0.25);
    for (std::size_t i = 0; i + 1 < x.size(); i += 2) z = 0.3 * z + z / (std::complex<double>(x[i], x[i + 1]) + 2.0);
    return std::norm(z);
}
ZYMOGEN_KERNEL(quotient, "x(n) -> ()");

double shifted(std::span<const double> x) {
    std::vector<double> v(x.begin(), x.end());
    for (std::size_t i = 0; i + 1 < v.size(); ++i) v[i] = v[i + 1];
    double s = 0;
    for (std::size_t i = 0; i < v.size(); ++i) s += (i + 1) * v[i] * v[i] * v[0];
    return s;
}
ZYMOGEN_KERNEL(shifted, "x(n) -> ()");

// Reads its result back, as the residuals of a fit do.
void residuals(std::span<const double> x, std::span<const double> d, double m, std::span<double> r) {
    double dot = 0, norm = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        r[i] = std::exp(-1.5 * (x[i] - m) * (x[i] - m));
        dot += d[i] * r[i];
        norm += r[i] * r[i];
    }
    for (std::size_t i = 0; i < x.size(); ++i) r[i] = d[i] - dot / norm * r[i];
}
ZYMOGEN_KERNEL(residuals, "x(n), d(n), m() -> r(n)");

double bump(std::span<const double> x, std::span<const double> y) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += (x[i] - y[i]) * (x[i] - y[i]);
    return std::exp(-s);
}
ZYMOGEN_KERNEL(bump, "x(n), y(n) -> ()");
"""

x = np.array([0.7, 0.4, 1.1, 0.9, 0.6, 1.3])
MODES = {
    "grad": lambda f: zg.grad(f)(x),
    "jvp": lambda f: zg.jvp(f)(x, np.ones(6)),
    "partial": lambda f: zg.partial(f, ("x", 1))(x),
    "jacobian": lambda f: zg.jacobian(f, mode="forward")(x),
    "forward over forward": lambda f: zg.partial(f, ("x", 0), ("x", 1))(x),
    "hessian": lambda f: zg.hessian(f, mode="forward")(x),
    "forward over reverse": lambda f: zg.jvp(zg.grad(f))(x, np.ones(6)),
    "reverse over forward": lambda f: zg.grad(zg.partial(f, ("x", 1)))(x),
    "reverse over reverse": lambda f: zg.vjp(zg.grad(f))(x, np.ones(6)),
}


@pytest.fixture
def no_refusals(monkeypatch):
    """Constructs that are found in the code before Enzyme gets it are let through."""
    monkeypatch.setattr(pipeline, "refuse_traps", lambda *_: None)


@pytest.fixture
def library():
    return zg.compile(KERNELS)


WRONG = [
    ("constant_table", "jvp"),
    ("constant_table", "forward over forward"),
    ("constant_table", "hessian"),
    ("local_table", "jvp"),
    ("local_table", "forward over forward"),
    ("unknown", "jvp"),
    ("unknown", "hessian"),
    ("shape", "jvp"),
    ("shape", "forward over forward"),
    ("two_shapes", "jvp"),
    ("two_shapes", "partial"),
    ("two_shapes", "jacobian"),
    ("two_shapes", "forward over forward"),
    ("two_shapes", "reverse over forward"),
    ("two_shapes", "reverse over reverse"),
    ("shapes_on_the_heap", "jvp"),
    ("shapes_on_the_heap", "hessian"),
    ("closure", "jvp"),
    ("workspace", "grad"),
    ("workspace", "forward over reverse"),
    ("workspace", "reverse over forward"),
    ("workspace", "reverse over reverse"),
]


@pytest.mark.usefixtures("no_refusals")
@pytest.mark.parametrize(("kernel", "mode"), WRONG)
def test_constructs_that_are_refused_would_be_found(library, kernel, mode):
    with (
        np.errstate(all="ignore"),
        pytest.raises(WrongDerivativeError, match=f"the derivative of `{kernel}` .* is wrong"),
    ):
        MODES[mode](library[kernel])


@pytest.mark.parametrize("mode", ["grad", "jvp", "partial", "forward over forward", "forward over reverse"])
def test_complex_division_without_our_flag(mode):
    library = zg.compile(KERNELS, flags=["-fcomplex-arithmetic=full"])
    with pytest.raises(WrongDerivativeError, match="`quotient`"):
        MODES[mode](library.quotient)


@pytest.mark.parametrize("mode", ["grad", "forward over reverse"])
def test_copies_between_places_that_overlap(monkeypatch, library, mode):
    real = stages.enzyme_finding

    def lenient(*args, **options):
        finding = real(*args, **options)
        return None if finding is not None and "memmove" in finding.text else finding

    monkeypatch.setattr(stages, "move_through_a_copy", lambda text: text)
    monkeypatch.setattr(stages, "enzyme_finding", lenient)
    with pytest.raises(WrongDerivativeError, match="`shifted`"):
        MODES[mode](library.shifted)


def test_a_result_that_is_read_back_and_not_needed(monkeypatch, library):
    monkeypatch.setattr(
        Draft,
        "result_activity",
        lambda *_, value_is_wanted: "Duplicated" if value_is_wanted else "DuplicatedNoNeed",
    )
    d = np.linspace(1, 2, 6)
    with pytest.raises(WrongDerivativeError, match=r"r\[\d\] = .* differences of `residuals` give"):
        zg.partial(library.residuals, "m")(x, d, 0.3)
    with pytest.raises(WrongDerivativeError, match="with respect to m is wrong"):
        zg.vjp(library.residuals, "m")(x, d, 0.3, np.ones(6))


def test_scratch_memory_that_is_constant_while_its_content_is_not(monkeypatch, library):
    real = plan.nest

    def planted(*args, **kwargs):
        functions = list(real(*args, **kwargs))
        scratch = {array.symbol for array in functions[-2].scratch} if len(functions) > 2 else set()
        constant = [
            replace(item, activity="Const", shadows=()) if item.value in scratch else item
            for item in functions[-1].passed
        ]
        return (*functions[:-1], replace(functions[-1], passed=tuple(constant)))

    monkeypatch.setattr(plan, "nest", planted)
    with pytest.raises(WrongDerivativeError, match="is wrong at level 2"):
        zg.jvp(zg.vjp(library.residuals, "d"), "m")(x, np.linspace(1, 2, 6), 0.3, np.ones(6), 1.0)


def test_rows_that_are_read_as_if_they_were_dense(library):
    gradient = zg.grad(library.bump).build()
    sound = gradient.ufunc
    assert gradient(x, x + 0.1).shape == (6,)

    def hasty(first, second):
        return sound(np.lib.stride_tricks.as_strided(first, strides=(first.itemsize,)), second)

    planted = zg.grad(library.bump)
    zg.set_checks("always")
    vars(planted)["ufunc"] = hasty
    apart = np.repeat(x, 2)[::2]
    with pytest.raises(WrongDerivativeError, match=r"first row .* x_bar\[\d\] is .* in the call and .* by itself"):
        planted(apart, x + 0.1)


def test_a_wrong_inner_level_that_is_differentiated_well(monkeypatch, library):
    """The gradient is zero there, and level 2 is the derivative of that."""
    real = plan.nest

    def planted(*args, **kwargs):
        functions = list(real(*args, **kwargs))
        if len(functions) > 1:
            constant = [Passed("Const", item.value) if item.value == "x" else item for item in functions[1].passed]
            functions[1] = replace(functions[1], passed=tuple(constant))
        return tuple(functions)

    monkeypatch.setattr(plan, "nest", planted)
    with pytest.raises(WrongDerivativeError, match=r"wrong at level 1 .* x_bar\[\d\] = 0, where differences of `bump`"):
        zg.jvp(zg.grad(library.bump))(x, x + 0.1, np.ones(6))


def test_a_value_beside_a_derivative(monkeypatch, library):
    monkeypatch.setattr(pipeline, "refuse_traps", lambda *_: None)
    with pytest.raises(WrongDerivativeError, match=r"The worst entry is out = "):
        zg.jvp(library.constant_table)(x, np.ones(6))
