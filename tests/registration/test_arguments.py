"""Every kind of argument, called and differentiated, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import zymogen as zg

pytestmark = pytest.mark.toolchain

EPS = np.finfo(float).eps


def test_numbers_by_value(numbers):
    assert numbers.product(3.0, 5.0) == 15
    assert zg.grad(numbers.product, ("a", "b"))(3.0, 5.0) == (5, 3)
    assert zg.partial(numbers.product, "b")(3.0, 5.0) == 3
    assert zg.jvp(numbers.product, "a")(3.0, 5.0, 2.0) == (15, 10)
    assert zg.partial(numbers.product, "a", "b")(3.0, 5.0) == 1


def test_numbers_in_single_precision_by_value_and_const_reference(numbers):
    result = numbers.product_single(np.float32(3), np.float32(5))
    assert (result, result.dtype) == (15, np.float32)
    gradient = zg.grad(numbers.product_single, "b")(np.float32(3), np.float32(5))
    assert (gradient, gradient.dtype) == (3, np.float32)


def test_integers_of_all_types_by_value(numbers):
    f = numbers.all_integers
    assert f(2.0, *range(1, 11)) == 110
    assert zg.grad(f)(2.0, *range(1, 11)) == 55
    assert f(1.0, -128, -32768, -(2**31), -(2**40), 255, 65535, 2**32 - 1, 0, 0, 0) == sum(
        (-128, -32768, -(2**31), -(2**40), 255, 65535, 2**32 - 1)
    )


@pytest.mark.parametrize(
    ("position", "value"),
    [(1, 128), (1, -129), (2, 2**15), (3, 2**31), (5, -1), (5, 256), (6, 2**16), (7, 2**32), (8, -1), (10, -1)],
)
def test_an_integer_that_does_not_fit_is_an_error(numbers, position, value):
    arguments = [1.0] + [0] * 10
    arguments[position] = value
    with pytest.raises(OverflowError, match="all_integers") as caught:
        numbers.all_integers(*arguments)
    assert isinstance(caught.value, zg.errors.IntegerRangeError)
    with pytest.raises(OverflowError, match="integer"):
        zg.grad(numbers.all_integers)(*arguments)


def test_truth_values_by_value(numbers):
    assert_array_equal(numbers.negated(2.0, [True, False]), [-2, 2])
    assert_array_equal(zg.grad(numbers.negated)(2.0, [True, False]), [-1, 1])


def test_single_numbers_behind_pointers(numbers):
    assert numbers.power_behind_pointer(3.0, 2) == 9
    assert_allclose(zg.grad(numbers.power_behind_pointer)(3.0, 2), 6, rtol=4 * EPS)
    assert_allclose(zg.partial(numbers.power_behind_pointer, "x", "x")(3.0, 2), 2, rtol=8 * EPS)


def test_references_and_pointers_as_single_results(numbers):
    x, y = 3.0, 4.0
    r, phi = numbers.polar(x, y)
    assert_allclose([r, phi], [5, np.arctan2(4, 3)], rtol=2 * EPS)
    _, (dr, dphi) = zg.jvp(numbers.polar, "x")(x, y, 1.0)
    assert_allclose([dr, dphi], [x / 5, -y / 25], rtol=8 * EPS)
    assert_allclose(zg.vjp(numbers.polar, ("x", "y"))(x, y, 1.0, 0.0), [x / 5, y / 5], rtol=8 * EPS)
    assert_allclose(zg.vjp(numbers.polar, ("x", "y"))(x, y, 0.0, 1.0), [-y / 25, x / 25], rtol=8 * EPS)


def test_single_numbers_updated_in_place(numbers):
    assert numbers.step(2.0, 7, 0.5) == (3, 8)
    assert zg.jvp(numbers.step, "t")(2.0, 7, 0.5, 1.0) == ((3, 8), (1.5,))
    assert zg.vjp(numbers.step, "dt")(2.0, 7, 0.5, 1.0) == 2


def test_spans(views):
    x = np.array([1.0, 2, 3])
    assert views.sum_of_squares(x) == 14
    assert_array_equal(zg.grad(views.sum_of_squares)(x), 2 * x)
    assert zg.partial(views.sum_of_squares, ("x", -1))(x) == 6
    assert zg.partial(views.sum_of_squares, ("x", 1), ("x", 1))(x) == 2


def test_spans_of_no_elements(views):
    assert views.sum_of_squares(np.empty(0)) == 0
    assert zg.grad(views.sum_of_squares)(np.empty(0)).shape == (0,)
    assert views.apply(np.empty((3, 0)), np.empty(0)).tolist() == [0, 0, 0]
    assert views.apply(np.empty((0, 2)), [1.0, 2]).shape == (0,)
    assert views.outer(np.empty(0), [1.0]).shape == (0, 1)


def test_a_span_of_fixed_extent(views):
    x = np.array([2.0, 3, 5])
    assert views.triple(x) == 30
    assert_array_equal(zg.grad(views.triple)(x), [15, 10, 6])
    assert zg.partial(views.triple, ("x", 0), ("x", 1))(x) == 5
    with pytest.raises(ValueError, match="3"):
        views.triple([1.0, 2])


def test_a_matrix(views):
    M, x = np.arange(6.0).reshape(2, 3) ** 2, np.array([1.0, -2, 3])
    assert_array_equal(views.apply(M, x), M @ x)
    assert_array_equal(zg.partial(views.apply, ("x", 1))(M, x), M[:, 1])
    assert_array_equal(zg.partial(views.apply, ("M", (1, 2)))(M, x), [0, 3])
    assert_array_equal(zg.vjp(views.apply, "M")(M, x, [5.0, 7]), np.outer([5, 7], x))
    assert_array_equal(zg.vjp(views.apply, "x")(M, x, [5.0, 7]), [5, 7] @ M)


@pytest.mark.parametrize("kernel", ["weighted_array_view", "weighted_mdspan", "weighted_static", "weighted_mixed"])
def test_arrays_of_three_dimensions(views, kernel):
    f = views[kernel]
    T = np.arange(12.0).reshape(2, 3, 2) + 1
    i, j, k = np.indices(T.shape)
    weights = 100 * i + 10 * j + k
    assert f(T) == (weights * T**2).sum()
    assert_array_equal(zg.grad(f)(T), 2 * weights * T)
    assert zg.partial(f, ("T", (1, 2, 0)))(T) == 2 * 120 * T[1, 2, 0]


def test_a_result_of_two_dimensions(views):
    x, y = np.array([1.0, 2]), np.array([3.0, 5, 7])
    assert_array_equal(views.outer(x, y), np.outer(x, y))
    assert_array_equal(zg.partial(views.outer, ("x", 1))(x, y), np.outer([0, 1], y))
    weights = np.arange(6.0).reshape(2, 3)
    assert_array_equal(zg.vjp(views.outer, "y")(x, y, weights), x @ weights)


def test_arrays_of_integers_and_truth_values(arrays):
    x, index, wanted = np.array([1.0, 2, 3]), np.array([2, 0, 2], np.int32), np.array([True, False, True])
    assert arrays.gathered(x, index, wanted) == 18
    assert_array_equal(zg.grad(arrays.gathered)(x, index, wanted), [0, 0, 12])
    assert zg.partial(arrays.gathered, ("x", 2))(x, index, wanted) == 12


def test_arrays_of_long_long(arrays):
    x = np.array([1.0, 2, 3])
    assert arrays.gathered_long_long(x, [2, 0, 2]) == 7
    assert_array_equal(zg.grad(arrays.gathered_long_long)(x, [2, 0, 2]), [1, 0, 2])
    k = np.array([1, 2])
    assert_array_equal(arrays.doubled(k, np.array([10, 20], np.uint64)), [11, 22])
    assert_array_equal(k, [1, 2])


def test_a_result_of_integers(arrays):
    counts = arrays.histogram([0.5, 1.5, 1.6, 9.0], [0.0, 1, 2])
    assert counts.dtype == np.int32
    assert_array_equal(counts, [1, 2, 0])


@pytest.mark.parametrize("argnum", ["index", "wanted"])
def test_integers_have_no_derivative(arrays, argnum):
    with pytest.raises(TypeError, match=rf"{argnum} is an integer argument .* Differentiable are x\."):
        zg.grad(arrays.gathered, argnum)


def test_integer_results_have_no_gradient(arrays):
    for operator in (lambda f: zg.partial(f, ("x", 0)), zg.jvp, zg.vjp):
        with pytest.raises(TypeError, match="integer"):
            operator(arrays.histogram)


def test_pointers_with_a_bare_size(arrays):
    x, w = np.array([1.0, 2, 3]), np.array([5.0, 7, 11])
    assert arrays.legacy.arguments == ("x", "w", "power")
    assert arrays.legacy(x, w, 2) == (w * x**2).sum()
    assert_array_equal(zg.grad(arrays.legacy, ("x", "w"))(x, w, 2)[0], 2 * w * x)
    assert zg.partial(arrays.legacy, ("w", 1))(x, w, 2) == 4


def test_bare_sizes_may_come_first(arrays):
    A, x = np.arange(6.0).reshape(2, 3), np.array([1.0, 2, 3])
    assert_array_equal(arrays.matvec(A, x), A @ x)
    assert_array_equal(zg.vjp(arrays.matvec, "A")(A, x, [1.0, 2]), np.outer([1, 2], x))


def test_a_size_that_does_not_fit_its_parameter_is_an_error(arrays):
    assert arrays.short_sum(np.ones(127)) == 127
    with pytest.raises(OverflowError, match="short_sum"):
        arrays.short_sum(np.ones(128))


def test_a_returned_number_beside_an_array_and_an_integer(arrays):
    x, k = np.array([1.0, 2]), 3.0
    energy, force, count = arrays.energy_and_forces(x, k)
    assert (energy, force.tolist(), count) == (7.5, [-3, -6], 2)
    derivative = zg.jvp(arrays.energy_and_forces, "x")
    (energy, force, count), (denergy, dforce) = derivative(x, k, [1.0, 0])
    assert (energy, force.tolist(), count) == (7.5, [-3, -6], 2)
    assert (denergy, dforce.tolist()) == (3, [-3, 0])
    cotangents = zg.vjp(arrays.energy_and_forces, ("x", "k"))
    assert cotangents.arguments == ("x", "k", "out_bar", "force_bar")
    x_bar, k_bar = cotangents(x, k, 1.0, [0.0, 1.0])
    assert_array_equal(x_bar, [3, 3])
    assert k_bar == 0.5
    twice = zg.jvp(derivative, "k")(x, k, [1.0, 0], 1.0)
    assert twice[1][1][0] == 1
    assert len(twice[1][0]) == 2


def test_arrays_updated_in_place_are_updated_on_a_copy(arrays):
    u, rate = np.array([1.0, 2, 3]), 0.5

    def relaxed(u, rate):
        u = np.array(u, dtype=complex)
        for _ in range(2):
            for i in range(1, 3):
                u[i] += rate * u[i - 1] * u[i]
        return u

    assert_array_equal(arrays.relax(u, rate), relaxed(u, rate).real)
    assert_array_equal(u, [1, 2, 3])
    h = 1e-30
    columns = np.array([relaxed(u + h * 1j * e, rate).imag / h for e in np.eye(3)])
    for j in range(3):
        assert_allclose(zg.partial(arrays.relax, "u")(u, rate, j), columns[j], rtol=8 * EPS)
    weights = np.array([1.0, -2, 0.5])
    assert_allclose(zg.vjp(arrays.relax, "u")(u, rate, weights), columns @ weights, rtol=8 * EPS)
