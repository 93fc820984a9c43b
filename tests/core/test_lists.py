"""Lists of components: fixed in the ufunc or given by the call, checked against its sizes, and then flat numbers."""

import numpy as np
import pytest

from zymogen import _core

DOUBLE, INT64 = np.dtype("f8").num, np.dtype("i8").num


def gathering(make, dims, names, components):
    """The ufunc x -> (number of the listed components, sum of k * x there for the k-th of the list)."""
    rank = len(names)
    more = {
        "bound": np.reshape(components, -1).astype(int).tolist(),
        "extents": dims,
        "label": f"M({','.join(names)})",
        "names": names,
    }
    operands = [("input", dims), ("list", [], more), ("output", []), ("output", [])]
    signature = f"({','.join(names)})->(),()"
    ufunc = make("gather", signature, operands, types=[DOUBLE, INT64, INT64, DOUBLE], name="jacobian(f, 'M')")
    assert (ufunc.nin, ufunc.signature) == (1, signature)
    return ufunc, np.reshape(components, (-1, rank))


@pytest.mark.parametrize("components", [[0], [2, 0, -1], [-5, 4, -1, -1], []])
def test_a_list_reaches_the_entry_in_order(make, components, threads):
    f, _ = gathering(make, [0], ["n"], components)
    x = np.random.default_rng(0).normal(size=(3000, 5))
    count, value = f(x)
    np.testing.assert_array_equal(count, np.full(3000, len(components)))
    exact = np.zeros(3000)
    for k, component in enumerate(components, 1):
        exact += k * x[:, component]
    np.testing.assert_array_equal(value, exact)


def test_components_of_a_matrix_are_flat_and_row_major(make, threads):
    f, pairs = gathering(make, [0, 1], ["a", "c"], [(0, 0), (2, -1), (-3, 1), (1, 3)])
    m = np.random.default_rng(1).normal(size=(500, 3, 4))
    exact = sum(k * m[:, i, j] for k, (i, j) in enumerate(pairs, 1))
    np.testing.assert_allclose(f(m)[1], exact, rtol=1e-14)
    np.testing.assert_array_equal(f(np.asfortranarray(m))[1], f(m)[1])
    assert f(np.ones((3, 4))) == (4, 10)


def test_negative_numbers_follow_the_size_of_each_call(make):
    f, _ = gathering(make, [0], ["n"], [-1, -2])
    assert f(np.arange(3.0)) == (2, 2 + 2 * 1)
    assert f(np.arange(10.0)) == (2, 9 + 2 * 8)


def test_a_list_may_be_long(make, threads):
    components = np.random.default_rng(2).integers(-40, 40, size=100_000)
    f, _ = gathering(make, [0], ["n"], components)
    x = np.random.default_rng(3).integers(0, 10, size=(50, 40)).astype(float)
    np.testing.assert_array_equal(f(x)[1], x[:, components] @ np.arange(1.0, 100_001))


@pytest.mark.parametrize("bad", [5, -6, 2**63 - 1, -(2**63)])
def test_component_out_of_range_is_an_index_error_before_anything_runs(make, bad):
    f, _ = gathering(make, [0], ["n"], [0, 4, bad, -9])
    out = np.full(2, -1), np.full(2, -1.0)
    with pytest.raises(IndexError) as error:
        f(np.zeros((2, 5)), out=out)
    assert str(error.value) == (
        f"jacobian(f, 'M')(...): component {bad} of M(n) was asked for, and n = 5. Valid components are -5 to 4."
    )
    np.testing.assert_array_equal(out, np.full((2, 2), -1))


def test_matrix_component_out_of_range_names_the_axis(make):
    f, _ = gathering(make, [0, 1], ["a", "c"], [(0, 3), (1, -5)])
    with pytest.raises(
        IndexError,
        match=r"component \(1, -5\) of M\(a,c\) was asked for, and c = 4\. "
        r"Valid components along axis 1 are -4 to 3\.$",
    ):
        f(np.zeros((3, 4)))
    assert f(np.zeros((2, 5)))[0] == 2


def test_array_without_items_has_only_empty_lists(make):
    some, _ = gathering(make, [0], ["n"], [0])
    with pytest.raises(IndexError, match=r"n = 0\. There are no components\.$"):
        some(np.zeros(0))
    none, _ = gathering(make, [0], ["n"], [])
    assert none(np.zeros(0)) == (0, 0)


