"""The trampoline makes rows dense: results do not depend on how arrays lie in memory."""

import numpy as np
import pytest

from zymogen import _core


def read_only(a):
    a = a.copy()
    a.setflags(write=False)
    return a


LAYOUTS = {
    "C": lambda a: a,
    "Fortran": np.asfortranarray,
    "every second": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "every second row": lambda a: np.repeat(a, 2, axis=0)[::2],
    "reversed": lambda a: np.ascontiguousarray(a[..., ::-1])[..., ::-1],
    "rows reversed": lambda a: np.ascontiguousarray(a[::-1])[::-1],
    "batch last": lambda a: np.moveaxis(np.ascontiguousarray(np.moveaxis(a, 0, -1)), -1, 0),
    "read-only": read_only,
    "unaligned": lambda a: np.frombuffer(b"." + a.tobytes(), np.uint8)[1:].view(a.dtype).reshape(a.shape),
    "other byte order": lambda a: a.astype(a.dtype.newbyteorder()),
}


def expected_scale(m, x):
    return m * x[..., None, :] + np.arange(m.shape[-2])[:, None]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", [(1, 1, 1), (7, 3, 5), (40, 33, 17), (2, 300, 200), (5, 1, 4), (5, 4, 1)])
def test_results_do_not_depend_on_memory_layout(scale, layout, shape, threads):
    rng = np.random.default_rng(0)
    m, x = rng.normal(size=shape), rng.normal(size=(shape[0], shape[2]))
    laid_m, laid_x = LAYOUTS[layout](m), LAYOUTS[layout](x)
    before = laid_m.copy(), laid_x.copy()
    np.testing.assert_array_equal(scale(laid_m, laid_x), expected_scale(m, x))
    np.testing.assert_array_equal(laid_m, before[0])
    np.testing.assert_array_equal(laid_x, before[1])


@pytest.mark.parametrize("layout", ["C", "Fortran", "every second", "reversed", "batch last"])
def test_output_arrays_of_any_layout_are_filled(scale, layout, threads):
    rng = np.random.default_rng(1)
    m, x = rng.normal(size=(50, 6, 7)), rng.normal(size=(50, 7))
    out = LAYOUTS[layout](np.zeros((50, 6, 7)))
    assert scale(m, x, out=out) is out
    np.testing.assert_array_equal(out, expected_scale(m, x))


def test_output_that_is_an_input_is_safe(scale):
    rng = np.random.default_rng(2)
    m, x = rng.normal(size=(50, 6, 7)), rng.normal(size=(50, 7))
    expected = expected_scale(m, x)
    scale(m, x, out=m)
    np.testing.assert_array_equal(m, expected)


def test_shared_arguments_are_broadcast(scale, threads):
    rng = np.random.default_rng(3)
    m, x = np.asfortranarray(rng.normal(size=(6, 7))), rng.normal(size=(30, 20, 7))
    np.testing.assert_array_equal(scale(m, x), expected_scale(m, x))
    m, x = rng.normal(size=(30, 1, 6, 7)), rng.normal(size=(20, 14))[:, ::2]
    np.testing.assert_array_equal(scale(m, x), expected_scale(m, x))


@pytest.mark.parametrize("shape", [(0, 3, 5), (4, 0, 5), (4, 3, 0), (0, 0, 0)])
def test_arrays_without_items_work(scale, shape):
    m, x = np.zeros(shape), np.zeros((shape[0], shape[2]))
    assert scale(m, x).shape == shape
    assert scale(np.asfortranarray(m), x[:, ::-1]).shape == shape


def test_reduction_over_a_dimension_of_size_zero_runs_the_kernel(bump):
    np.testing.assert_array_equal(bump(np.zeros((4, 0)), np.zeros(0)), np.ones(4))


def test_axes_of_the_core_dimensions_can_be_anywhere(bump, scale):
    rng = np.random.default_rng(4)
    x = rng.normal(size=(5, 400))
    np.testing.assert_array_equal(bump(x, x[:, :1], axes=[0, 0, ()]), bump(x.T, x[:, 0]))
    m = rng.normal(size=(6, 30, 7))
    result = scale(m, m[0], axes=[(0, 2), 1, (2, 0)])
    np.testing.assert_array_equal(np.moveaxis(result, (2, 0), (1, 2)), scale(np.moveaxis(m, 1, 0), m[0]))


def test_one_row_of_a_batch_is_bitwise_that_row_alone(bump, threads):
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(20000, 33)), rng.normal(size=(20000, 66))[:, ::2]
    batch = bump(x, y)
    for row in (0, 1, 777, 19999):
        assert batch[row] == bump(x[row], y[row])


