"""Arrays of Dask beside integers of other types, and beside arrays with other chunks."""

from __future__ import annotations

import dask.array as dask_array
import numpy as np
import pytest

import zymogen as zg
from zymogen.errors import ArgumentError, InputTypeError, ShapeError

pytestmark = pytest.mark.toolchain

X = np.arange(1.0, 13.0).reshape(4, 3)
LABELS = np.array([[1, 0, 2], [0, 3, 1], [5, 5, 5], [2, 2, 0]])
USE = np.array([True, False, True])


def chunked(array, *chunks):
    return dask_array.from_array(array, chunks=chunks)


@pytest.fixture(scope="module")
def gradient(lib):
    return zg.grad(lib.weighted)


@pytest.mark.parametrize("labels", [LABELS, LABELS[0], LABELS[0].tolist(), LABELS[0].astype("u1")])
def test_integers_of_another_type_are_converted(gradient, labels):
    lazy = gradient(chunked(X, 2, 3), labels, USE)
    assert isinstance(lazy, dask_array.Array)
    np.testing.assert_array_equal(lazy.compute(), gradient(X, labels, USE))


def test_chunked_integers_are_converted_when_they_are_computed(gradient):
    lazy = gradient(X, chunked(LABELS, 2, 3), USE)
    np.testing.assert_array_equal(lazy.compute(), gradient(X, LABELS, USE))


def test_integers_that_do_not_fit_are_refused(gradient):
    points, large = chunked(X, 2, 3), LABELS + 2**40
    message = r"grad\(weighted, 0\): label has values from 1099511627776 to .*, and the kernel takes int32 "
    with pytest.raises(InputTypeError, match=message):
        gradient(points, large, USE)
    lazy = gradient(points, chunked(large, 2, 3), USE)
    with pytest.raises(InputTypeError, match=message):
        lazy.compute()


@pytest.mark.parametrize("rows", [4, 3, 1])
def test_batches_may_be_chunked_in_different_ways(gradient, rows):
    labels = LABELS.astype(np.int32)
    expected = gradient(X, labels, USE)
    points = chunked(X, 2, 3)
    for other in (labels, chunked(labels, rows, 3)):
        np.testing.assert_array_equal(gradient(points, other, USE).compute(), expected)


def test_a_batch_of_numpy_broadcasts_against_chunks(lib):
    y = np.arange(15.0).reshape(5, 1, 3)
    np.testing.assert_array_equal(lib.bump(chunked(X, 3, 3), y).compute(), lib.bump(X, y))


def test_chunks_of_unknown_size_go_with_what_all_rows_share(gradient):
    points = chunked(X, 2, 3)
    lazy = gradient(points[points[:, 0] > 1], LABELS[0], USE)
    np.testing.assert_array_equal(lazy.compute(), gradient(X[1:], LABELS[0], USE))


def test_errors_are_in_the_words_of_the_call(gradient):
    points = chunked(X, 2, 3)
    for call, kind, message in [
        (lambda: gradient(points, LABELS), ArgumentError, r"2 arguments were given\. Expected are 3: x, label, use"),
        (lambda: gradient(points, LABELS, USE, X.copy()), ArgumentError, "not written to another array"),
        (lambda: gradient(points, LABELS / 2, USE), InputTypeError, "label has elements of type float64"),
        (lambda: gradient(points, LABELS[:, :2], USE), ShapeError, r"n is 3 in x\(n\).* and 2 in label\(n\)"),
        (lambda: gradient(points, LABELS[:3], USE), ShapeError, r"do not broadcast: \(4,\) of x, \(3,\) of label"),
    ]:
        with pytest.raises(kind, match=message):
            call()
