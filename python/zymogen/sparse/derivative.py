"""Sparse derivatives: all nonzero entries of a Jacobian or Hessian, from one product for each colour."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from math import prod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from zymogen.errors import ArgumentError, PatternError
from zymogen.runtime.explanation import Explained, Explanation
from zymogen.runtime.kernel import Kernel
from zymogen.runtime.lazy import lazy
from zymogen.sparse.call import Call
from zymogen.sparse.coloring import Coloring
from zymogen.sparse.compression import Compression
from zymogen.sparse.description import page
from zymogen.sparse.detection import Detection, Stopwatch
from zymogen.sparse.pattern import given_pattern
from zymogen.sparse.plan import SparsePlan
from zymogen.sparse.search import Search
from zymogen.sparse.verification import require_products


class SparseDerivative(Explained, ABC):
    """A sparse matrix of derivatives, whose pattern is found or given once and then filled again and again.

    Called with the arguments of the kernel, it gives a `scipy.sparse.csr_array`. Its rows are the components of the
    result and its columns those of the argument, both numbered row by row where they have more than one dimension.
    A pattern that was found at a call grows when calls with other integer arguments need more entries.
    Calls from several threads run at the same time.
    """

    def __init__(
        self, f: Kernel, argument: str, name: str, pattern: Any, at: Sequence[tuple[Any, ...]] | None, *, verify: bool
    ) -> None:
        self._f = f
        self._argument = argument
        self._name = name
        self._verify = verify
        self._search = Search(f, name, at)
        self._is_given = pattern is not None
        self._grown = False
        self._start()
        given = None if pattern is None else given_pattern(pattern, name, symmetric=self._is_symmetric)
        self._plan = None if given is None else self._planned(given)

    def _start(self) -> None:
        self._lock = threading.Lock()
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
        plan, compression = self._plan_for(call)
        dtype = compression.dtype
        matrix = plan.matrix(dtype) if out is None else plan.checked(out, dtype, grown=self._grown)
        self._fill(plan, compression, call, matrix.data)
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
        plan, compression = self._plan_for(call)
        shape = (*call.batch, plan.pattern.nnz)
        data = np.empty(shape, compression.dtype) if out is None else out
        if data.shape != shape or not np.can_cast(compression.dtype, data.dtype, "same_kind"):
            raise ArgumentError(
                f"{self._name}: out has shape {data.shape} and element type {data.dtype}. "
                f"Expected are {shape} and {compression.dtype}."
            )
        self._fill(plan, compression, call, data)
        return data

    def build(self, *args: Any) -> Self:
        """Compile now all that calls with such arguments need, or find it in the cache; gives the derivative itself.

        Parameters
        ----------
        *args : arguments of a call, at which the pattern is detected. None are needed where it is given, or where
            `at` says where it is detected

        Raises
        ------
        PatternError
            If there are none, and they are needed.
        """
        plan = self._plan_for(Call.read(self._f, args, f"{self._name}.build"))[0] if args else self._found()
        plan.product.build()
        if self._verify:
            self._checking_product.build()
        return self

    @property
    def pattern(self) -> csr_array:
        """Which entries there are: a `csr_array` of booleans, all of them true, which is read-only.

        Raises
        ------
        PatternError
            If it is to be detected at the first call, and there was none.
        """
        return self._found().pattern

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the matrix."""
        m, n = self.pattern.shape
        return m, n

    @property
    def coloring(self) -> Coloring:
        """Which columns, or rows, one product serves together."""
        return self._found().coloring

    @property
    def detection(self) -> Detection | None:
        """How the pattern was found: passes, seconds, points; None if it was given."""
        self._found()
        return self._search.detection

    @property
    def derivative(self) -> Kernel:
        """The derivative that is called with one vector for each colour; it takes the vector last."""
        return self._found().product

    def explain(self) -> Explanation:
        """The plan: pattern, colours, passes for each call, and memory. What `at` asks for is detected now."""
        plan = self._plan if self._search.needs_a_call else self._found()
        rows, columns = (", ".join(dims) or "1" for dims in self._dims())
        return page(
            self._name,
            f"({rows}) x ({columns}), {self._entry()}",
            None if plan is None else (plan.pattern.shape, plan.pattern.nnz),
            None if plan is None else self.detection,
            None if plan is None else plan.coloring,
            None if plan is None else plan.made,
        )

    def __repr__(self) -> str:
        return f"<{self}>"

    def __str__(self) -> str:
        plan = self._plan
        if plan is None:
            return f"{self._name}: the pattern is not detected yet"
        (m, n), count = plan.pattern.shape, plan.pattern.nnz
        return f"{self._name}: {m} x {n}, {count} entries, {plan.coloring.count} colours"

    def __getstate__(self) -> dict[str, Any]:
        transient = ("_lock", "_random", "_plan", "_checking_product")
        state = {name: value for name, value in self.__dict__.items() if name not in transient}
        plan = self._plan
        return {**state, "_plan": None if plan is None else (plan.pattern, plan.colored)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._start()
        self._plan = None if state["_plan"] is None else self._planned(*state["_plan"])

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
    def _multiply(self, coloring: Coloring, shape: tuple[int, int]) -> Kernel:
        """The derivative that multiplies the matrix, of this shape, by vectors, in the mode of the colouring."""

    @abstractmethod
    def _multiply_from_right(self) -> Kernel:
        """The derivative that multiplies the matrix by a vector from the right, for verification."""

    @abstractmethod
    def _detect(self, call: Call, watch: Stopwatch) -> csr_array:
        """The pattern at one point."""

    @abstractmethod
    def _color(self, pattern: csr_array) -> Coloring: ...

    # From arguments to a plan, and from the plan to numbers.

    def _planned(self, pattern: csr_array, coloring: Coloring | None = None) -> SparsePlan:
        return SparsePlan(self._name, pattern, self._color, self._multiply, coloring)

    def _plan_for(self, call: Call) -> tuple[SparsePlan, Compression]:
        rows, columns = (call.shape(dims) for dims in self._dims())
        # In this order: another thread first puts its plan in place, and then says what that has met.
        done = self._is_given or self._search.is_done_for(call)
        plan = self._plan or self._found(call)
        size = (prod(rows), prod(columns))
        if size != plan.pattern.shape:
            raise PatternError(
                f"{self._name}: the arguments make a matrix of shape {size}, and the pattern is of shape "
                f"{plan.pattern.shape}. Make another {self.operator} for other sizes."
            )
        if not done:
            plan = self._found(call)
        return plan, plan.compression(call, rows, columns)

    def _found(self, call: Call | None = None) -> SparsePlan:
        """The plan for the pattern, with all that is found at a call if there is one."""
        plan = self._plan
        if plan is not None and (self._is_given or call is None):
            return plan
        with self._lock:
            plan = self._plan
            before = None if plan is None else plan.pattern
            pattern, met = self._search.extend(before, call, self._detect)
            if plan is None or pattern is not before:
                self._grown = plan is not None
                plan = self._plan = self._planned(pattern)
            if call is not None:
                self._search.meet(call, met)
        return plan

    def _fill(self, plan: SparsePlan, compression: Compression, call: Call, data: NDArray[Any]) -> None:
        """Compute all entries, and verify them if that is wanted."""
        # Entries are written while arguments are still read.
        target = np.empty_like(data) if call.may_overlap(data) else data
        compression.fill(call, target)
        if self._verify:
            shape = call.shape(self._dims()[1])
            vector = self._random.standard_normal(shape).astype(compression.dtype)
            with np.errstate(all="ignore"):
                products = self._checking_product(*call.args, vector)
            require_products(self._name, plan.pattern, target, vector, products, detected=not self._is_given)
        if target is not data:
            data[...] = target

    @lazy
    def _checking_product(self) -> Kernel:
        return self._multiply_from_right()
