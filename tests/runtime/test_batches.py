"""Leading dimensions are batches, in any memory layout, and give what single calls give, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest

import zymogen as zg

N = 6


def layouts(array):
    """The same values in other memory: keyed by how."""
    spread = np.zeros((*array.shape[:-1], 2 * array.shape[-1]))
    spread[..., ::2] = array
    readonly = array.copy()
    readonly.flags.writeable = False
    unaligned = np.frombuffer(b"\0" + array.tobytes(), np.uint8)[1:].view(array.dtype).reshape(array.shape)
    return {
        "C": array,
        "Fortran": np.asfortranarray(array),
        "every second": spread[..., ::2],
        "reversed": array[..., ::-1].copy()[..., ::-1],
        "reversed batch": array[::-1].copy()[::-1],
        "read-only": readonly,
        "unaligned": unaligned,
    }


LAYOUTS = list(layouts(np.zeros((2, 2))))


@pytest.fixture(params=[1, 2], ids=["1 thread", "2 threads"])
def threads(request):
    before = zg.get_num_threads()
    zg.set_num_threads(request.param)
    yield request.param
    zg.set_num_threads(before)


@pytest.fixture(scope="module")
def derivatives(lib):
    return {
        "value": lib.bump,
        "partial": zg.partial(lib.bump, ("x", 1)),
        "second": zg.partial(lib.bump, ("x", 1), ("y", 2)),
        "grad": zg.grad(lib.bump, "x"),
        "grads": zg.grad(lib.bump, ("x", "y")),
        "value_and_grad": zg.value_and_grad(lib.bump, "y"),
    }


KINDS = ["value", "partial", "second", "grad", "grads", "value_and_grad"]


def rows(count, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(count, N)) / 3, rng.normal(size=(count, N)) / 3


def flattened(result):
    parts = result if isinstance(result, tuple) else (result,)
    return [leaf for part in parts for leaf in (part if isinstance(part, tuple) else (part,))]


def assert_bitwise_equal(one, other):
    for a, b in zip(flattened(one), flattened(other), strict=True):
        assert np.asarray(a).tobytes() == np.asarray(b).tobytes()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_result_does_not_depend_on_memory_layout(derivatives, kind, layout, threads):
    x, y = rows(40)
    d = derivatives[kind]
    assert_bitwise_equal(d(layouts(x)[layout], layouts(y)[layout]), d(x, y))


@pytest.mark.parametrize("kind", KINDS)
def test_batch_is_bitwise_equal_to_single_calls(derivatives, kind, threads):
    x, y = rows(30_000 if threads > 1 else 300)
    d = derivatives[kind]
    batch = flattened(d(x, y))
    for i in (0, 1, 7, len(x) // 2, len(x) - 1):
        for whole, single in zip(batch, flattened(d(x[i], y[i])), strict=True):
            assert whole[i].tobytes() == single.tobytes()


@pytest.mark.parametrize("kind", KINDS)
def test_threads_change_no_bit(derivatives, kind):
    x, y = rows(200_000, seed=3)
    before = zg.get_num_threads()
    try:
        zg.set_num_threads(1)
        one = derivatives[kind](x, y)
        zg.set_num_threads(2)
        two = derivatives[kind](x, y)
    finally:
        zg.set_num_threads(before)
    assert_bitwise_equal(one, two)


@pytest.mark.parametrize(
    ("first", "second", "batch"),
    [((4, 3), (), (4, 3)), ((), (5,), (5,)), ((4, 1), (3,), (4, 3)), ((2, 1, 3), (4, 1), (2, 4, 3)), ((0,), (), (0,))],
)
def test_any_leading_dimensions_that_broadcast(lib, first, second, batch, threads):
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(*first, N)), rng.normal(size=(*second, N))
    g = zg.grad(lib.bump, "x")(x, y)
    assert g.shape == (*batch, N)
    full_x, full_y = np.broadcast_to(x, (*batch, N)), np.broadcast_to(y, (*batch, N))
    exact = -2 * (full_x - full_y) * np.exp(-((full_x - full_y) ** 2).sum(-1))[..., None]
    np.testing.assert_allclose(g, exact, rtol=1e-13, atol=1e-300)


def test_samples_in_columns_through_axes(lib):
    rng = np.random.default_rng(5)
    M, X, Ybar = rng.normal(size=(2, 4)), rng.normal(size=(4, 7)), rng.normal(size=(2, 7))
    by_columns = zg.vjp(lib.model, "x")(M, X, Ybar, axes=[(0, 1), 0, 0, 0])
    np.testing.assert_array_equal(by_columns.T, zg.vjp(lib.model, "x")(M, X.T, Ybar.T))


def test_out_is_filled_whatever_its_layout(lib, threads):
    x, y = rows(50)
    d = zg.grad(lib.bump, "x")
    expected = d(x, y)
    for out in (
        np.empty((50, N)),
        np.empty((50, N), order="F"),
        np.empty((50, 2 * N))[:, ::2],
        np.empty((50, N))[::-1],
    ):
        assert d(x, y, out=out) is out
        np.testing.assert_array_equal(out, expected)


def test_out_may_be_the_input(lib):
    x, y = rows(50)
    expected = zg.grad(lib.bump, "x")(x, y)
    zg.grad(lib.bump, "x")(x, y, out=x)
    np.testing.assert_array_equal(x, expected)


@pytest.mark.parametrize("bad", ["shape", "dtype", "read-only"])
def test_bad_out_is_refused_as_numpy_does(lib, bad):
    x, y = rows(5)
    out = {"shape": np.empty((5, N + 1)), "dtype": np.empty((5, N), int), "read-only": np.empty((5, N))}[bad]
    out.flags.writeable = bad != "read-only"
    with pytest.raises((ValueError, TypeError)):
        zg.grad(lib.bump, "x")(x, y, out=out)


@pytest.mark.parametrize("kind", KINDS[:1] + KINDS[3:])
def test_arrays_of_no_elements(derivatives, kind):
    results = flattened(derivatives[kind](np.empty((3, 0)), np.empty((3, 0))))
    assert all(result.shape in ((3,), (3, 0)) for result in results)
    assert (flattened(derivatives[kind](np.empty((0, N)), np.empty((0, N))))[0]).shape[0] == 0


def test_integers_are_cast(lib):
    x, y = np.array([1, 2]), np.array([0, 2])
    np.testing.assert_array_equal(zg.grad(lib.bump, "x")(x, y), zg.grad(lib.bump, "x")(x * 1.0, y * 1.0))


def test_lists_and_numbers_are_arrays(lib):
    assert lib.bump([1, 2], [0.0, 2]) == pytest.approx(np.exp(-1))


def test_narrow_integers_are_converted_exactly(lib):
    x = np.array([1.0, 2.0, 3.0])
    label = np.array([1, 2, 3])
    use = [True, False, True]
    assert label.dtype == np.int64
    np.testing.assert_allclose(zg.grad(lib.weighted, "x")(x, label, use), [2, 0, 18])


def test_floating_point_errors_follow_errstate(lib):
    x = np.full((4, 3), 1e200)
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        lib.picky(x)
    with np.errstate(over="ignore"):
        assert np.isinf(lib.picky(x)).all()


def test_components_broadcast_like_any_argument(lib):
    x, y = rows(4)
    d = zg.partial(lib.bump, "x")
    table = d(x[:, None], y[:, None], np.arange(N))
    np.testing.assert_allclose(table, zg.grad(lib.bump, "x")(x, y), rtol=1e-14)


def test_components_of_a_matrix_are_pairs(lib):
    rng = np.random.default_rng(6)
    M, x = rng.normal(size=(2, 3)), rng.normal(size=3)
    pairs = np.array([(a, c) for a in range(2) for c in range(3)])
    table = zg.partial(lib.model, "M")(M, x, pairs).reshape(2, 3, 2)
    expected = np.einsum("ba,a,c->bca", np.eye(2), 1 - np.tanh(M @ x) ** 2, x)
    np.testing.assert_allclose(table, expected, rtol=1e-13)


@pytest.mark.parametrize("kind", [np.int32, np.int64])
def test_numbers_keep_single_precision_where_integers_are_converted(kind):
    picked = zg.compile(r"""
#include <cstdint>
#include <span>
#include <zymogen/kernel.hpp>
template <class T>
T picked(std::span<const T> x, std::span<const std::int32_t> from, T scale) {
    T s = 0;
    for (std::int32_t i : from) s += scale * x[i];
    return s;
}
ZYMOGEN_KERNEL_TEMPLATE(picked, "x(n), from(m), scale() -> ()");
""").picked
    gradient = zg.grad(picked)(np.ones(3, np.float32), np.array([2, 2, 0], kind), 0.5)
    assert gradient.dtype == np.float32
    np.testing.assert_array_equal(gradient, [0.5, 0, 1])
