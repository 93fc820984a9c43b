"""calls: one call with vectors of two numbers from a Python loop, beside what NumPy's own functions take."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from figure import Figure
from goals import Figures, Goal
from timing import Call, Effort, seconds

import zymogen as zg

NAME = "calls"
_SIZE = "n = 2"
_GUFUNC = "np.vecdot(x, y), a gufunc"

# For the share that is NumPy's own; functions of two arguments.
_NUMPY = {"np.add(x, y)": "np.add(x, y)", "np.add(x, y, out=r)": "np.add(x, y, out=r)"}
if hasattr(np, "vecdot"):
    _NUMPY[_GUFUNC] = "np.vecdot(x, y)"

_ZYMOGEN = {
    "kernel": "f(x, y)",
    "kernel, out=": "f(x, y, out=s)",
    "partial, component bound": "partial(x, y)",
    "partial, component open": "open(x, y, i)",
    "partial, open, index as an array": "open(x, y, k)",
    "gradient in x": "grad(x, y)",
    "gradient in x, out=": "grad(x, y, out=r)",
    "gradient in x and y": "both(x, y)",
    "value and gradient": "value_and_grad(x, y)",
    "f.ufunc(x, y)": "ufunc(x, y)",
    "partial.ufunc(x, y)": "partial_ufunc(x, y)",
}


def _beyond_a_gufunc(figures: Figures) -> tuple[float, ...]:
    kernel = figures.samples(NAME, _SIZE, "kernel", "zymogen")
    gufunc = figures.samples(NAME, _SIZE, _GUFUNC, "NumPy")
    return tuple(1e6 * (a - b) for a, b in zip(kernel, gufunc, strict=True))


GOALS = (Goal("calls: a kernel beyond a gufunc of NumPy, us", 0.3, _beyond_a_gufunc),)


def measure(effort: Effort) -> Iterator[Figure]:
    """The Python loop itself takes some 0.01 us of each call."""
    f = zg.compile(Path(__file__).with_name("a_one_component.cpp").read_text(encoding="utf-8")).bump
    partial = zg.partial(f, ("x", 0))
    names = {
        "x": np.array([1.0, 2.0]),
        "y": np.array([0.0, 2.0]),
        "r": np.empty(2),
        "s": np.empty(()),
        "i": 0,
        "k": np.array(0),
        "np": np,
        "f": f,
        "ufunc": f.ufunc,
        "partial_ufunc": partial.ufunc,
        "partial": partial,
        "open": zg.partial(f, "x"),
        "grad": zg.grad(f, "x"),
        "both": zg.grad(f, ("x", "y")),
        "value_and_grad": zg.value_and_grad(f, "x"),
    }
    calls = {name: Call(text, names) for name, text in (_ZYMOGEN | _NUMPY).items()}
    for name, samples in seconds(calls, effort).items():
        yield Figure(NAME, _SIZE, name, "NumPy" if name in _NUMPY else "zymogen", tuple(samples))
