"""Exact results against closed forms, and scenarios of one's own."""

from __future__ import annotations

import builtins
import math
import sys

import numpy as np
import pytest
from mpmath import mp

import zymogen as zg
from zymogen.errors import ArgumentError, MissingPackageError, NotDifferentiableError, WrongDerivativeError
from zymogen.testing.scenarios import Exact, exact, shared_source

TEXT = """
#include <cmath>
#include <zymogen/kernel.hpp>
double wave(double x, double k) { return std::sin(k * x); }
ZYMOGEN_KERNEL(wave, "x(), k() -> ()");
"""


@pytest.fixture
def quadratic():
    """y = (x0^2 x1, n x1), z = 7."""
    point = {"x": [1.5, -2.0], "n": 3}
    return Exact(lambda x, n: ([x[0] ** 2 * x[1], n * x[1]], 7), point, ("y", "z"))


def test_values_are_rounded_from_many_digits(quadratic):
    y, z = quadratic.value
    assert y.tolist() == [-4.5, -6.0]
    assert z == 7
    assert z.dtype.kind == "i"


def test_derivatives_are_exact_to_the_last_digit(quadratic):
    assert quadratic.jacobian("x", output="y").tolist() == [[-6.0, 2.25], [0, 3.0]]
    assert quadratic.hessian("x", output="y").tolist() == [[[-4.0, 3.0], [3.0, 0]], [[0, 0], [0, 0]]]
    third = quadratic.third("x", "x", "x", output="y")
    assert third[0, 0, 0, 1] == third[0, 0, 1, 0] == third[0, 1, 0, 0] == 2
    assert np.count_nonzero(third) == 3


def test_derivatives_of_transcendental_functions_are_those_of_the_closed_form():
    found = Exact(lambda x, k: mp.sin(k * x), {"x": 0.5, "k": 3.0}, ("out",))
    assert found.jacobian("x") == pytest.approx(3 * math.cos(1.5), rel=2e-16)
    assert found.hessian("x", "k") == pytest.approx(math.cos(1.5) - 1.5 * math.sin(1.5), rel=4e-16)
    assert found.third("k", "k", "k") == pytest.approx(-0.125 * math.cos(1.5), rel=2e-16)


def test_an_empty_argument_has_empty_derivatives():
    found = Exact(lambda x: mp.mpf(1) + sum(x), {"x": np.zeros(0)}, ("out",))
    assert found.hessian("x").shape == (0, 0)


def test_unknown_and_integer_arguments_are_refused(quadratic):
    with pytest.raises(ArgumentError, match=r"no argument 'w'. Arguments are x, n"):
        quadratic.jacobian("w", output="y")
    with pytest.raises(NotDifferentiableError, match=r"n is of type int64.*Differentiable are x"):
        quadratic.jacobian("n", output="y")
    with pytest.raises(NotDifferentiableError, match="z is an integer"):
        quadratic.jacobian("x", output="z")
    with pytest.raises(ArgumentError, match=r"output=None.*Use one of y, z"):
        quadratic.jacobian("x")


def test_a_reference_with_too_few_results_is_refused():
    with pytest.raises(ArgumentError, match=r"gives 1 results. Expected are 2: y, z"):
        Exact(lambda x: x, {"x": 1.0}, ("y", "z")).value  # noqa: B018


def test_missing_mpmath_is_said(monkeypatch):
    real = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name == "mpmath":
            raise ModuleNotFoundError("No module named 'mpmath'", name="mpmath")
        return real(name, *args, **kwargs)

    for module in [name for name in sys.modules if name.split(".")[0] == "mpmath"]:
        monkeypatch.delitem(sys.modules, module)
    for theme in ("use_cases", "elementary"):
        monkeypatch.delitem(sys.modules, f"zymogen.testing.scenarios.{theme}", raising=False)
    monkeypatch.setattr(builtins, "__import__", refuse)
    exact._precise.cache_clear()
    zg.testing.scenarios.cache_clear()
    try:
        with pytest.raises(MissingPackageError, match="Run `pip install mpmath`"):
            zg.testing.scenarios()
        with pytest.raises(MissingPackageError, match="Run `pip install mpmath`"):
            Exact(lambda x: x, {"x": 1.0}, ("out",))
    finally:
        zg.testing.scenarios.cache_clear()


def test_the_table_has_kernels_of_every_kind():
    table = zg.testing.scenarios()
    assert len(table) >= 45
    ranks = {np.ndim(value) for scenario in table.values() for value in scenario.arguments.values()}
    assert ranks >= {0, 1, 2, 3}
    sizes = {np.size(value) for scenario in table.values() for point in scenario.points for value in point.values()}
    assert sizes >= {0, 1}
    assert all(shared_source("shapes") == s.source for s in table.values() if s.name in ("corner", "mixed"))


def test_a_point_that_is_not_there_is_refused():
    with pytest.raises(ArgumentError, match=r"scenario bump: there is no point 3. Points are 0 to 0"):
        zg.testing.scenarios()["bump"].point(3)


@pytest.mark.toolchain
class TestAScenarioOfOnesOwn:
    def test_is_checked_with_all_operators_that_apply(self):
        wave = zg.testing.Scenario("wave", TEXT, lambda x, k: mp.sin(k * x), {"x": 0.5, "k": 3.0})
        wanted = [row for row in zg.testing.OPERATORS if row.name in ("grad(f)", "hvp(f)", "derivative(f, order=2)")]
        zg.testing.check_scenario(wave, wanted)

    def test_reports_the_component_that_is_wrong(self):
        wrong = zg.testing.Scenario("wave", TEXT, lambda x, k: mp.sin(k * x) + x, {"x": 0.5, "k": 3.0})
        (gradient,) = (row for row in zg.testing.OPERATORS if row.name == "grad(f)")
        message = r"check_scenario\(wave\): grad\(wave, \('x', 'k'\)\) at point 0: g\[0\] is 0.21.* Expected is 1.21"
        with pytest.raises(WrongDerivativeError, match=message):
            zg.testing.check_scenario(wrong, [gradient])
