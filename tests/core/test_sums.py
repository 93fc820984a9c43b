"""Loops whose batch is a core dimension: outputs without it are sums over the rows."""

import math

import numpy as np
import pytest

from zymogen import _core

FLOAT, DOUBLE, INT64 = np.dtype("f4").num, np.dtype("f8").num, np.dtype("i8").num


@pytest.fixture(scope="module")
def scale_sum(make):
    operands = [("input", [0, 1, 2]), ("input", [2]), ("output", [1, 2])]
    return make("scale", "(batch,a,c),(c)->(a,c)", operands, batch=0)


@pytest.fixture(scope="module")
def picky_sum(make):
    return make("picky", "(batch,n)->()", [("input", [0, 1]), ("output", [])], batch=0)


def integers(*shape, seed=0):
    """Whole numbers, whose sums are exact in any order."""
    return np.random.default_rng(seed).integers(-9, 10, size=shape).astype(float)


def expected_scale(m, x):
    return m * x[..., None, :] + np.arange(m.shape[-2])[:, None]


@pytest.mark.parametrize("count", [0, 1, 2, 7, 1000, 60_000])
def test_outputs_without_the_batch_are_sums(scale_sum, count, threads):
    m, x = integers(count, 3, 5), integers(5)
    np.testing.assert_array_equal(scale_sum(m, x), expected_scale(m, x).sum(axis=0))


@pytest.mark.parametrize("layout", ["C", "Fortran", "every second", "reversed"])
def test_sums_do_not_depend_on_memory_layout(scale_sum, layout, threads):
    rng = np.random.default_rng(1)
    m, x = rng.normal(size=(5000, 6, 7)), rng.normal(size=7)
    laid = {
        "C": m,
        "Fortran": np.asfortranarray(m),
        "every second": np.repeat(m, 2, axis=1)[:, ::2],
        "reversed": np.ascontiguousarray(m[::-1, ::-1])[::-1, ::-1],
    }[layout]
    strided = np.repeat(x, 2)[::2]
    expected = scale_sum(m, x)
    np.testing.assert_array_equal(scale_sum(laid, strided), expected)
    out = np.zeros((7, 6)).T
    assert scale_sum(laid, strided, out=out) is out
    np.testing.assert_array_equal(out, expected)


def test_the_batch_may_be_any_core_dimension_of_the_signature(make, threads):
    operands = [("input", [0, 1]), ("input", [2, 1]), ("output", [0, 1])]
    f = make("scale", "(a,c),(batch,c)->(a,c)", operands, batch=2)
    m, x = integers(4, 3, seed=2), integers(900, 3, seed=3)
    np.testing.assert_array_equal(f(m, x), expected_scale(m, x).sum(axis=0))


def test_outputs_with_the_batch_stay_as_they_are(make, threads):
    operands = [("input", [0]), ("output", [0]), ("output", [])]
    f = make("complement", "(batch)->(batch),()", operands, batch=0)
    x = integers(20_000, seed=4)
    rows, total = f(x)
    np.testing.assert_array_equal(rows, 1 - x)
    assert total == -x.sum()
    strided = np.zeros(40_000)[::2]
    f(x, out=(strided, None))
    np.testing.assert_array_equal(strided, 1 - x)
    rows, total = f(x, out=(x, None))
    assert rows is x
    assert total == (rows - 1).sum()


def test_outer_dimensions_of_numpy_are_a_sum_each(scale_sum, make, threads):
    m, x = integers(4, 6, 300, 3, 5, seed=5), integers(6, 5, seed=6)
    np.testing.assert_array_equal(scale_sum(m, x), expected_scale(m, x[:, None, :]).sum(axis=2))
    f = make("complement", "(batch)->(batch),()", [("input", [0]), ("output", [0]), ("output", [])], batch=0)
    with pytest.raises(ValueError, match="shares memory with an input"):
        f(m[0, 0, :, 0], out=(m[0, 0, :, 0], None))


def test_an_output_may_be_an_argument_that_all_rows_share(make, threads):
    f = make("cross", "(batch,3),(n)->(n)", [("input", [0, 1]), ("input", [2]), ("output", [2])], batch=0)
    x, y = integers(500, 3, seed=7), integers(4, seed=8)
    exact = y * (x @ [1, 10, 100]).sum() + 3 * 500
    assert f(x, y, out=y) is y
    np.testing.assert_array_equal(y, exact)


