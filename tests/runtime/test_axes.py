"""Where core dimensions are is read as NumPy reads it."""

from __future__ import annotations

import numpy as np
import pytest

from zymogen.runtime.axes import core_back, core_last, core_places, core_shape

M, X = np.arange(24.0).reshape(2, 3, 4), np.arange(12.0).reshape(3, 4)
RANKS = (2, 1, 1)  # of M(a,c), x(c) -> y(a)


@pytest.mark.parametrize(
    "axes",
    [
        [(0, 1), 0, 0],
        [(0, 1), (0,), (0,)],
        [(-3, -2), -2, -1],
        [(np.int64(0), 1), np.int64(0), 1],
        [(0, 1), 0],
        [(0, 1)],
        [0, 0, 0],
        [(0, 1), 0, ()],
        [(0, 1), 0, 0, 0],
        [(0, 1), 0.0, 0],
        [(0, 1), 1, "0"],
        ((0, 1), 0, 0),
        None,
    ],
)
def test_axes_are_taken_or_refused_as_numpy_does(lib, axes):
    try:
        expected = lib.model.ufunc(M, X, axes=axes)
    except (TypeError, ValueError):
        with pytest.raises((TypeError, ValueError), match=r"axes|integer"):
            core_places(RANKS, {"axes": axes})
        return
    m, x, y = core_places(RANKS, {"axes": axes})
    found = core_back(lib.model.ufunc(core_last(M, m), core_last(X, x)), y)
    np.testing.assert_array_equal(found, expected)
    assert core_shape(M.shape, 2, m) == core_last(M, m).shape[-2:]


def test_one_axis_for_all_arrays_with_a_core_dimension():
    assert core_places((1, 0, 1), {"axis": 0}) == ((0,), None, (0,))
    assert core_places((1, 1, 0), {"axis": np.int64(-2)}) == ((-2,), (-2,), None)
    with pytest.raises(TypeError, match="axis: an array has 2 core dimensions"):
        core_places(RANKS, {"axis": 0})
    with pytest.raises(TypeError):
        core_places((1,), {"axis": 0.0})


def test_core_dimensions_are_the_last_ones_by_default():
    assert core_places(RANKS, {}) == (None, None, None)
    assert core_last(M, None) is core_back(M, None) is M
    assert core_shape((5, 6, 7), 2, None) == (6, 7)
    assert core_shape((), 0, None) == ()
    with pytest.raises(IndexError):
        core_shape((5,), 2, None)


def test_results_without_core_dimensions_may_be_left_out():
    assert core_places((1, 0), {"axes": [0]}) == ((0,), None)
    assert core_places((1, 0), {"axes": [0, ()]}) == ((0,), None)
