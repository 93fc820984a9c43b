"""Dependence made visible: where NaN goes in a tangent, NaN comes out in every result that depends on it.

The values of the kernel, and so its branches, stay what they are. In IEEE arithmetic 0 * NaN is NaN, so an entry that
just happens to be zero is found too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zymogen.errors import PatternError
from zymogen.runtime.kernel import Kernel
from zymogen.sparse.call import Call, element_type
from zymogen.sparse.memory import vectors_within_limit
from zymogen.sparse.products import lanes_of


class Probe:
    """Products of one matrix with vectors of zeros and NaN, at one point.

    Parameters
    ----------
    product : the derivative that multiplies by a vector, its last argument
    call : the point
    given, result : shapes of the vector and of the product
    of : what the matrix is, for messages
    """

    def __init__(self, product: Kernel, call: Call, given: tuple[int, ...], result: tuple[int, ...], of: str) -> None:
        self._product = product
        self._lanes = lanes_of(product)
        self._args = call.args
        self._given = given
        self._result = result
        self.dtype = element_type(product, call.args, given)
        self.passes = 0
        # Where a derivative is infinite, a product with zeros is NaN, and nothing can be concluded.
        zeros = np.zeros((self._lanes, self._length(given)), self.dtype)
        require_numbers(self._multiply(zeros)[0].reshape(result), of)

    def results(self, groups: NDArray[np.int32], count: int) -> Iterator[tuple[int, NDArray[np.bool_]]]:
        """For each group of places in the vector, where the product is NaN when these are NaN and all others zero.

        Parameters
        ----------
        groups : the group of each place, or -1; numbers up to `count` - 1

        Yields
        ------
        first group, and one row of booleans for it and for each that follows
        """
        length = self._length(self._given)
        numbers = probed_numbers(length, self._length(self._result))
        at_once = min(count, vectors_within_limit(numbers, self.dtype.itemsize, self._lanes))
        vectors = np.zeros((self._padded(at_once), length), self.dtype)
        order = np.argsort(groups, kind="stable")
        starts = np.searchsorted(groups[order], np.arange(count + 1))
        for first in range(0, count, at_once):
            last = min(first + at_once, count)
            places = order[starts[first] : starts[last]]
            chosen = groups[places] - first
            vectors[chosen, places] = np.nan
            yield first, np.isnan(self._multiply(vectors[: self._padded(last - first)]))[: last - first]
            vectors[chosen, places] = 0

    def _padded(self, count: int) -> int:
        """The number of vectors for `count` of them, with zeros at the end, so that all lanes have one."""
        return -(-count // self._lanes) * self._lanes

    def _multiply(self, vectors: NDArray[Any]) -> NDArray[Any]:
        count = len(vectors)
        together = (self._lanes,) if self._lanes > 1 else ()
        self.passes += count // self._lanes
        with np.errstate(all="ignore"):
            products = self._product(*self._args, vectors.reshape(count // self._lanes, *together, *self._given))
        return np.asarray(products).reshape(count, self._length(self._result))

    @staticmethod
    def _length(shape: tuple[int, ...]) -> int:
        return int(np.prod(shape, dtype=np.int64))


def probed_numbers(given: int, result: int) -> int:
    """How many numbers each vector of `given` takes: itself, its product, and what is NaN in that."""
    return given + 2 * result


def require_numbers(results: Any, of: str) -> None:
    """Check that no result is NaN where dependence is going to be looked for.

    Raises
    ------
    PatternError
        If one is; the message names its row.
    """
    bad = np.argwhere(np.isnan(results))
    if len(bad):
        row = ", ".join(map(str, bad[0].tolist())) or "the only one"
        raise PatternError(
            f"{of}: at this point row {row} is NaN whatever it depends on ({len(bad)} such rows), because a value or a "
            "derivative there is NaN or infinite. Detect the pattern at another point with at=[(arguments), ...], or "
            "give it with pattern=."
        )
