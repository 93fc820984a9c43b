"""Constructs of C++."""

from __future__ import annotations

from typing import Any

from mpmath import mp

from zymogen.testing.scenarios.scenario import Scenario, shared_source

SOURCE = shared_source("language")


def _in_std_array(x: Any) -> Any:
    a = b = c = mp.mpf(1)
    for e in x:
        a, b, c = b * e, c + e, a - e * e
    return a + b * c


def _in_a_struct(a: Any, b: Any, factor: Any) -> Any:
    a, b = a * factor**3, b / (1 + factor**2) ** 3
    return 3 * a * b + a * a


def _by_a_lambda(a: Any, to: Any) -> Any:
    weights = [1, 4, 2, 4, 2, 4, 2, 4, 1]
    return to / 24 * sum(w * mp.exp(-a * (i * to / 8) ** 2) for i, w in enumerate(weights))


def _by_recursion(x: Any, depth: int = 3) -> Any:
    if depth == 0:
        return mp.sin(x)
    return _by_recursion(x * x / 2, depth - 1) * _by_recursion(x + 0.5, depth - 1) + x


def _by_virtual_calls(x: Any, first: int) -> Any:
    return sum((4 * r**3 if (i + first) % 2 else 3 * r**2 for i, r in enumerate(x)), mp.mpf(0))


TABLE = (
    Scenario("in_std_array", SOURCE, _in_std_array, {"x": [0.5, 1.25, -0.75, 2.0]}),
    Scenario("in_a_struct", SOURCE, _in_a_struct, {"a": 1.5, "b": 0.75, "factor": 1.25}),
    Scenario("by_a_lambda", SOURCE, _by_a_lambda, {"a": 0.75, "to": 1.5}),
    Scenario("by_recursion", SOURCE, _by_recursion, {"x": 0.875}),
    Scenario(
        "by_virtual_calls", SOURCE, _by_virtual_calls, {"x": [0.5, 1.25, 2.0], "first": 0}, others=({"first": 1},)
    ),
)
