"""Sparse Hessians: columns from products with the derivative of the gradient, each entry used for its mirror too."""

from __future__ import annotations

from math import prod
from typing import Any

from scipy.sparse import csr_array

from zymogen.planning.lanes import LANES
from zymogen.runtime.kernel import Kernel
from zymogen.sparse.call import Call
from zymogen.sparse.coloring import Coloring, color_hessian
from zymogen.sparse.derivative import SparseDerivative
from zymogen.sparse.detection import Stopwatch, detect
from zymogen.sparse.pattern import symmetrised
from zymogen.sparse.probe import Probe, probed_numbers
from zymogen.sparse.products import hessian_times, lanes_within_limit, strict


class SparseHessian(SparseDerivative):
    """What `sparse_hessian` gives."""

    operator = "sparse_hessian"
    _is_symmetric = True

    def _multiply_from_right(self) -> Kernel:
        return hessian_times(self._f, self._argument, self._name)

    def _entry(self) -> str:
        x = self._argument
        return f"d2 {self._f.plan.outputs[0].array.name} / d {x}[row] d {x}[column]"

    def _dims(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        dims = next(operand.dims for operand in self._f.operands if operand.name == self._argument)
        return dims, dims

    def _multiply(self, *_: Any) -> Kernel:
        # Lanes gained nothing where it was measured: what is kept between the two passes grows with them.
        return self._multiply_from_right()

    def _color(self, pattern: csr_array) -> Coloring:
        return color_hessian(pattern)

    def _detect(self, call: Call, watch: Stopwatch) -> csr_array:
        rows, columns = (call.shape(dims) for dims in self._dims())
        lanes = lanes_within_limit(LANES, probed_numbers(prod(columns), prod(rows)))
        with watch.paused():
            product = hessian_times(strict(self._f), self._argument, self._name, lanes)
        probe = Probe(product, call, columns, rows, self._name)
        # A row is a column by symmetry.
        pattern = symmetrised(detect(probe, lambda: probe, (prod(rows), prod(columns))))
        watch.passes += probe.passes
        return pattern
