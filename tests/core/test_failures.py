"""What entries report becomes one Python exception, whatever the number of threads."""

import gc
import os
import warnings
from pathlib import Path

import numpy as np
import pytest

from zymogen import _core

KINDS = {
    1: ("invalid_argument", ValueError),
    2: ("out_of_range", IndexError),
    3: ("out_of_memory", MemoryError),
    4: ("runtime", RuntimeError),
    5: ("unknown", RuntimeError),
}


def in_row(row, count):
    """How a message names the row; before 2.1 NumPy does not let an inner loop know that it has all rows."""
    return f"in row {row} of {count}: too big$" if np.lib.NumpyVersion(np.__version__) >= "2.1.0" else "threw: too big$"


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_become_the_matching_exceptions(picky, kind):
    with pytest.raises(KINDS[kind][1]) as error:
        picky(np.array([-float(kind)]))
    assert str(error.value) == "picky: the kernel threw: too big"


def test_integer_that_does_not_fit_is_an_overflow(picky):
    with pytest.raises(OverflowError, match=r"^picky: too big$"):
        picky([-6.0])


def test_registered_classes_are_raised(picky):
    for kind, (name, standard) in KINDS.items():
        mine = type("Mine", (standard,), {})
        before = _core.set_error_types({name: mine})
        with pytest.raises(mine):
            picky([-float(kind)])
        assert _core.set_error_types(before) == {name: mine}
    with pytest.raises(ValueError, match="no failure called"):
        _core.set_error_types({"nonsense": ValueError})
    with pytest.raises(TypeError, match="exception classes"):
        _core.set_error_types({"runtime": int})


def test_row_is_named(picky, threads):
    x = np.zeros((1000, 1))
    x[17] = x[400] = -4
    with pytest.raises(RuntimeError, match=in_row(17, 1000)):
        picky(x)
    with pytest.raises(RuntimeError, match=in_row(599, 1000)):
        picky(x[::-1])
    with pytest.raises(RuntimeError, match=in_row(17, 1000)):
        picky(np.repeat(x, 2, axis=0)[::2])


def test_lowest_row_of_a_million_is_named(picky, threads):
    x = np.zeros((1_000_000, 1))
    x[[765_432, 999_999, 777_777]] = -1
    for _ in range(5):
        with pytest.raises(ValueError, match=in_row(765432, 1000000)):
            picky(x)


def test_lowest_row_is_named_when_rows_differ_in_cost(picky, threads):
    x = np.zeros((4000, 2))
    x[:, 1] = np.random.default_rng(0).exponential(10, size=4000)
    x[3000:] = -4, 0  # cheap and failing at once, while others still work on rows below
    x[2999] = -1, 500
    for _ in range(5):
        with pytest.raises(ValueError, match=in_row(2999, 4000)):
            picky(x)


def test_row_is_left_out_when_numpy_runs_several_inner_loops(picky):
    x = np.zeros((10, 20, 1))[:, :10]
    x[0, 3] = -1
    x[5, 3] = -4
    with pytest.raises(ValueError, match=r"^picky: the kernel threw: too big$"):
        picky(x)
    x[0, 3] = 0
    with pytest.raises(RuntimeError, match=r"^picky: the kernel threw: too big$"):
        picky(x)
    np.testing.assert_array_equal(picky(np.zeros((10, 1))), np.zeros(10))


def test_ufunc_works_again_after_a_failure(picky, threads):
    x = np.arange(5000.0)[:, None]
    for _ in range(20):
        with pytest.raises(ValueError):  # noqa: PT011
            picky(-np.ones((300, 1)))
        np.testing.assert_array_equal(picky(x), x[:, 0])


def test_entries_are_told_to_check_first_after_a_failure(make):
    f = make("told", "(n)->()", [("input", [0]), ("output", [])])
    assert f([1.0]) == 0
    with pytest.raises(RuntimeError, match=r"^told: the kernel threw$"):
        f([-1.0])
    assert f([1.0]) == 1


def test_message_may_hold_any_bytes(make):
    f = make("picky", "(n)->()", [("input", [0]), ("output", [])], name="größe")
    with pytest.raises(ValueError, match="größe: the kernel threw"):
        f([-1.0])


def test_failures_do_not_leak(picky):
    def failing():
        for _ in range(2000):
            with pytest.raises(ValueError):  # noqa: PT011
                picky(np.full((50, 1), -1.0))

    failing()
    gc.collect()
    before = resident_bytes()
    failing()
    failing()
    assert resident_bytes() - before < 1 << 20


@pytest.mark.parametrize(("value", "name"), [(1, "overflow"), (2, "invalid"), (3, "divide")])
@pytest.mark.parametrize("row", [0, 150, 399])
def test_floating_point_state_reaches_numpy_from_any_thread(make, threads, value, name, row):
    f = make("flags", "(n)->()", [("input", [0]), ("output", [])])
    x = np.zeros((400, 1))
    with np.errstate(all="raise"):
        f(x)
    x[row] = value
    with np.errstate(all="raise"), pytest.raises(FloatingPointError, match=name):
        f(x)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error")
        f(x)


def resident_bytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
