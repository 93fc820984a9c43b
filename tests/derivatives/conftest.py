"""The kernels of the use cases, compiled once, and derivatives of kernels that tell of every evaluation."""

from __future__ import annotations

from pathlib import Path

import pytest

import zymogen as zg
from zymogen.testing.scenarios import shared_source


@pytest.fixture(scope="session")
def lib() -> zg.Library:
    return zg.compile(shared_source("use_cases"))


@pytest.fixture(scope="session")
def seen() -> zg.Library:
    """Kernels that write one character for every evaluation."""
    return zg.compile(Path(__file__).with_name("seen.cpp"))


OF_ARRAYS = {
    "partial": lambda f: zg.partial(f, ("x", 0)),
    "derivative": lambda f: zg.derivative(f, "m"),
    "jacobian, forward": lambda f: zg.jacobian(f, "x", mode="forward"),
    "jacobian, reverse": lambda f: zg.jacobian(f, "x", mode="reverse"),
    "jacobian by three, forward": lambda f: zg.jacobian(f, ("M", "x", "m"), mode="forward"),
    "jacobian by three, reverse": lambda f: zg.jacobian(f, ("M", "x", "m"), mode="reverse"),
    "columns, forward": lambda f: zg.jacobian(f, "x", mode="forward", cols=[0] * 9),
    "columns, reverse": lambda f: zg.jacobian(f, "x", mode="reverse", cols=[0] * 9),
    "rows, forward": lambda f: zg.jacobian(f, "M", mode="forward", rows=[0, -1, 0]),
    "rows, reverse": lambda f: zg.jacobian(f, "M", mode="reverse", rows=[0, -1, 0]),
    "rows and columns, forward": lambda f: zg.jacobian(f, "x", mode="forward", rows=[0, -1], cols=[0, 0, 0]),
    "rows and columns, reverse": lambda f: zg.jacobian(f, "x", mode="reverse", rows=[0, -1], cols=[0, 0, 0]),
    "hessian, forward": lambda f: zg.hessian(f, "x", mode="forward"),
    "hessian, reverse": lambda f: zg.hessian(f, "x", mode="reverse"),
    "blocks, forward": lambda f: zg.hessian(f, ("x", "m"), mode="forward"),
    "blocks, reverse": lambda f: zg.hessian(f, ("x", "m"), mode="reverse"),
    "diagonals": lambda f: zg.hessian_diagonal(f, ("x", "M")),
    "partial of a jacobian": lambda f: zg.partial(zg.jacobian(f, "x", mode="forward"), ("x", 0)),
    "jacobian of a hessian": lambda f: zg.jacobian(zg.hessian(f, "x", mode="reverse"), "x", mode="forward"),
    "cotangents of a hessian": lambda f: zg.vjp(zg.hessian(f, "x", mode="forward"), "M"),
    "tangents of a jacobian": lambda f: zg.jvp(zg.jacobian(f, "x", mode="reverse"), "x"),
}

OF_NUMBERS = {
    "grad": lambda f: zg.grad(f, "x"),
    "vjp": lambda f: zg.vjp(f, "x"),
    "hvp": lambda f: zg.hvp(f, ("x", "m")),
    "gradient_and_hvp": lambda f: zg.gradient_and_hvp(f, "x"),
    "value_gradient_and_hessian": lambda f: zg.value_gradient_and_hessian(f, "x"),
    "hessian, forward": lambda f: zg.hessian(f, "x", mode="forward"),
    "hessian, reverse": lambda f: zg.hessian(f, ("x", "m"), mode="reverse"),
    "jacobian": lambda f: zg.jacobian(f, "x"),
}

WITH_DENSE_TANGENTS = {
    "jacobian": lambda f: zg.jacobian(f, "x", mode="forward"),
    "columns": lambda f: zg.jacobian(f, "x", mode="forward", cols=[0] * 9),
    "hessian, forward": lambda f: zg.hessian(f, "x", mode="forward"),
    "hessian, reverse": lambda f: zg.hessian(f, "x", mode="reverse"),
    "diagonal": lambda f: zg.hessian_diagonal(f, "x"),
}


@pytest.fixture(params=OF_ARRAYS)
def of_an_array(seen, request):
    """Derivatives of y(a) by some of x(n), m() and M(a,n); w(a) is never active."""
    return OF_ARRAYS[request.param](seen.field)


@pytest.fixture(params=OF_NUMBERS)
def of_a_number(seen, request):
    """Derivatives of a number, in both precisions, by x(n) or m(); w(n) is never active."""
    return OF_NUMBERS[request.param](seen.energy)


@pytest.fixture(params=WITH_DENSE_TANGENTS)
def dense(seen, request):
    """Derivatives of a number by x(n), along tangents that lie in memory; w(n) is not active."""
    return WITH_DENSE_TANGENTS[request.param](seen.apart)
