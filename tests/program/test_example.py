"""The use cases in a program without Python: the same numbers, to the last bit, as in Python with the same flags."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import zymogen as zg

from .conftest import numbers, output

pytestmark = [pytest.mark.toolchain, pytest.mark.timeout(600)]

KERNELS = Path(__file__).parents[2] / "examples" / "package" / "src" / "kernels.cpp"
X, Y = np.array([1.0, 2.0]), np.array([0.0, 2.0])
M = np.array([[0.1, -0.2, 0.3, 0.4], [0.5, 0.6, -0.7, 0.8]])
POINT = np.array([1, -0.5, 0.25, 2])


def model_numbers(model, dtype):
    at = M.astype(dtype), POINT.astype(dtype)
    hessian = zg.hessian(model, "x", mode="forward")
    yield "H[0][0,1]", hessian(*at)[0, 0, 1]
    yield "H", hessian(*at)
    yield "diagonal", zg.hessian_diagonal(model, "x")(*at)
    yield "dy/dM", zg.jacobian(model, "M", mode="reverse")(*at)
    yield "dL/dM", zg.vjp(zg.hessian(model, "x"), "M")(*at, np.ones((2, 4, 4), dtype))


def all_numbers(lib):
    yield "df/dx[0]", zg.partial(lib.bump, ("x", 0))(X, Y)
    yield "df/dy[1]", zg.partial(lib.bump, ("y", 1))(X, Y)
    in_x, in_y = zg.grad(lib.bump, ("x", "y"))(X, Y)
    yield "df/dx", in_x
    yield "df/dy", in_y
    yield "Hv", zg.hvp(lib.bump, "x")(X, Y, np.array([1.0, -1.0]))
    value, gradient = zg.value_and_grad(lib.bump, "x")(X, Y)
    yield "f", value
    yield "df/dx", gradient
    third = zg.partial(lib.product, ("x", 0), ("x", 2), ("x", 4))
    for row in np.arange(1.0, 31.0).reshape(6, 5):
        yield "d3f/dx[0]dx[2]dx[4]", third(row)
    d = 1 / (1 + np.arange(-10.0, 11.0) ** 2)
    r, in_m = zg.jvp(lib.rs, "m")(d, 0.25, 1.0)
    yield "r", r
    yield "dr/dm", in_m
    yield "dr/dm", zg.partial(lib.rs, "m")(d, 0.25)
    yield from model_numbers(lib.model, np.float64)
    yield from model_numbers(lib.model, np.float32)


def with_the_flags_of_the_program():
    """The kernels for the processors that CMake builds for, and not for the one at hand."""
    lib = zg.compile(KERNELS, include=[KERNELS.parent])
    made = {}
    for name in ("bump", "product", "rs", "model"):
        kind, (unit, declaration, derived) = lib[name].__reduce__()
        options = replace(unit.options, arch="x86-64-v2")
        made[name] = kind(replace(unit, options=options), declaration, derived)
    return SimpleNamespace(**made)


def test_the_numbers_are_those_of_python(cases):
    *lines, error = output(cases / "cases").splitlines()
    printed = numbers("\n".join(lines))
    # Compiled code may compute what it drops, of which NumPy sees the flag.
    with np.errstate(invalid="ignore"):
        expected = list(all_numbers(with_the_flags_of_the_program()))
    assert [name for name, _ in printed] == [name for name, _ in expected]
    for (name, found), (_, array) in zip(printed, expected, strict=True):
        assert found == np.ravel(array).astype(float).tolist(), name
    assert error == (
        "grad(bump, ('x', 'y')): y has 3 elements along n. Expected: 2 elements, as x has. Give it that size."
    )


def test_the_numbers_are_right(cases):
    in_double = output(cases / "cases").splitlines()[:21]
    printed = dict(numbers("\n".join(in_double)))
    assert printed["df/dx[0]"] == pytest.approx([-0.7357588823428847], rel=1e-15)
    assert printed["df/dy[1]"] == [0]
    assert printed["d3f/dx[0]dx[2]dx[4]"] == [783]
    assert printed["dr/dm"][8:13] == pytest.approx(
        [0.0038159826800085255, 0.39643609910240457, 0.6231034302749946, -1.1880368937145036, -0.06280195331777222],
        abs=2e-15,
    )
    assert printed["H[0][0,1]"] == pytest.approx([0.011831600376472086], rel=1e-12)
    assert printed["dL/dM"][0] == pytest.approx(-0.4734304895662541, rel=1e-12)
    assert printed["dL/dM"][4] == pytest.approx(0.010991829525976438, rel=1e-12)


def test_the_installed_program_finds_its_library_beside_itself(cases):
    installed = cases / "installed" / "bin"
    assert sorted(file.name for file in installed.iterdir()) == ["cases", "libcases_derivatives.x86-64-v2.so"]
    (cases / "cases.zymogen" / "libcases_derivatives.x86-64-v2.so").rename(cases / "away.so")
    try:
        assert output(installed / "cases").startswith("df/dx[0] -0.735")
    finally:
        (cases / "away.so").rename(cases / "cases.zymogen" / "libcases_derivatives.x86-64-v2.so")


def test_nothing_is_built_again_when_nothing_has_changed(cases):
    from .conftest import build

    assert "no work to do" in build(cases).stdout