def test_a_list_and_a_shared_argument_that_is_not_dense_share_their_memory(make, threads):
    f, _ = gathering(make, [0], ["n"], [1, 2])
    x = np.broadcast_to(np.arange(10.0)[::2], (700, 5))
    np.testing.assert_array_equal(f(x)[1], np.full(700, 2 + 2 * 4.0))


def open_gathering(make, dims, names):
    """The ufunc x, components -> as above."""
    rank, k = len(names), len(names)
    own = [k] if rank == 1 else [k, k + 1]
    operands = [
        ("input", dims),
        ("list", own, {"extents": dims, "label": f"M({','.join(names)})", "names": names}),
        ("output", []),
        ("output", []),
    ]
    signature = f"({','.join(names)}),(k{f',{rank}' if rank > 1 else ''})->(),()"
    ufunc = make("gather", signature, operands, types=[DOUBLE, INT64, INT64, DOUBLE], name="partial(f, 'M')")
    assert (ufunc.nin, ufunc.signature) == (2, signature)
    return ufunc


@pytest.mark.parametrize("layout", ["dense", "strided", "reversed", "shared"])
def test_rows_may_have_lists_of_their_own(make, threads, layout):
    f = open_gathering(make, [0], ["n"])
    rng = np.random.default_rng(4)
    x = rng.integers(-9, 9, size=(3000, 5)).astype(float)
    components = rng.integers(-5, 5, size=(3000, 14))
    components = {
        "dense": components[:, :7].copy(),
        "strided": components[:, ::2],
        "reversed": components[::-1, 6::-1],
        "shared": components[:1, :7],
    }[layout]
    count, value = f(x, components)
    np.testing.assert_array_equal(count, np.full(3000, 7))
    rows = np.broadcast_to(components, (3000, 7))
    np.testing.assert_array_equal(value, np.take_along_axis(x, rows % 5, axis=1) @ np.arange(1.0, 8))


def test_lists_of_a_matrix_have_a_component_along_their_last_axis(make, threads):
    f = open_gathering(make, [0, 1], ["a", "c"])
    rng = np.random.default_rng(5)
    m = rng.integers(-9, 9, size=(400, 3, 4)).astype(float)
    pairs = np.stack([rng.integers(-3, 3, size=(400, 6)), rng.integers(-4, 4, size=(400, 6))], axis=-1)
    exact = sum(k * m[np.arange(400), pairs[:, k - 1, 0], pairs[:, k - 1, 1]] for k in range(1, 7))
    np.testing.assert_array_equal(f(m, pairs)[1], exact)
    np.testing.assert_array_equal(f(m, np.asfortranarray(pairs))[1], exact)
    assert f(m[0], np.zeros((0, 2), int)) == (0, 0)


def test_a_component_out_of_range_in_a_later_list_is_found_before_anything_runs(make, threads):
    f = open_gathering(make, [0], ["n"])
    components = np.zeros((300, 4), int)
    components[200, 2] = -6
    out = np.full(300, -1), np.full(300, -1.0)
    with pytest.raises(IndexError, match=r"component -6 of M\(n\) was asked for, and n = 5\. Valid .* are -5 to 4\.$"):
        f(np.zeros((300, 5)), components, out=out)
    np.testing.assert_array_equal(out, np.full((2, 300), -1))


@pytest.mark.parametrize(
    ("operand", "message"),
    [
        ({"bound": [0], "extents": [0, 0], "names": ["a", "a"]}, "one number for each of its components' extents"),
        ({"extents": [0], "names": ["n"]}, "an open list is a vector of a vector's components"),
        ({"bound": [0]}, "needs extents and a name for each"),
        ({"bound": [0], "extents": [1], "names": ["n"]}, "core dimension that the signature does not have"),
    ],
)
def test_lists_that_make_no_sense_are_refused(make, operand, message):
    types = [DOUBLE, INT64, DOUBLE] if "bound" not in operand else None
    operands = [("input", [0]), ("list", [], operand), ("output", [])]
    with pytest.raises(ValueError, match=message):
        make("gather", "(n)->()", operands, types=types)


def test_roles_are_listed_when_one_is_unknown():
    with pytest.raises(ValueError, match=r'role is "lists"\. Use "input", "index", "list" or "output"\.'):
        _core.Operand("lists", 8, [])
