"""Use cases B and C, as a batch and call by call, and what a second thread gives."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from figure import Figure, figure, ratio
from kernels import SOURCE
from timing import Call, Effort, seconds

import zymogen as zg

_ROWS = 100_000


def measure(effort: Effort) -> Iterator[Figure]:
    """Use cases B and C on one thread, then a heavy batch on one and on two."""
    lib = zg.compile(SOURCE)
    before = zg.get_num_threads()
    try:
        zg.set_num_threads(1)
        yield from _third_derivative(lib.product, effort)
        yield from _derivative_in_a_scalar(lib.rs, effort)
        yield from _two_threads(lib.waves, effort)
    finally:
        zg.set_num_threads(before)


def _third_derivative(f: zg.Kernel, effort: Effort) -> Iterator[Figure]:
    rows = np.random.default_rng(0).normal(size=(_ROWS, 5))
    third = zg.partial(f, ("x", 0), ("x", 2), ("x", 4))
    names = {"f": f, "third": third, "rows": rows, "row": rows[0], "out": np.empty(_ROWS)}
    yield from _against(
        "B: third partial, a batch of 1e5 rows", "f(rows, out=out)", "third(rows, out=out)", names, effort
    )
    yield from _against("B: third partial, one call", "f(row)", "third(row)", names, effort)


def _derivative_in_a_scalar(f: zg.Kernel, effort: Effort) -> Iterator[Figure]:
    x = np.arange(-10.0, 11.0)
    m = np.linspace(-1, 1, _ROWS)
    names = {"f": f, "dm": zg.partial(f, "m"), "x": x, "d": 1 / (1 + x**2), "m": m, "out": np.empty((_ROWS, 21))}
    batch = "C: derivative in a scalar, 1e5 values of m"
    yield from _against(batch, "f(x, d, m, out=out)", "dm(x, d, m, out=out)", names, effort, goal=2.0)
    yield from _against("C: derivative in a scalar, one call", "f(x, d, 0.25)", "dm(x, d, 0.25)", names, effort)


def _against(
    topic: str, evaluation: str, derivative: str, names: dict[str, object], effort: Effort, goal: float | None = None
) -> Iterator[Figure]:
    calls = {"evaluation": Call(evaluation, names), "derivative": Call(derivative, names)}
    samples = seconds(calls, effort)
    yield figure(topic, "evaluation", "us", [1e6 * value for value in samples["evaluation"]])
    yield figure(topic, "derivative", "us", [1e6 * value for value in samples["derivative"]])
    yield ratio(topic, "derivative over evaluation", samples["derivative"], samples["evaluation"], goal)


def _two_threads(f: zg.Kernel, effort: Effort) -> Iterator[Figure]:
    rows = np.random.default_rng(0).normal(size=(1000, 30))
    grad = zg.grad(f, "x")
    names = {"set": zg.set_num_threads, "grad": grad, "rows": rows, "out": np.empty(rows.shape)}
    calls = {count: Call(f"set({count}); grad(rows, out=out)", names) for count in ("1", "2")}
    samples = seconds(calls, effort)
    topic = "threads: a heavy gradient, 1000 rows"
    yield figure(topic, "1 thread", "ms", [1e3 * value for value in samples["1"]])
    yield figure(topic, "2 threads", "ms", [1e3 * value for value in samples["2"]])
    yield ratio(topic, "2 threads over 1", samples["2"], samples["1"])
