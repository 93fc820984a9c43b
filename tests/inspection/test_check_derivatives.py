"""`check_derivatives` compares modes with each other and with differences, and says which entry is worst."""

from __future__ import annotations

import numpy as np
import pytest

import zymogen as zg
from zymogen.build import compilation
from zymogen.errors import ArgumentError, DerivativeCheckError, NotDifferentiableError, ShapeError
from zymogen.runtime import kernel
from zymogen.testing import check_derivatives, derivatives

KERNELS = r"""
#include <cmath>
#include <span>
#include <zymogen/kernel.hpp>

double bump(std::span<const double> x, double m) {
    double s = 0;
    for (double t : x) s += (t - m) * (t - m);
    return std::exp(-s);
}
ZYMOGEN_KERNEL(bump, "x(n), m() -> ()");

// Several results, one of them an integer, and an integer argument.
double several(std::span<const double> x, int power, std::span<double> y, std::int64_t& above) {
    double s = 0;
    above = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        y[i] = std::pow(x[i], power) * x[0];
        s += std::sin(y[i]);
        above += x[i] > 1;
    }
    return s;
}
ZYMOGEN_KERNEL(several, "x(n), power() -> s(), y(n), above()");

void step(std::span<double> u, std::span<const double> w) {
    for (std::size_t i = 0; i < u.size(); ++i) u[i] += w[i] * u[i] * u[i];
}
ZYMOGEN_KERNEL(step, "u(n), w(n) -> u(n)");

template <class T>
void model(zymogen::matrix<const T> M, std::span<const T> x, std::span<T> y) {
    for (std::size_t a = 0; a < y.size(); ++a) {
        T s = 0;
        for (std::size_t c = 0; c < x.size(); ++c) s += M[a, c] * x[c];
        y[a] = std::tanh(s);
    }
}
ZYMOGEN_KERNEL_TEMPLATE(model, "M(a,c), x(c) -> y(a)");

double workspace(std::span<const double> x) {
    static double w[64];
    for (std::size_t i = 0; i < x.size(); ++i) w[i] = x[i] * x[i];
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += w[i] * w[0];
    return s;
}
ZYMOGEN_KERNEL(workspace, "x(n) -> ()");

double absolute(std::span<const double> x) { return std::fabs(x[0]); }
ZYMOGEN_KERNEL(absolute, "x(n) -> ()");

double of_four(double a, double b, double c, double d) { return a * b * c * std::sin(d); }
ZYMOGEN_KERNEL(of_four, "a(), b(), c(), d() -> ()");

double of_seven(double a, double b, double c, double d, double e, double f, double g) {
    return a * b * c * d * e * f * g;
}
ZYMOGEN_KERNEL(of_seven, "a(), b(), c(), d(), e(), f(), g() -> ()");

double counted(int n) { return 2.0 * n; }
ZYMOGEN_KERNEL(counted, "k() -> ()");
"""
x = np.array([0.4, 1.3, -0.8])


@pytest.fixture(scope="module")
def library():
    return zg.compile(KERNELS)


def test_all_subsets_of_arguments_and_both_orders_agree(library):
    report = check_derivatives(library.bump, (x, 0.2))
    assert {finding.active for finding in report.findings} == {("x",), ("m",), ("x", "m")}
    assert {finding.order for finding in report.findings} == {1, 2}
    assert {finding.verdict for finding in report.findings} == {"agrees"}
    assert {(finding.nest, finding.against) for finding in report.findings if finding.active == ("x",)} == {
        ("forward", "differences"),
        ("reverse", "differences"),
        ("reverse", "forward"),
        ("forward over forward", "differences"),
        ("forward over reverse", "differences"),
        ("reverse over forward", "differences"),
        ("forward over reverse", "forward over forward"),
        ("reverse over forward", "forward over forward"),
    }


@pytest.fixture
def seen(monkeypatch):
    """The choices of arguments, of which nothing is compared."""
    found = []
    monkeypatch.setattr(derivatives, "_compared", lambda f, row, seeds, *_: found.append(seeds.active) or ())
    return found


@pytest.mark.parametrize(("asked", "count"), [({}, 15), ({"subsets": "all"}, 15), ({"subsets": "few"}, 5)])
def test_all_subsets_are_taken_or_a_few_if_so_asked(library, seen, asked, count):
    check_derivatives(library.of_four, (0.3, 0.4, 0.5, 0.6), order=1, **asked)
    assert len(set(seen)) == len(seen) == count
    assert {("a",), ("d",), ("a", "b", "c", "d")} <= set(seen)
    assert (("a", "c") in seen) == (count == 15)


def test_a_few_subsets_of_one_argument_are_one(library, seen):
    check_derivatives(library.absolute, (x,), order=1, subsets="few")
    assert seen == [("x",)]


def test_nothing_is_left_out_of_many_arguments_unless_so_asked(library, seen):
    args = tuple(np.linspace(0.3, 0.9, 7))
    with pytest.raises(ArgumentError, match=r"7 real arguments: a, .*, g\. .* are 127, .* Say subsets='few' for"):
        check_derivatives(library.of_seven, args)
    assert not seen
    check_derivatives(library.of_seven, args, order=1, subsets="few")
    assert len(seen) == 8
    seen.clear()
    check_derivatives(library.of_seven, args, order=1, subsets="all")
    assert len(set(seen)) == len(seen) == 127


