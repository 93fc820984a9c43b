"""One call with n = 2: what it costs to get into a kernel and out again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from figure import Figure, figure
from kernels import SOURCE
from timing import Call, Effort, seconds

import zymogen as zg

_TOPIC = "one call, n = 2"

# Two functions of NumPy with two arguments, for the share that is NumPy's own.
_NUMPY = {"np.add(x, y)": "np.add(x, y)", "np.add(x, y, out=r)": "np.add(x, y, out=r)"}
if hasattr(np, "vecdot"):
    _NUMPY["np.vecdot(x, y), a gufunc"] = "np.vecdot(x, y)"

_STATEMENTS = {
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
_GOALS = {"kernel": 1.5, "partial, component bound": 2.0}


def measure(effort: Effort) -> Iterator[Figure]:
    """Microseconds for one call from a Python loop; the loop itself takes some 0.01 of them."""
    f = zg.compile(SOURCE).bump
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
    calls = {name: Call(text, names) for name, text in (_STATEMENTS | _NUMPY).items()}
    for name, samples in seconds(calls, effort).items():
        yield figure(_TOPIC, name, "us", [1e6 * value for value in samples], _GOALS.get(name))
