"""Sparse Jacobians: columns from forward passes, or rows from reverse passes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import prod
from typing import Any, Literal

from scipy.sparse import csr_array

from zymogen.errors import EnzymeError, NotCompiledError
from zymogen.planning.lanes import LANES
from zymogen.runtime.kernel import Kernel
from zymogen.sparse.call import Call
from zymogen.sparse.coloring import Coloring, color_jacobian
from zymogen.sparse.derivative import SparseDerivative
from zymogen.sparse.detection import Stopwatch, detect
from zymogen.sparse.probe import Probe, probed_numbers
from zymogen.sparse.products import jacobian_times, lanes_within_limit, strict, times_jacobian

Mode = Literal["auto", "forward", "reverse"]


class SparseJacobian(SparseDerivative):
    """What `sparse_jacobian` gives."""

    operator = "sparse_jacobian"
    _is_symmetric = False

    def __init__(
        self,
        f: Kernel,
        argument: str,
        name: str,
        pattern: Any,
        at: Sequence[tuple[Any, ...]] | None,
        *,
        verify: bool,
        mode: Mode,
    ) -> None:
        self._mode: Mode = mode
        super().__init__(f, argument, name, pattern, at, verify=verify)

    def _multiply_from_right(self) -> Kernel:
        return jacobian_times(self._f, self._argument, self._name)

    def _entry(self) -> str:
        return f"d {self._f.plan.outputs[0].array.name}[row] / d {self._argument}[column]"

    def _dims(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        columns = next(operand.dims for operand in self._f.operands if operand.name == self._argument)
        return self._f.plan.outputs[0].dims, columns

    def _multiply(self, coloring: Coloring, shape: tuple[int, int]) -> Kernel:
        if coloring.mode == "reverse":
            return times_jacobian(self._f, self._argument)
        return jacobian_times(self._f, self._argument, self._name, lanes_within_limit(coloring.count, sum(shape)))

    def _color(self, pattern: csr_array) -> Coloring:
        coloring = color_jacobian(pattern, self._mode)
        if self._mode == "auto" and coloring.mode == "reverse":
            try:
                times_jacobian(self._f, self._argument).build()
            except (EnzymeError, NotCompiledError):  # more passes, but forward
                return color_jacobian(pattern, "forward")
        return coloring

    def _detect(self, call: Call, watch: Stopwatch) -> csr_array:
        f = strict(self._f)
        rows, columns = (call.shape(dims) for dims in self._dims())
        lanes = lanes_within_limit(LANES, probed_numbers(prod(columns), prod(rows)))
        with watch.paused():
            product = jacobian_times(f, self._argument, self._name, lanes).build()
        forward = Probe(product, call, columns, rows, self._name)
        probes = [forward]

        @cache
        def reverse() -> Probe | None:
            if self._mode == "forward":
                return None
            try:
                with watch.paused():
                    product = times_jacobian(f, self._argument).build()
            except (EnzymeError, NotCompiledError):
                return None
            probes.append(Probe(product, call, rows, columns, self._name))
            return probes[-1]

        pattern = detect(forward, reverse, (prod(rows), prod(columns)))
        watch.passes += sum(probe.passes for probe in probes)
        return pattern
