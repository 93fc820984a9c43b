"""Indices of components: counted from either end, checked before anything runs."""

import numpy as np
import pytest

from zymogen import _core

DOUBLE, INT64 = np.dtype("f8").num, np.dtype("i8").num


def picking(make, signature, dims, extents, label, names, bound=None, **options):
    """The ufunc x, index -> (flat component number, x there)."""
    rank = len(extents)
    index_dims = [] if bound is not None or rank == 1 else [len(extents)]
    more = {"extents": extents, "label": label, "names": names}
    if bound is not None:
        more["bound"] = bound
    operands = [("input", dims), ("index", index_dims, more), ("output", []), ("output", [])]
    return make(
        "pick",
        signature,
        operands,
        types=[DOUBLE, INT64, INT64, DOUBLE],
        name="partial(bump, 'x')",
        **options,
    )


@pytest.fixture(scope="module")
def open_index(make):
    return picking(make, "(n),()->(),()", [0], [0], "x(n)", ["n"])


@pytest.fixture(scope="module")
def matrix_index(make):
    return picking(make, "(a,c),(2)->(),()", [0, 1], [0, 1], "M(a,c)", ["a", "c"])


def test_open_index_is_one_more_argument(open_index):
    x = np.array([5.0, 6, 7, 8])
    assert open_index(x, 2) == (2, 7)
    assert open_index(x, -1) == (3, 8)
    assert open_index(x, np.int32(1)) == (1, 6)
    flat, value = open_index(x, [0, 3, -4])
    np.testing.assert_array_equal(flat, [0, 3, 0])
    np.testing.assert_array_equal(value, [5, 8, 5])
    assert open_index(x, np.zeros(0, int))[0].shape == (0,)


def test_open_index_is_broadcast(open_index, threads):
    rng = np.random.default_rng(0)
    x, i = rng.normal(size=(2000, 1, 5)), rng.integers(-5, 5, size=(30,))
    flat, value = open_index(x, i)
    np.testing.assert_array_equal(flat, np.broadcast_to(i % 5, (2000, 30)))
    np.testing.assert_array_equal(value, x[:, 0, :][:, i])
    strided = np.repeat(np.abs(i), 2)[::2] % 5
    np.testing.assert_array_equal(open_index(x, strided)[1], x[:, 0, :][:, strided])


def test_several_numbers_pick_an_entry_of_a_matrix(matrix_index, threads):
    rng = np.random.default_rng(1)
    m, i = rng.normal(size=(500, 3, 4)), rng.integers(0, 3, size=(500, 2))
    i[::7] -= 3
    i[::7, 1] -= 1
    rows = np.arange(500)
    flat, value = matrix_index(m, i)
    np.testing.assert_array_equal(value, m[rows, i[:, 0], i[:, 1]])
    np.testing.assert_array_equal(flat, (i[:, 0] % 3) * 4 + i[:, 1] % 4)
    np.testing.assert_array_equal(matrix_index(m.transpose(0, 2, 1), i[:, ::-1])[1], value)
    assert matrix_index(m[0], (-1, -1)) == (11, m[0, 2, 3])


def test_bound_index_is_no_argument(make):
    first = picking(make, "(n)->(),()", [0], [0], "x(n)", ["n"], bound=[-1])
    assert first.nin == 1
    np.testing.assert_array_equal(first(np.arange(6.0).reshape(2, 3)), [[2, 2], [2, 5]])
    entry = picking(make, "(a,c)->(),()", [0, 1], [0, 1], "M(a,c)", ["a", "c"], bound=[1, -2])
    assert entry(np.arange(12.0).reshape(3, 4)) == (6, 6)


@pytest.mark.parametrize("index", [7, [0, 1, 7], np.array([0, 7] * 5000)])
def test_component_out_of_range_is_an_index_error(open_index, index):
    message = "partial(bump, 'x')(...): component 7 of x(n) was asked for, and n = 5. Valid components are -5 to 4."
    with pytest.raises(IndexError) as error:
        open_index(np.zeros(5), index)
    assert str(error.value) == message


def test_bound_component_out_of_range_is_an_index_error(make):
    sixth = picking(make, "(n)->(),()", [0], [0], "x(n)", ["n"], bound=[5])
    with pytest.raises(IndexError, match=r"component 5 of x\(n\) was asked for, and n = 5\. Valid"):
        sixth(np.zeros(5))
    assert sixth(np.zeros(6))[0] == 5
    fixed = picking(make, "(3)->(),()", [0], [0], "x(3)", ["3"], bound=[-4])
    with pytest.raises(IndexError, match=r"component -4 of x\(3\) was asked for\. Valid components are -3 to 2\.$"):
        fixed(np.zeros(3))


def test_matrix_component_out_of_range_names_the_axis(matrix_index):
    with pytest.raises(
        IndexError,
        match=r"component \(1, 4\) of M\(a,c\) was asked for, and c = 4\. "
        r"Valid components along axis 1 are -4 to 3\.$",
    ):
        matrix_index(np.zeros((3, 4)), [[0, 0], [1, 4], [9, 9]])


def test_array_without_items_has_no_components(open_index):
    with pytest.raises(IndexError, match=r"n = 0\. There are no components\.$"):
        open_index(np.zeros(0), 0)
    assert open_index(np.zeros((0, 0)), 0)[0].shape == (0,)


def test_extreme_numbers_are_out_of_range(open_index):
    for i in (2**63 - 1, -(2**63)):
        with pytest.raises(IndexError, match=f"component {i} of"):
            open_index(np.zeros(3), i)


def test_nothing_runs_when_an_index_is_out_of_range(open_index):
    out = np.full(4, -1), np.full(4, -1.0)
    with pytest.raises(IndexError):
        open_index(np.zeros(5), [0, 1, 2, 5], out=out)
    np.testing.assert_array_equal(out, np.full((2, 4), -1))


@pytest.mark.parametrize("index", [1.0, 1j, "1"])
def test_index_must_be_an_integer(open_index, index):
    with pytest.raises(TypeError):
        open_index(np.zeros(5), index)


def test_registered_error_class_is_raised(open_index):
    class MineError(IndexError):
        pass

    before = _core.set_error_types({"component": MineError})
    try:
        with pytest.raises(MineError):
            open_index(np.zeros(5), 5)
    finally:
        _core.set_error_types(before)
