"""Complex numbers inside, real arguments and results."""

from __future__ import annotations

from typing import Any

from mpmath import mp

from zymogen.testing.scenarios.scenario import Scenario, shared_source

SOURCE = shared_source("complex_numbers")


def _resonance(w: Any, R: Any, L: Any, C: Any) -> Any:
    return [R / mp.sqrt(R**2 + (e * L - 1 / (e * C)) ** 2) for e in w]


def _complex_functions(a: Any, b: Any) -> Any:
    # In real arithmetic: steps in mpmath's complex functions would be taken along both parts.
    r2 = a * a + b * b
    angle = mp.atan2(b, a)
    product = mp.exp(a) * (mp.cos(b) * mp.log(r2) / 2 - mp.sin(b) * angle)
    return product + mp.sqrt(r2) / ((a + 2) ** 2 + b * b) + 2 * angle


TABLE = (
    Scenario("resonance", SOURCE, _resonance, {"w": [0.5, 1.25], "R": 0.75, "L": 1.5, "C": 0.625}, ("gain",)),
    Scenario("complex_functions", SOURCE, _complex_functions, {"a": 0.75, "b": 0.5}),
)
