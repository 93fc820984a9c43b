"""Constructs that have no place on a page, for the test of the survey."""

from __future__ import annotations

from functools import cache

from .construct import Construct
from .subjects import Subject

_SOURCE = """
#include <cstdlib>
#include <span>
#include <zymogen/kernel.hpp>
double square(std::span<const double> x) { return x[0] * x[0]; }
ZYMOGEN_KERNEL(square, "x(n) -> ()");
double ends(std::span<const double> x) {
    if (x[0] > 0) std::_Exit(3);
    return x[0];
}
ZYMOGEN_KERNEL(ends, "x(n) -> ()");
"""


@cache
def broken() -> tuple[Subject, ...]:
    return (
        Subject(
            "Broken",
            (
                Construct("A square", "square", _SOURCE, lambda x: x[0] ** 2),
                Construct("A cube that is none", "square", _SOURCE, lambda x: x[0] ** 3),
                Construct("An end", "ends", _SOURCE, lambda x: x[0]),
            ),
        ),
    )