def test_the_report_names_the_worst_entry_of_each_comparison(library):
    report = check_derivatives(library.bump, (x, 0.2), order=1)
    reverse = next(item for item in report.findings if item.nest == "reverse" and item.active == ("x",))
    assert reverse.worst.name.startswith("x_bar[")
    assert reverse.worst.share < 1e-8
    lines = str(report).splitlines()
    assert lines[0] == "bump, derivatives up to order 1: 9 of 9 agree"
    assert lines[1].startswith("agrees   order 1, x: forward with differences; d")
    assert report.worst in report.findings
    assert report.failed == report.unknown == report.refused == ()


def test_several_results_and_integers(library):
    report = check_derivatives(library.several, (x, 3), order=1)
    assert {finding.verdict for finding in report.findings} == {"agrees"}
    assert {finding.active for finding in report.findings} == {("x",)}


def test_updates_in_place(library):
    u, w = x.copy(), np.array([0.1, 0.2, 0.3])
    assert not check_derivatives(library.step, (u, w), order=1).unknown
    np.testing.assert_array_equal(u, x)


def test_third_order(library):
    report = check_derivatives(library.absolute, (x,), order=3)
    assert {finding.order for finding in report.findings} == {1, 2, 3}


def test_single_precision_and_batches(library):
    M = np.random.default_rng(0).normal(size=(2, 3)).astype("f")
    report = check_derivatives(library.model, (M, np.tile(x.astype("f"), (4, 1))), order=1)
    assert {finding.verdict for finding in report.findings} == {"agrees"}


def test_a_derivative_can_be_checked_itself(library):
    report = check_derivatives(zg.partial(library.bump, ("x", 1)), (x, 0.2), order=1)
    assert {finding.verdict for finding in report.findings} == {"agrees"}


@pytest.mark.usefixtures("_fresh")
def test_what_is_wrong_is_an_assertion_error_with_the_entry(library, monkeypatch):
    monkeypatch.setattr(compilation, "refuse_traps", lambda *_: None)
    with pytest.raises(DerivativeCheckError, match=r"check_derivatives\(workspace\): .* not the same") as caught:
        check_derivatives(library.workspace, (x,), order=1)
    assert isinstance(caught.value, AssertionError)
    text = str(caught.value)
    assert "differs  order 1, x: reverse with differences; x_bar[" in text
    assert "differs  order 1, x: reverse with forward; x_bar[" in text
    assert "agrees   order 1, x: forward with differences" in text
    assert len(caught.value.report.failed) == 2


@pytest.fixture
def _fresh(tmp_path, monkeypatch):
    """What is planted stays in a cache, and a process's memory, of its own."""
    monkeypatch.setenv("ZYMOGEN_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(kernel, "_artifacts", {})


def test_what_is_refused_is_reported_and_no_failure(library):
    report = check_derivatives(library.workspace, (x,), order=1)
    assert [finding.verdict for finding in report.findings] == ["refused", "refused"]
    assert "a static or global variable" in report.refused[0].reason


def test_a_kink_is_reported_as_unknown(library):
    report = check_derivatives(library.absolute, (np.zeros(1),), order=1)
    assert {finding.nest for finding in report.unknown if finding.against == "differences"} == {"forward", "reverse"}


@pytest.mark.parametrize(
    "args",
    [(x, 0.2), (x, x), (x, 2), (x, 0.2, 1), ([0.1, 0.2], [0.2]), ((x,), (0.2,)), (x,)],
    ids=["number", "array", "integer", "order too", "lists", "tuples", "alone"],
)
def test_arguments_that_are_not_in_one_tuple_are_told_from_an_order(library, args):
    right = r"zg\.testing\.check_derivatives\(bump, \(x, m\)\)\.$"
    with pytest.raises(ArgumentError, match=r"^check_derivatives\(bump\): .* not in a tuple\. .*: " + right):
        check_derivatives(library.bump, *args)


@pytest.mark.parametrize("args", [0.2, x, [0.1, 0.2]], ids=["number", "array", "list"])
def test_the_tuple_of_a_single_argument_is_told_with_its_comma(library, args):
    with pytest.raises(ArgumentError, match=r"check_derivatives\(absolute, \(x,\)\)\.$"):
        check_derivatives(library.absolute, args)


def test_wrong_use_is_refused(library):
    with pytest.raises(NotDifferentiableError, match="Expected is a kernel"):
        check_derivatives(np.sin, (x,))
    with pytest.raises(ArgumentError, match=r"subsets is .pairs.\. Expected is .all. or .few."):
        check_derivatives(library.bump, (x, 0.2), subsets="pairs")
    with pytest.raises(ArgumentError, match="order is 0"):
        check_derivatives(library.bump, (x, 0.2), order=0)
    with pytest.raises(NotDifferentiableError, match="all arguments of `counted` are integers"):
        check_derivatives(library.counted, (3,))
    with pytest.raises(ArgumentError, match=r"in the tuple, 1 argument was given. Expected are 2: x, m. Call zg\."):
        check_derivatives(library.bump, (x,))
    with pytest.raises(ShapeError, match="no first row"):
        check_derivatives(library.bump, (np.ones((0, 3)), 0.2))
