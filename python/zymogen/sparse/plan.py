"""What follows from a pattern: colours, the derivative that is called for them, and matrices with the pattern."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from zymogen.errors import ArgumentError, PatternError
from zymogen.runtime.kernel import Kernel
from zymogen.runtime.lazy import lazy
from zymogen.sparse.call import Call, element_type
from zymogen.sparse.coloring import Coloring, sources
from zymogen.sparse.compression import Compression
from zymogen.sparse.pattern import Known


class SparsePlan:
    """All that is made once for a pattern. Another pattern has another plan, and calls that run keep theirs.

    Parameters
    ----------
    color : colours a pattern
    multiply : makes the derivative that multiplies the matrix, of this shape, by vectors, in the colouring's mode
    coloring : where it is known already
    """

    def __init__(
        self,
        name: str,
        pattern: csr_array,
        color: Callable[[csr_array], Coloring],
        multiply: Callable[[Coloring, tuple[int, int]], Kernel],
        coloring: Coloring | None = None,
    ) -> None:
        self.pattern = pattern
        self._name = name
        self._color = color
        self._multiply = multiply
        self._compressions: dict[tuple[Any, ...], Compression] = {}
        if coloring is not None:
            self.__dict__["coloring"] = coloring

    @lazy
    def coloring(self) -> Coloring:
        return self._color(self.pattern)

    @property
    def colored(self) -> Coloring | None:
        """The colouring if it was made already."""
        return self.__dict__.get("coloring")

    @lazy
    def product(self) -> Kernel:
        """Multiplies by a vector, its last argument."""
        return self._multiply(self.coloring, self.pattern.shape)

    @property
    def made(self) -> Compression | None:
        """How entries were computed at the first call, if there was one."""
        return next(iter(self._compressions.values()), None)

    def compression(self, call: Call, rows: tuple[int, ...], columns: tuple[int, ...]) -> Compression:
        """How all entries are computed at a call; `rows` and `columns` are the shapes that these numbers stand for."""
        given, result = (rows, columns) if self.coloring.mode == "reverse" else (columns, rows)
        key = (element_type(self.product, call.args, given), given, result)
        known = self._compressions.get(key)
        if known is None:
            places = sources(self.pattern, self.coloring)
            made = Compression(self.product, self.coloring.colors, places, given, result, key[0])
            known = self._compressions.setdefault(key, made)
        return known

    def matrix(self, dtype: np.dtype[Any]) -> csr_array:
        """A matrix with this pattern. Index arrays are its own: scipy changes them in place in some methods."""
        pattern = self.pattern
        arrays = (np.empty(pattern.nnz, dtype), pattern.indices.copy(), pattern.indptr.copy())
        matrix = csr_array(arrays, shape=pattern.shape)
        matrix.has_canonical_format = True
        self._known.add(matrix)
        return matrix

    def checked(self, out: Any, dtype: np.dtype[Any], *, grown: bool) -> csr_array:
        """`out`, if its data can be replaced.

        Parameters
        ----------
        grown : whether there was a smaller pattern before, for the message
        """
        kind = f"a {type(out).__name__}" if not isinstance(out, csr_array) else None
        if kind is None and out.dtype != dtype:
            kind = f"an array of {out.dtype}"
        if kind is None and out not in self._known:
            kind = f"an array of shape {out.shape} with another pattern of {out.nnz} entries"
        if kind is None and not out.data.flags.writeable:
            raise ArgumentError(f"{self._name}: the data of out are read-only. Give a copy of it: out.copy().")
        if kind is not None:
            advice = (
                "such as a call without out= gives: the pattern has grown with sizes or integer arguments of calls."
                if grown and isinstance(out, csr_array)
                else "such as an earlier call gave."
            )
            raise PatternError(
                f"{self._name}: out is {kind}. Expected is a csr_array of {dtype} with the pattern of "
                f"{self.pattern.nnz} entries, {advice}"
            )
        matrix: csr_array = out
        return matrix

    @cached_property
    def _known(self) -> Known:
        return Known(self.pattern)