def test_sums_repeat_bit_by_bit(scale_sum, threads):
    rng = np.random.default_rng(9)
    m, x = rng.normal(size=(100_000, 2, 3)), rng.normal(size=3)
    first = scale_sum(m, x)
    for _ in range(10):
        np.testing.assert_array_equal(scale_sum(m, x), first)
    exact = [[math.fsum(column) for column in row] for row in np.moveaxis(expected_scale(m, x), 0, -1)]
    np.testing.assert_allclose(
        first, exact, rtol=0, atol=100_000 * 2**-53 * np.abs(expected_scale(m, x)).sum(axis=0).max()
    )


def test_sums_are_those_of_equal_parts_in_order(scale_sum, threads):
    rng = np.random.default_rng(10)
    m, x = rng.normal(size=(10_001, 2, 3)), rng.normal(size=3)
    parts = [np.add.accumulate(part)[-1] for part in np.array_split(expected_scale(m, x), threads)]
    np.testing.assert_array_equal(scale_sum(m, x), np.add.accumulate(parts)[-1])


def test_expensive_rows_use_all_threads_in_equal_parts_and_cheap_ones_do_not(make, threads):
    f = make("who", "(batch,n)->(batch)", [("input", [0, 1]), ("output", [0])], batch=0)
    rows = f(np.full((401, 1), 500.0))
    parts = np.array_split(rows, threads)
    assert [len(np.unique(part)) for part in parts] == [1] * threads
    assert len(np.unique(rows)) == threads
    assert len(np.unique(f(np.zeros((100, 1))))) == 1


def test_sums_do_not_depend_on_what_rows_cost(picky_sum, threads):
    rng = np.random.default_rng(11)
    values = rng.exponential(size=400)
    cheap, dear = np.stack([values, np.zeros(400)], axis=1), np.stack([values, np.full(400, 30.0)], axis=1)
    assert picky_sum(cheap) == picky_sum(dear)


def test_floats_are_summed_as_doubles(entries, threads):
    dims = [[0, 1], [1], []]
    operands = [_core.Operand(role, 4, each) for role, each in zip(["input", "input", "output"], dims, strict=True)]
    loop = _core.Loop(entries.address("bump_float"), [FLOAT] * 3, operands, batch=0)
    f = _core.make_ufunc("bump", "", "(batch,n),(n)->()", 2, 1, [loop], None)
    x = np.linspace(0, 1, 1_000_001, dtype="f4")[:, None]
    rows = np.exp(-(x[:, 0] ** 2))
    result = f(x, np.zeros(1, "f4"))
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, math.fsum(rows.tolist()), rtol=2**-23)


def test_lowest_failing_row_is_named_and_nothing_is_written(picky_sum, threads):
    x = np.random.default_rng(12).exponential(10, size=(4000, 2))
    x[[1234, 1235, 3999], 0] = -1, -4, -2
    out = np.full((), 7.0)
    for _ in range(5):
        with pytest.raises(ValueError, match=r"^picky: the kernel threw"):
            picky_sum(x, out=out)
    assert out == 7
    if np.lib.NumpyVersion(np.__version__) >= "2.1.0":
        with pytest.raises(ValueError, match=r"in row 1234 of 4000: too big$"):
            picky_sum(x)
        with pytest.raises(ValueError, match=r"^picky: the kernel threw: too big$"):
            picky_sum(np.stack([x, x]))
    x[[1234, 1235, 3999], 0] = 1
    np.testing.assert_allclose(picky_sum(x), x[:, 0].sum(), rtol=1e-12)


def test_entries_are_told_to_check_first_after_a_failure(make):
    f = make("told", "(batch,n)->()", [("input", [0, 1]), ("output", [])], batch=0)
    assert f(np.ones((5, 1))) == 0
    with pytest.raises(RuntimeError, match=r"in row 3 of 5$|threw$"):
        f([[1.0], [1.0], [1.0], [-1.0], [1.0]])
    assert f(np.ones((5, 1))) == 5


