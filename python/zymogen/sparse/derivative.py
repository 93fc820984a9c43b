"""Sparse derivatives: all nonzero entries of a Jacobian or Hessian, from one product for each colour."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from zymogen.errors import ArgumentError, PatternError
from zymogen.runtime.explanation import Explanation
from zymogen.runtime.kernel import Kernel
from zymogen.sparse.call import Call, element_type
from zymogen.sparse.coloring import Coloring, sources
from zymogen.sparse.compression import Compression
from zymogen.sparse.description import page
from zymogen.sparse.detection import Detection, Stopwatch
from zymogen.sparse.pattern import Known, given_pattern, union
from zymogen.sparse.probe import require_numbers
from zymogen.sparse.verification import require_product


class SparseDerivative(ABC):
    """A sparse matrix of derivatives, whose pattern is found or given once and then filled again and again.

    Called with the arguments of the kernel, it gives a `scipy.sparse.csr_array`. Its rows are the components of the
    result and its columns those of the argument, both numbered row by row where they have more than one dimension.
    Calls from several threads run at the same time.
    """

    def __init__(
        self, f: Kernel, argument: str, name: str, pattern: Any, at: Sequence[tuple[Any, ...]] | None, *, verify: bool
    ) -> None:
        self._f = f
        self._argument = argument
        self._name = name
        self._pattern = None if pattern is None else given_pattern(pattern, name, symmetric=self._is_symmetric)
        self._at = at
        self._verify = verify
        self._detection: Detection | None = None
        self._coloring: Coloring | None = None
        self._product: Kernel | None = None
        self._checking_product: Kernel | None = None
        self._start()

    def _start(self) -> None:
        self._lock = threading.Lock()
        self._compressions: dict[np.dtype[Any], Compression] = {}
        self._random = np.random.default_rng(0)

    def __call__(self, *args: Any, out: csr_array | None = None) -> csr_array:
        """The matrix at one point.

        Parameters
        ----------
        *args : arguments of the kernel
        out : what an earlier call gave, or another `csr_array` with this pattern, whose data are replaced

        Returns
        -------
        csr_array of shape (components of the result, components of the argument); `out` if it is given

        Raises
        ------
        ArgumentError
            If the arguments are a batch.
        PatternError
            If `out` has another pattern or element type, or the arguments are of other sizes than the pattern.
        WrongDerivativeError
            With ``verify=True``, if the pattern lacks entries at this point.
        """
        call = Call.read(self._f, args, self._name)
        if call.batch:
            raise ArgumentError(
                f"{self._name}: the arguments are a batch of shape {call.batch}, and one matrix has one point. "
                "Use .values(...), which gives the entries of all of them, of shape (*batch, entries)."
            )
        compression = self._compression(call)
        matrix = self._empty(compression.dtype) if out is None else self._checked(out, compression.dtype)
        compression.fill(call, matrix.data)
        if self._verify:
            self._verify_products(call, matrix.data)
        return matrix

    def values(self, *args: Any, out: NDArray[Any] | None = None) -> NDArray[Any]:
        """The entries at one point or a batch of them, which share the pattern.

        Parameters
        ----------
        *args : arguments of the kernel; dimensions before their own are a batch and broadcast
        out : array to write to

        Returns
        -------
        array of shape (..., entries), in the order of the pattern's data; `out` if it is given
        """
        call = Call.read(self._f, args, self._name)
        compression = self._compression(call)
        shape = (*call.batch, self.pattern.nnz)
        data = np.empty(shape, compression.dtype) if out is None else out
        if data.shape != shape or not np.can_cast(compression.dtype, data.dtype, "same_kind"):
            raise ArgumentError(
                f"{self._name}: out has shape {data.shape} and element type {data.dtype}. "
                f"Expected are {shape} and {compression.dtype}."
            )
        compression.fill(call, data)
        if self._verify:
            self._verify_products(call, data)
        return data

    @property
    def pattern(self) -> csr_array:
        """Which entries there are: a `csr_array` of booleans, all of them true, which is read-only.

        Raises
        ------
        PatternError
            If it is to be detected at the first call, and there was none.
        """
        return self._found(None)

    @cached_property
    def _known(self) -> Known:
        return Known(self.pattern)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the matrix."""
        m, n = self.pattern.shape
        return m, n

    @property
    def coloring(self) -> Coloring:
        """Which columns, or rows, one product serves together."""
        if self._coloring is None:
            self._coloring = self._color(self.pattern)
        return self._coloring

    @property
    def detection(self) -> Detection | None:
        """How the pattern was found: passes, seconds, points; None if it was given."""
        _ = self.pattern
        return self._detection

    @property
    def derivative(self) -> Kernel:
        """The derivative that is called with one vector for each colour; it takes the vector last."""
        if self._product is None:
            self._product = self._multiply()
        return self._product

    def explain(self) -> Explanation:
        """The plan: pattern, colours, passes for each call, and memory."""
        known = self._pattern is not None or self._at is not None
        rows, columns = (", ".join(dims) or "1" for dims in self._dims())
        return page(
            self._name,
            f"({rows}) x ({columns}), {self._entry()}",
            (self.shape, self.pattern.nnz) if known else None,
            self.detection if known else None,
            self.coloring if known else None,
            next(iter(self._compressions.values()), None),
        )

    def __repr__(self) -> str:
        return f"<{self}>"

    def __str__(self) -> str:
        if self._pattern is None:
            return f"{self._name}: the pattern is not detected yet"
        (m, n), count = self._pattern.shape, self._pattern.nnz
        return f"{self._name}: {m} x {n}, {count} entries, {self.coloring.count} colours"

    def __getstate__(self) -> dict[str, Any]:
        transient = ("_lock", "_compressions", "_random", "_known")
        return {name: value for name, value in self.__dict__.items() if name not in transient}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._start()

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return self._name

    # What a Jacobian and a Hessian differ in.

    operator: str
    _is_symmetric: bool

    @abstractmethod
    def _entry(self) -> str:
        """What an entry is."""

    @abstractmethod
    def _dims(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names of the dimensions of rows and of columns."""

    @abstractmethod
    def _multiply(self) -> Kernel:
        """The derivative that multiplies the matrix by vectors, in the mode of the colouring."""

    @abstractmethod
    def _multiply_from_right(self) -> Kernel:
        """The derivative that multiplies the matrix by a vector from the right, for verification."""

    @abstractmethod
    def _detect(self, call: Call, watch: Stopwatch) -> csr_array:
        """The pattern at one point."""

    @abstractmethod
    def _color(self, pattern: csr_array) -> Coloring: ...

    # From arguments to a plan.

    def _compression(self, call: Call) -> Compression:
        rows, columns = (call.shape(dims) for dims in self._dims())
        self._found(call)
        size = (prod(rows), prod(columns))
        if size != self.pattern.shape:
            raise PatternError(
                f"{self._name}: the arguments make a matrix of shape {size}, and the pattern is of shape "
                f"{self.pattern.shape}. Make another {self.operator} for other sizes."
            )
        given, result = (rows, columns) if self.coloring.mode == "reverse" else (columns, rows)
        dtype = element_type(self.derivative, call.args, given)
        known = self._compressions.get(dtype)
        if known is None:
            places = sources(self.pattern, self.coloring)
            made = Compression(self.derivative, self.coloring.colors, places, given, result, dtype)
            known = self._compressions.setdefault(dtype, made)
        return known

    def _found(self, call: Call | None) -> csr_array:
        """The pattern, detected if it is not known yet: where `at` says, or else at the point of a call."""
        if self._pattern is None:
            with self._lock:
                if self._pattern is None:  # no other thread was faster
                    self._pattern = self._find(call)
        return self._pattern

    def _find(self, call: Call | None) -> csr_array:
        if self._at is not None:
            points = [Call.read(self._f, args, f"{self._name}, at=") for args in self._at]
        elif call is not None:
            points = [call]
        else:
            raise PatternError(
                f"{self._name}: the pattern is detected at the first call, and there was none. "
                "Call it, or give sample points with at=, or the pattern itself with pattern=."
            )
        watch = Stopwatch()
        pattern = None
        for point in points:
            row = point.first_row(self._name)
            with watch.paused(), np.errstate(all="ignore"):
                require_numbers(self._f(*row.args), self._name)
            found = self._detect(row, watch)
            if pattern is not None and pattern.shape != found.shape:
                raise PatternError(
                    f"{self._name}: points of at= make matrices of shapes {pattern.shape} and {found.shape}. "
                    "Expected is one size."
                )
            pattern = found if pattern is None else union(pattern, found)
        self._detection = watch.read(len(points))
        return pattern

    def _verify_products(self, call: Call, data: NDArray[Any]) -> None:
        """Compare the matrix times a random vector, for each row of a batch, with the product itself."""
        if self._checking_product is None:
            self._checking_product = self._multiply_from_right()
        pattern = self.pattern
        m, n = pattern.shape
        vector = self._random.standard_normal(n).astype(data.dtype)
        with np.errstate(all="ignore"):
            products = self._checking_product(*call.args, vector.reshape(call.shape(self._dims()[1])))
        rows = prod(call.batch)
        for entries, expected in zip(data.reshape(rows, -1), np.reshape(products, (rows, m)), strict=True):
            matrix = csr_array((entries, pattern.indices, pattern.indptr), shape=pattern.shape)
            require_product(self._name, matrix, vector, expected, detected=self._detection is not None)

    def _empty(self, dtype: np.dtype[Any]) -> csr_array:
        """A matrix with this pattern. Index arrays are its own: scipy changes them in place in some methods."""
        pattern = self.pattern
        arrays = (np.empty(pattern.nnz, dtype), pattern.indices.copy(), pattern.indptr.copy())
        matrix = csr_array(arrays, shape=pattern.shape)
        matrix.has_canonical_format = True
        self._known.add(matrix)
        return matrix

    def _checked(self, out: Any, dtype: np.dtype[Any]) -> csr_array:
        """`out`, if its data can be replaced."""
        kind = f"a {type(out).__name__}" if not isinstance(out, csr_array) else None
        if kind is None and out.dtype != dtype:
            kind = f"an array of {out.dtype}"
        if kind is None and out not in self._known:
            kind = f"an array of shape {out.shape} with another pattern of {out.nnz} entries"
        if kind is not None:
            raise PatternError(
                f"{self._name}: out is {kind}. Expected is a csr_array of {dtype} with the pattern of "
                f"{self.pattern.nnz} entries, such as an earlier call gave."
            )
        matrix: csr_array = out
        return matrix
