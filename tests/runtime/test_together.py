"""Several kernels and derivatives that are built at the same time."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

import zymogen as zg

pytestmark = pytest.mark.toolchain

KERNELS = r"""
#include <list>
#include <span>
#include <zymogen/kernel.hpp>

void squares(std::span<const double> x, std::span<double> y) {
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = x[i] * x[i];
}
ZYMOGEN_KERNEL(squares, "x(n) -> y(n)");

// Enzyme does not know how to differentiate this one.
double listed(std::span<const double> x) {
    std::list<double> all(x.begin(), x.end());
    double s = 0;
    for (double e : all) s += e * e;
    return s;
}
ZYMOGEN_KERNEL(listed, "x(n) -> ()");
"""


NOWHERE = r"""
#include <zymogen/kernel.hpp>

double undefined(double);
double first(double x) { return undefined(x); }
ZYMOGEN_KERNEL(first, "x() -> ()");
double second(double x) { return 1 + undefined(x); }
ZYMOGEN_KERNEL(second, "x() -> ()");
"""


@pytest.fixture(scope="module")
def lib() -> zg.Library:
    return zg.compile(KERNELS)


def test_all_are_built_and_given_back(lib, monkeypatch):
    jacobian, jvp = zg.jacobian(lib.squares), zg.jvp(lib.squares)
    assert zg.compile_all([lib.squares, jacobian, jvp]) == (lib.squares, jacobian, jvp)
    assert all(way.finished is not None for way in (lib.squares, *jacobian.ways, jvp))
    monkeypatch.setenv("ZYMOGEN_BUILD_TIMEOUT", "1e-9")  # nothing more can be compiled
    np.testing.assert_array_equal(jacobian([1.0, 2.0]), [[2, 0], [0, 4]])


def test_what_cannot_be_built_keeps_nothing_else_from_it(lib):
    value, grad, vjp = zg.hvp(lib.listed), zg.grad(lib.listed), zg.vjp(lib.squares)
    with pytest.raises(zg.errors.EnzymeError, match=r"^hvp\(listed") as caught:
        zg.compile_all([value, grad, vjp], jobs=2)
    (note,) = caught.value.__notes__
    assert note.startswith("grad(listed, 0) was not built either: grad(listed, 0): ")
    assert vjp.finished is not None


def test_what_does_not_link_keeps_nothing_else_from_it_either(lib, monkeypatch, tmp_path):
    monkeypatch.setenv("ZYMOGEN_CACHE_DIR", str(tmp_path))
    nowhere = zg.compile(NOWHERE)
    diagonal = zg.sparse_jacobian(lib.squares, pattern=sparse.eye_array(3))
    with pytest.raises(zg.errors.CompileError, match=r"^first: .* nowhere defined") as caught:
        zg.compile_all([nowhere.first, nowhere.second, diagonal])
    (note,) = caught.value.__notes__
    assert note.startswith("second was not built either: second: ")
    monkeypatch.setenv("ZYMOGEN_BUILD_TIMEOUT", "1e-9")  # nothing more can be compiled
    np.testing.assert_array_equal(diagonal([1.0, 2.0, 3.0]).toarray(), np.diag([2, 4, 6]))


def test_nothing_is_nothing_to_do():
    assert zg.compile_all([]) == ()


def test_other_things_are_refused(lib):
    with pytest.raises(ValueError, match="compile_all: number 1 is <built-in function abs>, of type builtin_function"):
        zg.compile_all([lib.squares, abs])


def test_a_list_is_asked_for(lib):
    for one in (lib.squares, "squares"):
        with pytest.raises(ValueError, match=r"is one thing. Expected is a list of kernels and derivatives"):
            zg.compile_all(one)


@pytest.mark.parametrize("jobs", [0, -1, 1.5, True])
def test_jobs_are_counted_from_one(lib, jobs):
    with pytest.raises(ValueError, match=r"jobs is .*Expected is an integer from 1 on"):
        zg.compile_all([lib.squares], jobs=jobs)