def test_open_indices_may_have_the_batch(make, threads):
    more = {"extents": [1], "label": "x(n)", "names": ["n"]}
    operands = [("input", [0, 1]), ("index", [0], more), ("output", [0]), ("output", [])]
    types = [DOUBLE, INT64, INT64, DOUBLE]
    f = make("pick", "(batch,n),(batch)->(batch),()", operands, types=types, batch=0)
    x, i = integers(3000, 5, seed=13), np.random.default_rng(14).integers(-5, 5, size=3000)
    flat, total = f(x, i)
    np.testing.assert_array_equal(flat, i % 5)
    assert total == x[np.arange(3000), i].sum()
    assert f(x[:0], i[:0])[1] == 0
    with pytest.raises(IndexError, match=r"component 5 of x\(n\) was asked for, and n = 5"):
        f(x, np.full(3000, 5))


def test_indices_that_all_rows_share_and_pairs_of_numbers_work(make, threads):
    more = {"extents": [1, 2], "label": "M(a,c)", "names": ["a", "c"]}
    types = [DOUBLE, INT64, INT64, DOUBLE]
    shared = [("input", [0, 1, 2]), ("index", [3], more), ("output", [0]), ("output", [])]
    f = make("pick", "(batch,a,c),(2)->(batch),()", shared, types=types, batch=0)
    m = integers(700, 3, 4, seed=15)
    assert f(m, [-1, 0])[1] == m[:, -1, 0].sum()
    each = [("input", [0, 1, 2]), ("index", [0, 3], more), ("output", [0]), ("output", [])]
    g = make("pick", "(batch,a,c),(batch,2)->(batch),()", each, types=types, batch=0)
    rng = np.random.default_rng(16)
    i, j = rng.integers(-3, 3, size=700), rng.integers(-4, 4, size=700)
    assert g(m, np.stack([i, j], axis=1))[1] == m[np.arange(700), i, j].sum()
    bound = [("input", [0, 1, 2]), ("index", [], {**more, "bound": [2, -1]}), ("output", [0]), ("output", [])]
    h = make("pick", "(batch,a,c)->(batch),()", bound, types=types, batch=0)
    assert h(m)[1] == m[:, 2, -1].sum()


def test_lists_and_scratch_do_not_count_the_batch_among_the_sizes(make, threads):
    more = {"bound": [-1, 0], "extents": [1], "label": "x(n)", "names": ["n"]}
    operands = [("input", [0, 1]), ("list", [], more), ("output", [0]), ("output", [])]
    f = make("gather", "(batch,n)->(batch),()", operands, types=[DOUBLE, INT64, INT64, DOUBLE], batch=0)
    x = integers(800, 5, seed=17)
    assert f(x)[1] == (x[:, -1] + 2 * x[:, 0]).sum()
    scratch = [_core.Scratch(8, [1], zero=True), _core.Scratch(8, [1, 1])]
    g = make("scratch", "(batch,n)->()", [("input", [0, 1]), ("output", [])], scratch, batch=0)
    for n in (0, 1, 3, 100, 5):
        assert g(np.zeros((300, n))) == 300


@pytest.mark.parametrize(("value", "name"), [(1, "overflow"), (2, "invalid"), (3, "divide")])
def test_floating_point_state_reaches_numpy_from_any_thread(make, threads, value, name):
    f = make("flags", "(batch,n)->()", [("input", [0, 1]), ("output", [])], batch=0)
    x = np.zeros((400, 1))
    with np.errstate(all="raise"):
        f(x)
    x[399] = value
    with np.errstate(all="raise"), pytest.raises(FloatingPointError, match=name):
        f(x)


@pytest.mark.parametrize(
    ("signature", "operands", "batch", "message"),
    [
        ("(n,batch)->()", [("input", [0, 1]), ("output", [])], 1, "not the first dimension of an input"),
        ("(batch,n)->()", [("input", [0, 1]), ("output", [])], 2, "the batch is a core dimension that"),
        ("(batch,n)->()", [("input", [0]), ("output", [])], 0, "dims are not those of the signature"),
    ],
)
def test_batches_that_make_no_sense_are_refused(make, signature, operands, batch, message):
    with pytest.raises(ValueError, match=message):
        make("picky", signature, operands, batch=batch)


def test_integers_are_not_summed(make):
    more = {"extents": [1], "label": "x(n)", "names": ["n"]}
    operands = [("input", [0, 1]), ("index", [], more), ("output", []), ("output", [])]
    with pytest.raises(ValueError, match="a summed output has type numbers of float or double"):
        make("pick", "(batch,n),()->(),()", operands, types=[DOUBLE, INT64, INT64, DOUBLE], batch=0)