def test_results_are_bitwise_equal_for_any_number_of_threads(scale):
    rng = np.random.default_rng(6)
    m, x = rng.normal(size=(3000, 12, 12)).transpose(0, 2, 1), rng.normal(size=(3000, 12))
    before = _core.get_num_threads()
    results = []
    for count in (1, 2, 5):
        _core.set_num_threads(count)
        results.append(scale(m, x))
    _core.set_num_threads(before)
    assert all(np.array_equal(results[0], other) for other in results)


def test_float32_stays_float32_and_integers_become_float64(bump):
    x = np.array([1, 2], np.float32)
    assert bump(x, x + 1).dtype == np.float32
    assert bump(x, x[::-1]).dtype == np.float32
    assert bump([1, 2], [3, 4]).dtype == np.float64
    assert bump(x, np.array([1.0, 2.0])).dtype == np.float64
    np.testing.assert_allclose(bump(x, x + 1), np.exp(-2), rtol=1e-6)


def test_complex_arguments_are_refused(bump):
    with pytest.raises(TypeError, match="not supported for the input types"):
        bump(np.ones(2, complex), np.ones(2))


def test_shapes_that_disagree_are_refused(bump):
    with pytest.raises(ValueError, match="mismatch in its core dimension"):
        bump(np.ones(2), np.ones(3))


def test_fixed_dimensions_are_dimensions_like_others(make):
    cross = make("cross", "(3),(n)->(n)", [("input", [0]), ("input", [1]), ("output", [1])])
    x, y = np.array([[1.0, 2, 3], [4, 5, 6]]), np.array([1.0, 10])
    np.testing.assert_array_equal(cross(x, y), [[324, 3213], [657, 6543]])
    with pytest.raises(ValueError, match="mismatch"):
        cross(np.ones(2), y)


def test_scratch_is_aligned_zeroed_and_of_the_right_size(make, threads):
    scratch = [_core.Scratch(8, [0], zero=True), _core.Scratch(8, [0, 0])]
    f = make("scratch", "(n)->()", [("input", [0]), ("output", [])], scratch)
    for n in (0, 1, 3, 100, 5):
        np.testing.assert_array_equal(f(np.zeros((300, n))), np.ones(300))


def test_scratch_that_fits_no_memory_is_a_memory_error(make):
    scratch = [_core.Scratch(8, [0], zero=True), _core.Scratch(8, [0] * 6)]
    f = make("scratch", "(n)->()", [("input", [0]), ("output", [])], scratch)
    with pytest.raises(MemoryError, match="scratch: there is not enough memory"):
        f(np.zeros(10**6))
    np.testing.assert_array_equal(f(np.zeros(3)), 1)


# No core dimensions: NumPy then treats the kernel as an elementwise function.


@pytest.fixture(scope="module")
def complement(make):
    return make("complement", "()->(),()", [("input", []), ("output", []), ("output", [])])


@pytest.mark.parametrize("step", [1, 2, -1])
def test_elementwise_output_may_be_the_input(complement, step, threads):
    x = np.arange(100000.0)[::step]
    exact = 1 - x, -x
    first = x.copy()
    got = complement(first, out=(first, None))
    np.testing.assert_array_equal(got[0], exact[0])
    np.testing.assert_array_equal(got[1], exact[1])
    strided = np.repeat(x, 2)[::2]
    got = complement(strided, out=(None, strided))
    np.testing.assert_array_equal(got[0], exact[0])
    np.testing.assert_array_equal(got[1], exact[1])


def test_elementwise_output_may_overlap_the_input(complement):
    x = np.arange(1001.0)
    exact = 1 - x[:-1]
    complement(x[:-1], out=(x[1:], None))
    np.testing.assert_array_equal(x[1:], exact)


def test_elementwise_kernels_can_be_masked_accumulated_and_reduced(make, threads):
    f = make("add_twice", "(),()->()", [("input", []), ("input", []), ("output", [])])
    x = np.random.default_rng(7).normal(size=5000)
    exact = np.concatenate([x[:1], x[0] + np.cumsum(2 * x[1:])])
    np.testing.assert_allclose(f.accumulate(x), exact, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(f.reduce(x), exact[-1], rtol=1e-9)
    np.testing.assert_array_equal(f.outer(x[:3], x[:4]), x[:3, None] + 2 * x[:4])
    out = f(x, x, where=x > 0, out=np.zeros_like(x))
    np.testing.assert_allclose(out, np.where(x > 0, 3 * x, 0))
    np.testing.assert_array_equal(f(np.arange(9000), 1), np.arange(9000) + 2.0)
