"""Cells with Eigen of the table that test_wrong_cells.py is about: all are refused, and would be found.

Eigen takes long to compile. So what is let through is built once, as one kernel with an integer that chooses among the
cells, and of those that are refused for the same reason some are tested by default.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.packages import file_of

import zymogen as zg
from zymogen.build import compilation
from zymogen.errors import EnzymeError, WrongDerivativeError
from zymogen.toolchain import stages

from .conftest import begin_anew

KERNELS = Path(__file__).with_name("eigen.cpp")
INCLUDE = file_of("cmeel-eigen", "cmeel.prefix/include/eigen3")
# In the order in which the kernel `chosen` counts them.
WRONG_TWICE_FORWARD = ["matrix_vector", "inverse", "partial_lu", "full_lu", "llt", "ldlt", "triangular"]
WRONG_TWICE_REVERSE = ["fixed"]
CELLS = [*WRONG_TWICE_FORWARD, *WRONG_TWICE_REVERSE]
BY_DEFAULT = ["inverse", "fixed"]
x = np.array([0.7, 0.4, 1.1, 0.9, 0.6, 1.3])
u = np.array([1.0, -0.5, 0.25, 2.0, -1.0, 0.75])


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        begin_anew(patch, tmp_path_factory.mktemp("cache"))
        yield zg.compile(KERNELS, include=[INCLUDE], define=["EIGEN_DONT_VECTORIZE"])


def twice_forward(kernel, *which):
    return zg.jvp(zg.jvp(kernel, "x"), "x")(x, *which, u, u[::-1])


def twice_reverse(kernel):
    return zg.vjp(zg.grad(kernel))(x, u)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("let-through")


@pytest.fixture
def let_through(library, folder):
    """The kernels where neither we nor Enzyme's remarks on activity stop what is asked for."""
    read = stages.without_remarks
    with pytest.MonkeyPatch.context() as patch:
        begin_anew(patch, folder)
        patch.setattr(compilation, "refuse_traps", lambda *_: None)
        patch.setattr(
            stages, "without_remarks", lambda lines: read(line for line in lines if "Mismatched activity" not in line)
        )
        yield library


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in BY_DEFAULT else pytest.mark.exhaustive) for name in CELLS]
)
def test_cells_are_refused(library, name):
    with pytest.raises(EnzymeError, match=r"active and inactive data meet in one pointer|a static variable is made"):
        (twice_forward if name in WRONG_TWICE_FORWARD else twice_reverse)(library[name])


@pytest.mark.exhaustive
def test_kernels_are_chosen_by_their_place_in_the_list(let_through):
    n = x.size
    general = np.sin(1 + np.arange(n * n)).reshape(n, n).T * x[:, None]
    shifted, symmetric = 3 * np.eye(n) + 0.3 * general, 3 * np.eye(n) + 0.3 * np.outer(x, x)
    solved = [x @ np.linalg.solve(a, x) for a in (shifted, symmetric, np.tril(shifted))]
    expected = [np.square(np.tanh(general @ x)).sum(), *3 * solved[:1], *2 * solved[1:2], solved[2]]
    zg.set_checks("off")
    (value, _), _ = twice_forward(let_through.chosen, np.arange(len(WRONG_TWICE_FORWARD)))
    np.testing.assert_allclose(value, expected, rtol=1e-12)


@pytest.mark.exhaustive
@pytest.mark.parametrize("which", range(len(WRONG_TWICE_FORWARD)), ids=WRONG_TWICE_FORWARD)
def test_second_forward_derivatives_are_found_to_be_wrong(let_through, which):
    zg.set_checks("always")
    with pytest.raises(WrongDerivativeError, match=r"the derivative of `chosen` .* is wrong"):
        twice_forward(let_through.chosen, which)


def test_a_second_reverse_derivative_is_found_to_be_wrong(let_through):
    with pytest.raises(WrongDerivativeError, match=r"the derivative of `fixed` .* is wrong"):
        twice_reverse(let_through.fixed)
