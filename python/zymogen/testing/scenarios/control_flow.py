"""Branches and loops that depend on real numbers, on integers and on truth values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mpmath import mp

from zymogen.testing.scenarios.scenario import Scenario, shared_source

SOURCE = shared_source("control_flow")


def _piecewise(x: Any) -> Any:
    s = mp.mpf(0)
    for e in x:
        s += e * e if e < -1 else mp.exp(e) if e < 0.5 else mp.sin(e) * s
    return s


def _respond(x: Any, kind: int) -> Any:
    rules: dict[int, Callable[[Any], Any]] = {
        0: lambda e: e,
        1: lambda e: e * e,
        2: lambda e: mp.cos(e) + e**3,
        3: lambda e: e**3,
    }
    return [rules[kind](e) if kind in rules else 1 / e for e in x]


def _leaky(x: Any, slope: Any) -> Any:
    return [e * e if e > 0 else slope * e for e in x]


def _crossing(x: Any, level: Any) -> Any:
    total = mp.mpf(0)
    for i, e in enumerate(x):
        if total + e * e > level:
            return i + (level - total) / (e * e)
        total += e * e
    return total / level


def _kepler(M: Any, e: Any) -> Any:
    E = M
    for _ in range(20):  # the exact root: Newton's method to many more digits than the kernel
        E -= (E - e * mp.sin(E) - M) / (1 - e * mp.cos(E))
    return E


def _arithmetic_geometric_mean(a: Any, b: Any) -> Any:
    while abs(a - b) > 1e-9 * a:  # it ends where the kernel ends, and is as far from the limit
        a, b = (a + b) / 2, mp.sqrt(a * b)
    return a


def _collatz(x: Any, start: int) -> Any:
    while start != 1:
        x, start = (mp.sin(x) + 1, 3 * start + 1) if start % 2 else (x * x / 2, start // 2)
    return x


def _penalty(x: Any, logarithmic: bool) -> Any:
    s = (x**2).sum()
    return mp.log(1 + s) if logarithmic else s * s


def _selected(x: Any, label: Any, use: Any) -> Any:
    return sum((k * e * e for e, k, wanted in zip(x, label, use, strict=True) if wanted), mp.mpf(0))


def _series(x: Any) -> Any:
    total, term, k = mp.mpf(0), mp.mpf(1), 1
    while True:
        total += term
        term *= x / k
        if abs(term) < 1e-8:
            return total
        if k % 2:
            total += term * x
        k += 1


TABLE = (
    Scenario("piecewise", SOURCE, _piecewise, {"x": [-1.5, 0.25, 0.75, 2.0]}, others=({"x": [1.0, 0.25, -2.0]},)),
    Scenario(
        "respond",
        SOURCE,
        _respond,
        {"x": [0.5, 1.5, -0.75], "kind": 2},
        ("y",),
        tuple({"kind": k} for k in (0, 1, 3, 9)),
    ),
    Scenario("leaky", SOURCE, _leaky, {"x": [0.5, -1.5, 2.0, -0.25], "slope": 0.125}, ("y",)),
    Scenario(
        "crossing",
        SOURCE,
        _crossing,
        {"x": [0.5, 1.0, -1.5, 2.0], "level": 2.5},
        others=({"level": 0.125}, {"level": 9.0}),
    ),
    Scenario("kepler", SOURCE, _kepler, {"M": 0.75, "e": 0.375}, others=({"M": 3.0, "e": 0.0625},)),
    Scenario(
        "arithmetic_geometric_mean", SOURCE, _arithmetic_geometric_mean, {"a": 3.0, "b": 1.25}, others=({"b": 100.0},)
    ),
    Scenario("collatz", SOURCE, _collatz, {"x": 0.75, "start": 6}, others=({"start": 1}, {"start": 5})),
    Scenario(
        "penalty", SOURCE, _penalty, {"x": [0.5, -1.5, 2.0], "logarithmic": True}, others=({"logarithmic": False},)
    ),
    Scenario("selected", SOURCE, _selected, {"x": [0.5, -1.5, 2.0], "label": [3, -2, 5], "use": [True, False, True]}),
    Scenario("series", SOURCE, _series, {"x": 0.75}, others=({"x": -2.0},)),
    Scenario(
        "repeated_squares", SOURCE, lambda x, k: x**k, {"x": 1.25, "k": 11}, others=({"k": 0}, {"k": 1}, {"k": 8})
    ),
)
