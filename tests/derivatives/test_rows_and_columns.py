"""Some rows and columns of Jacobians: the entries of the whole, and no others computed."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import zymogen as zg
from zymogen.errors import ArgumentError, ComponentError, NotDifferentiableError

EPS = np.finfo(float).eps
MODES = ["forward", "reverse", "auto"]


@pytest.fixture(scope="module")
def lib():
    return zg.compile(Path(__file__).with_name("jacobians.cpp"))


def point(n, a):
    rng = np.random.default_rng(0)
    return {"x": rng.normal(size=n), "m": np.float64(rng.normal()), "M": rng.normal(size=(a, n))}


@pytest.mark.parametrize("mode", MODES)
def test_rows_and_columns_where_all_extents_are_fixed(lib, mode):
    x, A = np.array([0.5, -1.5, 2.0]), np.array([[1.0, 0.25], [-0.75, 3.0]])
    whole = zg.jacobian(lib.fixed, "x", mode=mode)(x, A)
    chosen = zg.jacobian(lib.fixed, "x", mode=mode, rows=[4, 0, -2])(x, A)
    np.testing.assert_array_equal(chosen, whole[[4, 0, -2]])
    both = zg.jacobian(lib.fixed, "x", mode=mode, rows=[4, 0], cols=[-1])(x, A)
    np.testing.assert_array_equal(both, whole[[4, 0]][:, [-1]])


LISTS = {
    "one": [2],
    "some": [0, 3, 2],
    "repeated": [1, 1, 0, 1],
    "negative": [-1, -9, 4],
    "more than eight": [*range(9), 3, 8],
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("listed", LISTS)
def test_columns_are_those_of_the_whole(lib, mode, listed):
    at, cols = point(9, 3).values(), LISTS[listed]
    whole = zg.jacobian(lib.cubic, "x", mode=mode)(*at)
    d = zg.jacobian(lib.cubic, "x", mode=mode, cols=cols)
    assert d(*at).shape == (3, len(cols))
    np.testing.assert_allclose(d(*at), whole[:, cols], rtol=8 * EPS)  # "auto" may take the other mode for the whole
    np.testing.assert_array_equal(zg.jacobian(lib.cubic, "x", mode=mode, cols=np.array(cols, int))(*at), d(*at))


@pytest.mark.parametrize(("count", "lanes"), [(1, 1), (2, 2), (8, 8), (9, 5), (17, 6)])
def test_no_lane_of_a_pass_goes_along_nothing(lib, count, lanes):
    (sweep,) = zg.jacobian(lib.cubic, "x", mode="forward", cols=[0] * count).plan.sweeps
    assert sweep.lanes == lanes
    assert lanes * -(-count // lanes) - count < -(-count // lanes)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("listed", LISTS)
def test_rows_are_those_of_the_whole(lib, mode, listed):
    at, rows = point(3, 9).values(), LISTS[listed]
    whole = zg.jacobian(lib.cubic, "x", mode=mode)(*at)
    found = zg.jacobian(lib.cubic, "x", mode=mode, rows=rows)(*at)
    assert found.shape == (len(rows), 3)
    np.testing.assert_allclose(found, whole[rows], rtol=1e-15)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("rows", "cols"), [([2, 0], [4, -1, 4]), ([-1], [0]), ([0, 0], [*range(9)])])
def test_rows_and_columns_together(lib, mode, rows, cols):
    at = point(9, 3).values()
    whole = zg.jacobian(lib.cubic, "x", mode=mode)(*at)
    found = zg.jacobian(lib.cubic, "x", mode=mode, rows=rows, cols=cols)(*at)
    assert found.shape == (len(rows), len(cols))
    np.testing.assert_allclose(found, whole[np.ix_(rows, cols)], rtol=4e-15, atol=4e-15)


@pytest.mark.parametrize("mode", MODES)
def test_columns_of_a_matrix_argument_and_rows_of_a_matrix_result(lib, mode):
    rng = np.random.default_rng(2)
    T, w = rng.normal(size=(2, 3, 4)), rng.normal(size=4)
    cols, rows = [(0, 1, 2), (-1, 2, -4), (0, 0, 0)], [(1, 0), (2, -1)]
    whole = zg.jacobian(lib.contracted, "T", mode=mode)(T, w)
    picked_columns = np.stack([whole[:, :, *col] for col in cols], axis=-1)
    for given in (cols, np.array(cols), [list(col) for col in cols], tuple(cols)):
        found = zg.jacobian(lib.contracted, "T", mode=mode, cols=given)(T, w)
        np.testing.assert_allclose(found, picked_columns, rtol=1e-15)
    picked_rows = np.stack([whole[row] for row in rows])
    np.testing.assert_allclose(zg.jacobian(lib.contracted, "T", mode=mode, rows=rows)(T, w), picked_rows, rtol=1e-15)
    found = zg.jacobian(lib.contracted, "T", mode=mode, rows=np.array(rows), cols=cols)(T, w)
    np.testing.assert_allclose(found, np.stack([picked_columns[row] for row in rows]), rtol=1e-15)


@pytest.mark.parametrize("mode", MODES)
def test_rows_of_several_arguments(lib, mode):
    at = point(3, 4).values()
    whole = zg.jacobian(lib.cubic, ("x", "m", "M"), mode=mode)(*at)
    chosen = zg.jacobian(lib.cubic, ("x", "m", "M"), mode=mode, rows=[3, 1])(*at)
    for part, of in zip(chosen, whole, strict=True):
        np.testing.assert_allclose(part, of[[3, 1]], rtol=1e-15)


@pytest.mark.parametrize("mode", MODES)
def test_rows_of_the_jacobian_with_respect_to_a_number(lib, mode):
    at = point(3, 4).values()
    column = zg.jacobian(lib.cubic, "m", mode=mode)(*at)
    assert column.shape == (4,)
    np.testing.assert_allclose(zg.jacobian(lib.cubic, "m", mode=mode, rows=[-1, 0])(*at), column[[-1, 0]], rtol=1e-15)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("which", ["rows", "cols"])
@pytest.mark.parametrize("bad", [3, -4])
def test_components_out_of_range_are_found_before_the_kernel_runs(lib, mode, which, bad):
    at = point(3, 3).values()
    d = zg.jacobian(lib.cubic, "x", mode=mode, **{which: [0, bad]})
    out = np.full((3, 2) if which == "cols" else (2, 3), 7.0)
    with pytest.raises(ComponentError, match=rf"component {bad} of [xy]\([na]\) was asked for, and [na] = 3"):
        d(*at, out=out)
    assert (out == 7).all()


def test_lists_are_checked_where_they_are_given(lib):
    f = lib.cubic
    with pytest.raises(IndexError, match=r"component 7 of y\(5\) was asked for. Valid components are -5 to 4"):
        zg.jacobian(lib.fixed, "x", rows=[0, 7])
    with pytest.raises(IndexError, match=r"has 1 dimension. Expected are 2"):
        zg.jacobian(f, "M", cols=[1])
    with pytest.raises(IndexError, match=r"has 2 dimensions. Expected is 1"):
        zg.jacobian(f, "x", cols=[(0, 1)])
    with pytest.raises(IndexError, match=re.escape("component of x(n) is 0.5. Expected is an integer")):
        zg.jacobian(f, "x", cols=[0.5])
    with pytest.raises(ArgumentError, match=r"cols is 2. Expected is a list of integers"):
        zg.jacobian(f, "x", cols=2)
    with pytest.raises(ArgumentError, match=r"cols is empty. List at least one component of x\(n\)"):
        zg.jacobian(f, "x", cols=np.array([], int))
    with pytest.raises(ArgumentError, match=r"cols is '012'. Expected is a list of tuples of 2 integers"):
        zg.jacobian(f, "M", cols="012")
    with pytest.raises(ArgumentError, match=r"m\(\) is a single number. Leave cols= out"):
        zg.jacobian(f, "m", cols=[0])
    with pytest.raises(ArgumentError, match="cols= are of one argument, and 2 are named"):
        zg.jacobian(f, ("x", "m"), cols=[0])
    with pytest.raises(ArgumentError, match=r"mode is 'backward'. Expected is 'auto', 'forward' or 'reverse'"):
        zg.jacobian(f, "x", mode="backward")
    with pytest.raises(ArgumentError, match=r"there is no argument 'q'. Arguments are x, m, M"):
        zg.jacobian(f, "q")
    with pytest.raises(NotDifferentiableError, match="Expected is a kernel"):
        zg.jacobian(np.sin, 0)


@pytest.mark.parametrize("mode", MODES)
def test_passes_go_along_what_is_listed(lib, mode):
    """Two rows or three columns are as many passes, however large the arrays are."""
    rows = zg.jacobian(lib.cubic, "x", mode=mode, rows=[2, 0])
    cols = zg.jacobian(lib.cubic, "x", mode=mode, cols=[2, 0, 1])
    both = zg.jacobian(lib.cubic, "x", mode=mode, rows=[2, 0], cols=[1])
    expected = {"forward": (13, 1, 1), "reverse": (1, 2, 1), "auto": (1, 1, 1)}[mode]
    assert tuple(d.count_passes(n=99, a=9) for d in (rows, cols, both)) == expected


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_names_of_generated_code_may_be_names_of_arguments(mode):
    """An integer argument with the name of a loop's index took its place without a message."""
    f = zg.compile("""
    #include <span>
    #include <zymogen/kernel.hpp>
    void scaled(std::span<const double> x, int x_index_at, std::span<const double> lanes, double dx,
                std::span<double> y) {
        for (std::size_t i = 0; i < y.size(); ++i) y[i] = x_index_at * x[i] * x[i] * lanes[i] * dx;
    }
    ZYMOGEN_KERNEL(scaled, "x(x_count), x_index_at(), lanes(x_count), dx() -> y(x_count)");
    """).scaled
    x = np.array([1.0, 2.0, 3.0])
    found = zg.jacobian(f, "x", mode=mode, cols=[0, 2], rows=[2, 1, 0])(x, 5, x, 2.0)
    np.testing.assert_array_equal(found, np.diag(20 * x**2)[[2, 1, 0]][:, [0, 2]])
