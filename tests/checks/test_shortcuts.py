"""Decompositions of Eigen that skip work where it changes no value, and would drop derivatives with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.packages import file_of

import zymogen as zg
from zymogen.errors import UnsupportedConstructError

pytestmark = pytest.mark.toolchain

REFLECTIONS, ROTATIONS = (Path(__file__).with_name(name) for name in ("reflections.cpp", "rotations.cpp"))
INCLUDE = file_of("cmeel-eigen", "cmeel.prefix/include/eigen3")
DIAGONAL = np.array([1.3, 0.0, 0.0, 2.0])
MATRICES = {
    "triangular": np.array([2.0, 1.0, 0.0, 1.5]),
    "identity": np.array([1.0, 0.0, 0.0, 1.0]),
    "general": np.array([0.3, -1.2, 0.7, 2.0]),
}
RIGHT = np.array([1.0, 2.0])


@pytest.fixture(scope="module")
def complete():
    return zg.compile(REFLECTIONS, include=[INCLUDE], define=["COMPLETE"])


@pytest.fixture(scope="module")
def rotations():
    return zg.compile(ROTATIONS, include=[INCLUDE])


def line_of(file, text):
    """As messages name it."""
    numbers = (number for number, line in enumerate(file.read_text().splitlines(), 1) if text in line)
    return rf"{file.stem}\.cpp:{next(numbers)}\b"


def test_a_reflection_that_may_be_skipped_is_refused():
    usual = zg.compile(REFLECTIONS, include=[INCLUDE], define=["EIGEN_DONT_VECTORIZE"])
    expected = rf"a column .* called at .*{line_of(REFLECTIONS, 'householderQr')}.*zymogen/eigen\.hpp"
    with pytest.raises(UnsupportedConstructError, match=expected):
        zg.vjp(usual.solved, "a")(MATRICES["general"], RIGHT, RIGHT)


@pytest.mark.parametrize("a", MATRICES.values(), ids=MATRICES)
def test_solutions_by_reflections_are_right_where_one_has_nothing_to_clear(complete, a):
    matrix = a.reshape(2, 2)
    w, adjoint = np.linalg.solve(matrix, RIGHT), np.linalg.solve(matrix.T, RIGHT)
    exact = -np.outer(adjoint, w).ravel()
    found = zg.vjp(complete.solved, "a")(a, RIGHT, RIGHT)
    np.testing.assert_allclose(complete.solved(a, RIGHT), w, rtol=1e-14)
    np.testing.assert_allclose(found, exact, rtol=0, atol=1e-14 * abs(exact).max())


@pytest.mark.exhaustive
@pytest.mark.parametrize("a", MATRICES.values(), ids=MATRICES)
def test_forward_derivatives_of_such_solutions_are_right(complete, a):
    matrix, direction = a.reshape(2, 2), np.array([0.5, -1.0, 2.0, 0.25])
    w, tangent = zg.jvp(complete.solved, "a")(a, RIGHT, direction)
    exact = -np.linalg.solve(matrix, direction.reshape(2, 2) @ w)
    np.testing.assert_allclose(tangent, exact, rtol=0, atol=1e-14 * abs(exact).max())


@pytest.mark.exhaustive
def test_second_derivatives_of_singular_values_are_refused(rotations):
    expected = rf"a rotation .* called at .*{line_of(ROTATIONS, 'singularValues')}.*first derivatives"
    with pytest.raises(UnsupportedConstructError, match=expected):
        zg.hessian(rotations.largest_singular_value, "a")(DIAGONAL)


@pytest.mark.exhaustive
def test_first_derivatives_of_singular_values_are_right_where_nothing_is_to_clear(rotations):
    np.testing.assert_allclose(zg.grad(rotations.largest_singular_value, "a")(DIAGONAL), [0, 0, 0, 1], atol=1e-15)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", ["singular_vector", "eigenvalue"])
def test_what_has_wrong_first_derivatives_at_diagonal_matrices_is_refused(rotations, name):
    with pytest.raises(UnsupportedConstructError, match=rf"{name}.*Eigen skips .* called at .*rotations\.cpp"):
        zg.grad(rotations[name], "a")(DIAGONAL)
