"""Hessians, their blocks and diagonals: modes, sizes, shapes and layouts, against exact results."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import zymogen as zg
from zymogen.errors import ArgumentError, NotDifferentiableError
from zymogen.testing.scenarios.exact import Exact

MODES = ["forward", "reverse", "auto"]
RTOL = 1e-12


@pytest.fixture(scope="module")
def lib():
    return zg.compile(Path(__file__).with_name("hessians.cpp"))


def cubic(x, m, M):
    return m**2 * (M * x**3).sum(axis=1) + (M * x).sum(axis=1) ** 2


def energy(x, m, w):
    return m**2 * (w * x**3).sum() + (1 + (x * w).sum()) ** 2 * m


def fixed(x, A):
    return sum(x[i] * x[(i + 1) % 10] * A[i % 2, 0] * A[1, i % 2] * A[0, 1] for i in range(10))


def point(n, a=None):
    rng = np.random.default_rng(n)
    last = {"w": rng.normal(size=n)} if a is None else {"M": rng.normal(size=(a, n))}
    return {"x": rng.normal(size=n), "m": np.float64(1.5), **last}


def assert_near(found, expected, rtol=RTOL):
    """Relative to the largest entry, as sums have terms of different signs."""
    assert found.shape == expected.shape
    scale = np.abs(expected).max(initial=0)
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=rtol * scale)


def assert_blocks(found, names, expected, sizes):
    """A tuple of tuples, one block for each pair of arguments, and exactly symmetric where there is one result."""
    assert len(found) == len(names)
    for row, first in zip(found, names, strict=True):
        assert len(row) == len(names)
        for block, second in zip(row, names, strict=True):
            shape = (*sizes["out"], *sizes[first], *sizes[second])
            assert_near(block, expected.hessian(first, second).reshape(shape))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("n", "a"), [(0, 0), (0, 2), (2, 0), (1, 1), (7, 2), (8, 1), (9, 2), (17, 1)])
def test_of_an_array(lib, mode, n, a):
    expected = Exact(cubic, point(n, a), ("y",)).hessian("x").reshape(a, n, n)
    found = zg.hessian(lib.cubic, "x", mode=mode)(*point(n, a).values())
    assert_near(found, expected)
    np.testing.assert_allclose(found, np.swapaxes(found, 1, 2), rtol=1e-12, atol=1e-14)
    diagonal = zg.hessian_diagonal(lib.cubic, "x")(*point(n, a).values())
    assert_near(diagonal, np.einsum("aii->ai", expected))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("n", [0, 1, 3, 8, 11])
def test_blocks_of_a_number(lib, mode, n):
    names = ("x", "m", "w")
    sizes = {"out": (), "x": (n,), "m": (), "w": (n,)}
    found = zg.hessian(lib.energy, names, mode=mode)(*point(n).values())
    assert_blocks(found, names, Exact(energy, point(n), ("out",)), sizes)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("n", "a"), [(0, 0), (0, 2), (2, 0), (1, 1), (3, 2)])
def test_blocks_of_an_array(lib, mode, n, a):
    sizes = {"out": (a,), "x": (n,), "m": (), "M": (a, n)}
    found = zg.hessian(lib.cubic, ("M", "x", "m"), mode=mode)(*point(n, a).values())
    assert_blocks(found, ("M", "x", "m"), Exact(cubic, point(n, a), ("y",)), sizes)


@pytest.mark.parametrize(("n", "a"), [(0, 2), (2, 0), (1, 1), (3, 2)])
def test_diagonals_with_respect_to_several_arguments(lib, n, a):
    expected = Exact(cubic, point(n, a), ("y",))
    x, m, M = zg.hessian_diagonal(lib.cubic, ("x", "m", "M"))(*point(n, a).values())
    assert_near(x, np.einsum("aii->ai", expected.hessian("x").reshape(a, n, n)))
    assert_near(m, expected.hessian("m").reshape(a))
    assert_near(M, np.einsum("abibi->abi", expected.hessian("M").reshape(a, a, n, a, n)))


@pytest.mark.parametrize("n", [0, 1, 3, 8, 11])
def test_value_gradient_and_hessian(lib, n):
    names = ("m", "x", "w")
    sizes = {"out": (), "x": (n,), "m": (), "w": (n,)}
    expected = Exact(energy, point(n), ("out",))
    value, gradient, blocks = zg.value_gradient_and_hessian(lib.energy, names)(*point(n).values())
    assert value == pytest.approx(float(expected.value), rel=1e-13)
    for part, name in zip(gradient, names, strict=True):
        assert_near(part, expected.jacobian(name).reshape(sizes[name]))
    assert_blocks(blocks, names, expected, sizes)
    value, gradient, hessian = zg.value_gradient_and_hessian(lib.energy, "x")(*point(n).values())
    assert value == lib.energy(*point(n).values())
    assert_near(gradient, expected.jacobian("x").reshape(n))
    assert_near(hessian, expected.hessian("x").reshape(n, n))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("sizes", [(2, 3, 2), (1, 1, 1), (0, 2, 1), (2, 0, 1), (1, 2, 0)])
def test_arrays_of_three_dimensions(lib, mode, sizes):
    T = np.random.default_rng(0).normal(size=sizes)
    a, b, c = sizes
    expected = np.zeros((b, a, *sizes, *sizes))
    for i, j, k in np.ndindex(a, b, c):
        expected[j, i, i, j, k, i, j, k] = 6 * T[i, j, k]
    assert_near(zg.hessian(lib.cubed, "T", mode=mode)(T), expected)
    assert_near(zg.hessian_diagonal(lib.cubed, "T")(T), np.einsum("baijkijk->baijk", expected))


@pytest.mark.parametrize("mode", MODES)
def test_fixed_extents(lib, mode):
    x, A = np.linspace(-1, 2, 10), np.array([[1.0, 0.25], [-0.75, 3.0]])
    expected = Exact(fixed, {"x": x, "A": A}, ("out",))
    sizes = {"out": (), "x": (10,), "A": (2, 2)}
    assert_blocks(zg.hessian(lib.fixed, ("x", "A"), mode=mode)(x, A), ("x", "A"), expected, sizes)
    assert_near(zg.hessian_diagonal(lib.fixed, "A")(x, A), np.einsum("ijij->ij", expected.hessian("A")))


@pytest.mark.parametrize("mode", MODES)
def test_the_hessian_by_one_number_is_its_second_derivative(lib, mode):
    at = point(3, 2).values()
    second = zg.derivative(lib.cubic, "m", 2)(*at)
    assert second.shape == (2,)
    np.testing.assert_allclose(zg.hessian(lib.cubic, "m", mode=mode)(*at), second, rtol=1e-14)


def test_one_block_is_the_jacobian_of_a_gradient(lib):
    at = point(3).values()
    expected = Exact(energy, point(3), ("out",))
    block = zg.jacobian(zg.grad(lib.energy, "x"), "w")(*at)
    assert_near(block, expected.hessian("x", "w"))


def rosenbrock_hessian(x):
    middle = np.where(np.arange(len(x)) > 0, 200.0, 0.0)
    middle[:-1] += 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
    return np.diag(middle) + np.diag(-400 * x[:-1], 1) + np.diag(-400 * x[:-1], -1)


@pytest.mark.parametrize("mode", MODES)
def test_sum_of_a_chain(lib, mode):
    x = np.linspace(-1, 1.5, 43)
    assert_near(zg.hessian(lib.rosenbrock, mode=mode)(x), rosenbrock_hessian(x), rtol=1e-14)


def test_errors_say_what_to_do(lib):
    with pytest.raises(ArgumentError, match=r"mode is 'both'. Expected is 'auto', 'forward' or 'reverse'"):
        zg.hessian(lib.energy, mode="both")
    with pytest.raises(ArgumentError, match="x is named twice"):
        zg.hessian(lib.energy, ("x", 0))
    with pytest.raises(ArgumentError, match=r"there is no argument 'q'. Arguments are x, m, w"):
        zg.hessian_diagonal(lib.energy, "q")
    with pytest.raises(
        NotDifferentiableError, match=r"returns y\(a\).* Use zg.jacobian\(cubic, 'x'\) and zg.hessian\(cubic, 'x'\)"
    ):
        zg.value_gradient_and_hessian(lib.cubic, "x")


def test_more_blocks_than_a_numpy_function_can_have_are_refused_before_anything_is_compiled(lib):
    d = zg.hessian(lib.eight, tuple("abcdefgh"), mode="forward")
    with pytest.raises(ArgumentError, match=r"8 arguments, and 64 results .* Name fewer arguments"):
        d.build()
    assert d.finished is None
    corner = zg.hessian(lib.eight, ("a", "h"))(*np.arange(1.0, 9))
    assert [[float(block) for block in row] for row in corner] == [[0, 5040], [5040, 0]]
