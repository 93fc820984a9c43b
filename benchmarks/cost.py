"""Use case A: what one partial, and the whole gradient, costs over one evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from figure import Figure, figure, ratio
from kernels import SOURCE
from timing import Call, Effort, seconds

import zymogen as zg

_SIZES = {"1e3": 10**3, "1e4": 10**4, "1e6": 10**6}
_GOAL = 1.15
_MATH: tuple[Literal["fast", "strict"], ...] = ("fast", "strict")


def measure(effort: Effort) -> Iterator[Figure]:
    """For each size: the evaluation in microseconds, then ratios to it; results of length n go to `out=`."""
    before = zg.get_num_threads()
    zg.set_num_threads(1)
    try:
        for math in _MATH:
            f = zg.compile(SOURCE, math=math).bump
            for size, n in _SIZES.items():
                yield from _for_size(f, f"n = {size}, {math}", n, effort, goal=math == "fast" and n > 1000)
    finally:
        zg.set_num_threads(before)


def _for_size(f: zg.Kernel, topic: str, n: int, effort: Effort, *, goal: bool) -> Iterator[Figure]:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(2, n)) / np.sqrt(n)
    names = {
        "x": x,
        "y": y,
        "i": n // 2,
        "gx": np.empty(n),
        "gy": np.empty(n),
        "f": f,
        "partial": zg.partial(f, ("x", n // 2)),
        "open": zg.partial(f, "x"),
        "grad": zg.grad(f, "x"),
        "both": zg.grad(f, ("x", "y")),
    }
    statements = {
        "evaluation": "f(x, y)",
        "partial, component bound": "partial(x, y)",
        "partial, component open": "open(x, y, i)",
        "gradient in x": "grad(x, y, out=gx)",
        "gradient in x and y": "both(x, y, out=(gx, gy))",
        "gradient in x, new result": "grad(x, y)",
    }
    samples = seconds({name: Call(text, names) for name, text in statements.items()}, effort)
    base = samples["evaluation"]
    topic = f"A: cost, {topic}"
    yield figure(topic, "evaluation", "us", [1e6 * value for value in base])
    for name in list(statements)[1:]:
        limit = _GOAL if goal and name == "partial, component bound" else None
        yield ratio(topic, name, samples[name], base, limit)
