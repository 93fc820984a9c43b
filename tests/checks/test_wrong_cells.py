"""Every cell of the project's table of C++ constructs that Enzyme, by itself, gets wrong without a message.

The table was made with Enzyme alone: 209 kernels in 8 modes. Eleven kernels without Eigen had a wrong cell, and here
are those cells: what a call does, and what it does without the refusal or the flag that keeps the number from being
wrong. Cells with Eigen are in test_wrong_eigen.py.
"""

from __future__ import annotations

import numpy as np
import pytest

import zymogen as zg
from zymogen.build import compilation
from zymogen.errors import UnsupportedConstructError, WrongDerivativeError

from .conftest import KERNELS

pytestmark = pytest.mark.usefixtures("fresh")


def in_the_long_run(*values):
    return pytest.param(*values, marks=pytest.mark.exhaustive)


BY_REFUSAL = [
    ("constant_table", "forward over forward"),
    ("local_table", "forward over forward"),
    ("unknown_function", "forward over forward"),
    ("one_shape", "forward over forward"),
    ("two_shapes", "forward"),
    in_the_long_run("two_shapes", "forward over forward"),
    in_the_long_run("two_shapes", "reverse over forward"),
    ("two_shapes", "reverse over reverse"),
    ("shapes_on_the_heap", "forward over forward"),
    ("static_scratch", "reverse"),
    in_the_long_run("static_scratch", "forward over forward"),
    in_the_long_run("static_scratch", "forward over reverse"),
    in_the_long_run("static_scratch", "reverse over forward"),
    ("static_scratch", "reverse over reverse"),
    ("elliptic", "reverse over reverse"),
]
# Complex division is a call of __divdc3 without the flag.
WITHOUT_COMPLEX = {"flags": ["-fcomplex-arithmetic=full"]}
# With math="strict" Enzyme then stops at the function that calls itself.
WITH_ERRNO = {"flags": ["-fmath-errno"], "math": "fast"}
ALONE = {"flags": [*WITHOUT_COMPLEX["flags"], *WITH_ERRNO["flags"]], "math": "fast"}
BY_FLAG = [
    ("complex_quotient", "reverse", WITHOUT_COMPLEX),
    ("complex_quotient", "forward", WITHOUT_COMPLEX),
    in_the_long_run("complex_quotient", "forward in lanes", WITHOUT_COMPLEX),
    in_the_long_run("complex_quotient", "one component", WITHOUT_COMPLEX),
    ("complex_quotient", "forward over forward", WITHOUT_COMPLEX),
    in_the_long_run("complex_quotient", "forward over reverse", WITHOUT_COMPLEX),
    in_the_long_run("complex_quotient", "reverse over forward", WITHOUT_COMPLEX),
    ("recursion", "reverse over reverse", WITH_ERRNO),
]


@pytest.fixture(autouse=True)
def _every_call_is_checked():
    zg.set_checks("always")
    with np.errstate(all="ignore"):
        yield


def wrong(kernel):
    return pytest.raises(WrongDerivativeError, match=f"the derivative of `{kernel}` .* is wrong")


@pytest.mark.parametrize(("kernel", "mode"), BY_REFUSAL)
def test_cells_that_are_refused_would_be_found(library, derive, monkeypatch, kernel, mode):
    with pytest.raises(UnsupportedConstructError):
        derive(library[kernel], mode)
    monkeypatch.setattr(compilation, "refuse_traps", lambda *_: None)
    with wrong(kernel):
        derive(library[kernel], mode)


@pytest.mark.parametrize(("kernel", "mode", "options"), BY_FLAG)
def test_cells_that_a_flag_mends_would_be_found(library, derive, kernel, mode, options):
    derive(library[kernel], mode)
    with wrong(kernel):
        derive(zg.compile(KERNELS, **options)[kernel], mode)


def test_a_cell_that_is_refused_and_that_a_flag_mends(library, derive, monkeypatch):
    """Two reverse levels are refused where real numbers decide, as they do in complex division."""
    kernel, mode = "complex_quotient", "reverse over reverse"
    with pytest.raises(UnsupportedConstructError):
        derive(library[kernel], mode)
    monkeypatch.setattr(compilation, "refuse_traps", lambda *_: None)
    derive(library[kernel], mode)
    with wrong(kernel):
        derive(zg.compile(KERNELS, **WITHOUT_COMPLEX)[kernel], mode)


@pytest.mark.usefixtures("no_refusals")
@pytest.mark.parametrize("options", [{}, ALONE], ids=["our flags", "without them"])
@pytest.mark.parametrize("mode", ["reverse over forward", "reverse over forward, and the direction"])
def test_a_cell_that_is_right_by_now(derive, mode, options):
    """The table's number was wrong with a shadow for the direction, and only as the table's own code asked for it."""
    derive(zg.compile(KERNELS, **options).rows_of_vectors, mode)
