"""Functions of <cmath>, each as one entry of a result."""

from __future__ import annotations

from typing import Any

from mpmath import mp

from zymogen.testing.scenarios.scenario import Scenario, shared_source

SOURCE = shared_source("elementary")


def _trigonometric(x: Any) -> Any:
    return [f(x) for f in (mp.sin, mp.cos, mp.tan, mp.asin, mp.acos, mp.atan)]


def _hyperbolic(x: Any) -> Any:
    return [mp.sinh(x), mp.cosh(x), mp.tanh(x), mp.asinh(x), mp.acosh(1 + x), mp.atanh(x)]


def _exponential(x: Any) -> Any:
    logarithm = mp.log(x)
    return [
        mp.exp(x),
        mp.mpf(2) ** x,
        mp.exp(x) - 1,
        logarithm,
        logarithm / mp.log(2),
        logarithm / mp.log(10),
        mp.log(1 + x),
    ]


def _powers(x: Any, p: Any, k: int) -> Any:
    return [mp.sqrt(x), x ** (mp.mpf(1) / 3), x**p, x**3, x**k, mp.mpf(2.5) ** p, x * mp.mpf(2) ** k]


def _two_arguments(x: Any, y: Any) -> Any:
    return [
        mp.atan2(x, y),
        mp.sqrt(x * x + y * y),
        x - y * int(x / y),
        x - y * mp.nint(x / y),
        max(x - y, mp.mpf(0)),
        min(x * x, y),
        max(x * x, y),
        abs(x) * abs(y),
        x * y + x,
    ]


def _special(x: Any) -> Any:
    first, second = [mp.besselj(n, x) for n in range(3)], [mp.bessely(n, x) for n in range(3)]
    return [mp.erf(x), mp.erfc(x), *first, *second]


def _stepped(x: Any) -> Any:
    nearest = mp.floor(x + 0.5)
    return [
        x * mp.floor(x),
        x * mp.ceil(x),
        x * nearest,
        x * int(x),
        x * nearest,
        abs(x) * x,
        min(max(x * x, mp.mpf(1)), mp.mpf(50)),
        x + (x * x - x) / 4,
    ]


def _rational(x: Any) -> Any:
    numerator, denominator = mp.mpf(1), mp.mpf(2)
    for e in x:
        numerator = numerator * e - 0.5
        denominator += e * e / (1 + numerator * numerator)
    return numerator / denominator


def _composed(a: Any, b: Any, c: Any) -> Any:
    return mp.exp(mp.sin(a * b)) / (1 + mp.log(1 + c * c)) + mp.atan2(a, mp.sqrt(b)) * c**a


TABLE = (
    Scenario("trigonometric", SOURCE, _trigonometric, {"x": 0.625}, ("y",), ({"x": -0.375},)),
    Scenario("hyperbolic", SOURCE, _hyperbolic, {"x": 0.625}, ("y",)),
    Scenario("exponential", SOURCE, _exponential, {"x": 0.75}, ("y",), ({"x": 3.5},)),
    Scenario("powers", SOURCE, _powers, {"x": 1.75, "p": 0.625, "k": 4}, ("y",), ({"x": 0.25, "p": -1.5, "k": 0},)),
    Scenario(
        "two_arguments", SOURCE, _two_arguments, {"x": 3.5, "y": 1.5}, ("z",), ({"x": -1.25, "y": 2.0}, {"y": 14.0})
    ),
    Scenario("special", SOURCE, _special, {"x": 1.375}, ("y",)),
    Scenario("stepped", SOURCE, _stepped, {"x": 2.75}, ("y",), ({"x": -2.25}, {"x": 0.25}, {"x": 9.5625})),
    Scenario("rational", SOURCE, _rational, {"x": [0.5, 1.25, -0.75, 2.0]}),
    Scenario("composed", SOURCE, _composed, {"a": 0.75, "b": 1.5, "c": 2.25}),
)
