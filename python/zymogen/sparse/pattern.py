"""Sparse patterns: which entries of a matrix can be other than zero."""

from __future__ import annotations

from typing import Any
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, issparse

from zymogen.errors import PatternError


def pattern_of(rows: NDArray[Any], columns: NDArray[Any], shape: tuple[int, int]) -> csr_array:
    """The pattern with these entries; those that are named twice count once."""
    return _canonical(csr_array((np.ones(len(rows), bool), (rows, columns)), shape=shape))


def given_pattern(pattern: Any, name: str, *, symmetric: bool) -> csr_array:
    """A pattern as the user gives it: all stored entries of a sparse array, or what is true of a dense one.

    Raises
    ------
    PatternError
        If it is no matrix, is dense and not of booleans, or should be symmetric and is not.
    """
    found: Any = pattern if issparse(pattern) else np.asarray(pattern)
    if found.ndim != 2:
        raise PatternError(f"{name}: pattern has {found.ndim} dimensions. Expected is a matrix.")
    if not issparse(found) and found.dtype != bool:
        # Numbers are mostly a Jacobian at some point, and what is zero there need not be zero elsewhere.
        raise PatternError(
            f"{name}: pattern is a dense array of {found.dtype}. Expected is a dense array of booleans, or a "
            "scipy.sparse array, all of whose stored entries count. Of a dense Jacobian J at some point, `J != 0` "
            "makes one, but lacks every entry that happens to be zero at that point. Leave pattern= out, and it is "
            "detected."
        )
    if issparse(found):
        entries = found.tocoo()
        found = pattern_of(entries.coords[0], entries.coords[1], entries.shape)
    else:
        found = _canonical(csr_array(found))
    if symmetric and (found.shape[0] != found.shape[1] or not is_symmetric(found)):
        raise PatternError(
            f"{name}: pattern is a matrix of shape {found.shape} and not symmetric, as a Hessian is. "
            "Use pattern + pattern.T."
        )
    return found


def union(first: csr_array, second: csr_array) -> csr_array:
    """The entries of either."""
    return _canonical(csr_array(first + second))


def symmetrised(pattern: csr_array) -> csr_array:
    """The entries of a pattern and of its transpose."""
    return union(pattern, csr_array(pattern.T))


def is_symmetric(pattern: csr_array) -> bool:
    """Whether a canonical pattern is its own transpose."""
    other = csr_array(pattern.T)
    other.sort_indices()
    return np.array_equal(pattern.indptr, other.indptr) and np.array_equal(pattern.indices, other.indices)


def compressed(pattern: csr_array) -> tuple[NDArray[np.int64], NDArray[np.int32], int]:
    """The pattern as compiled code takes it: where rows start, columns, and the number of columns."""
    return pattern.indptr.astype(np.int64), pattern.indices.astype(np.int32), pattern.shape[1]


def row_numbers(pattern: csr_array) -> NDArray[np.int64]:
    """The row of each entry."""
    return np.repeat(np.arange(pattern.shape[0]), np.diff(pattern.indptr))


_SAMPLE = 256
"""Places of an array that are compared where all of them were equal before."""


class Known:
    """Matrices that have the pattern.

    To compare index arrays takes as long as to compute a few columns, so those are remembered that were found equal,
    or were made here. Of these only a sample is compared again, with the number of entries: scipy's
    `eliminate_zeros` changes them in place.
    """

    def __init__(self, pattern: csr_array) -> None:
        self._pattern = pattern
        self._equal: WeakValueDictionary[int, NDArray[Any]] = WeakValueDictionary()

    def add(self, matrix: csr_array) -> None:
        for array in (matrix.indices, matrix.indptr):
            self._equal[id(array)] = array

    def __contains__(self, matrix: csr_array) -> bool:
        if matrix.shape != self._pattern.shape:
            return False
        pairs = ((matrix.indices, self._pattern.indices), (matrix.indptr, self._pattern.indptr))
        if any(len(array) != len(own) for array, own in pairs) or len(matrix.data) != self._pattern.nnz:
            return False
        if all(self._equal.get(id(array)) is array for array, _ in pairs):
            # From the last place on: there, `indptr` has the number of entries.
            return all((array[:: -_step(own)] == own[:: -_step(own)]).all() for array, own in pairs)
        equal = all(np.array_equal(array, own) for array, own in pairs)
        if equal:
            self.add(matrix)
        return equal


def _step(array: NDArray[Any]) -> int:
    return max(1, len(array) // _SAMPLE)


def _canonical(pattern: csr_array) -> csr_array:
    """Sorted, each entry once, and read-only, because everything that was planned depends on it."""
    pattern.sum_duplicates()
    pattern.sort_indices()
    pattern.data = np.ones(pattern.nnz, bool)
    for array in (pattern.data, pattern.indices, pattern.indptr):
        array.flags.writeable = False
    return pattern
