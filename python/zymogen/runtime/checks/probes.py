"""How each kind of level is compared: what moves, what its results say along that direction, and of what.

A level is right if its results, contracted with a direction u, are the derivative of the level below at z + t u with
respect to t at 0.
"""

from __future__ import annotations

from zymogen.planning.request import Forward, OneHot, Reverse
from zymogen.runtime.checks.correspondence import goes_along_one
from zymogen.runtime.checks.forward_levels import along_all, along_diagonal, along_one_component, along_tangents
from zymogen.runtime.checks.line import Probe
from zymogen.runtime.checks.point import Point
from zymogen.runtime.checks.reverse_levels import backward


class NothingToCompareError(Exception):
    """Of a level's results only values are kept, which are those of the level below."""


def probe(point: Point) -> Probe:
    """How the outermost level of the point's derivative is compared.

    Raises
    ------
    NothingToCompareError
        If what it differentiates was dropped, as in the gradient of the value that `jvp` gives.
    """
    if all(term.is_value for term in point.terms):
        raise NothingToCompareError(f"of this level only values are kept, and no derivative: {point.level}")
    match point.level:
        case Forward():
            return along_tangents(point)
        case OneHot() if goes_along_one(point.derivative.plan, point.below.plan):
            return along_one_component(point)
        case OneHot(components="diagonal"):
            return along_diagonal(point)
        case Reverse(cotangent="unit" | "given"):
            return backward(point)
        case _:
            return along_all(point)
