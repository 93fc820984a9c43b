"""Sparse derivatives of 1e5 unknowns: refilling a matrix over evaluating the kernel, and what the plan takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import numpy as np
from figure import Figure, figure, ratio
from kernels import SPARSE
from timing import Call, Effort, seconds

import zymogen as zg
from zymogen import _core
from zymogen.sparse.coloring import color_hessian, color_jacobian, sources

_N = 100_000
_GOAL = 12.0


def measure(effort: Effort) -> Iterator[Figure]:
    """On one thread: a Jacobian, then a Hessian; both of three diagonals, in three colours."""
    lib = zg.compile(SPARSE)
    before = zg.get_num_threads()
    zg.set_num_threads(1)
    try:
        topic = "sparse: tridiagonal Jacobian, n = 1e5"
        yield from _refill(topic, lib.broyden, zg.sparse_jacobian, np.empty(_N), effort, goal=_GOAL)
        yield from _plan(topic, lib.broyden, zg.sparse_jacobian, lambda p: color_jacobian(p, "auto"), effort)
        topic = "sparse: chained Rosenbrock Hessian, n = 1e5"
        yield from _refill(topic, lib.rosenbrock, zg.sparse_hessian, np.empty(()), effort, goal=None)
        yield from _plan(topic, lib.rosenbrock, zg.sparse_hessian, color_hessian, effort)
    finally:
        zg.set_num_threads(before)


def _point() -> np.ndarray:
    return np.random.default_rng(0).normal(size=_N)


def _refill(
    topic: str, f: zg.Kernel, operator: Callable[..., Any], y: np.ndarray, effort: Effort, goal: float | None
) -> Iterator[Figure]:
    derivative, x = operator(f), _point()
    matrix = derivative(x)
    index = sources(derivative.pattern, derivative.coloring).astype(np.int32)
    products, entries = np.ones((1, derivative.coloring.count * _N)), np.empty((1, derivative.pattern.nnz))
    names = {"f": f, "derivative": derivative, "x": x, "matrix": matrix, "y": y, "gather": _core.gather}
    names |= {"products": products, "index": index, "entries": entries}
    statements = {
        "evaluation": "f(x, out=y)",
        "refill": "derivative(x, out=matrix)",
        "gather alone": "gather(products, index, entries)",
    }
    samples = seconds({name: Call(text, names) for name, text in statements.items()}, effort)
    for name in statements:
        yield figure(topic, name, "us", [1e6 * value for value in samples[name]])
    yield ratio(topic, "refill over evaluation", samples["refill"], samples["evaluation"], goal)


def _plan(
    topic: str, f: zg.Kernel, operator: Callable[..., Any], color: Callable[[Any], Any], effort: Effort
) -> Iterator[Figure]:
    """Detection without the time in which its code is compiled, and colouring without detection."""
    times = []
    for _ in range(effort.processes):
        derivative = operator(f, at=[(_point(),)])
        pattern = derivative.pattern
        start = perf_counter()
        color(pattern)
        times.append((derivative.detection.seconds, perf_counter() - start))
    detection, coloring = zip(*times, strict=True)
    yield figure(topic, "detection of the pattern", "ms", [1e3 * value for value in detection])
    yield figure(topic, "passes of detection", "", [derivative.detection.passes])
    yield figure(topic, "colouring", "ms", [1e3 * value for value in coloring])
    yield figure(topic, "colours", "", [derivative.coloring.count])
