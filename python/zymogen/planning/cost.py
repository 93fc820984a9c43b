"""What a derivative costs, in evaluations of the kernel: estimates and bounds from counts of operations.

Source: Griewank and Walther, Evaluating Derivatives, 2nd ed., chapters 3 and 4: one forward pass along p directions
costs at most 1 + 1.5 p evaluations; a reverse pass at most 4 or 5, and 2.5 more for each further cotangent. Measured
are 0.1 to 0.5 for each further direction or cotangent, because they share what does not depend on them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from zymogen.planning.plan import Plan
from zymogen.planning.request import Level, Reverse, Select


@dataclass(frozen=True)
class Prices:
    """What one pass through a level costs, in evaluations of what it differentiates."""

    direction: float
    """Of a forward pass, beyond 1, for each direction."""
    reverse: float
    """Of a reverse pass from one cotangent."""
    cotangent: float
    """For each further cotangent of a reverse pass."""

    def of(self, level: Level, lanes: int = 1) -> float:
        """One pass through a level, along so many directions or from so many cotangents."""
        if isinstance(level, Reverse):
            return self.reverse + self.cotangent * (lanes - 1)
        return 1 + self.direction * lanes


ESTIMATE = Prices(direction=0.5, reverse=4.0, cotangent=0.5)
BOUND = Prices(direction=1.5, reverse=5.0, cotangent=2.5)

REVERSE_IN_FORWARD_PASSES = BOUND.reverse / (1 + BOUND.direction)
"""At least so many forward passes along one direction take the time of a reverse pass: the bounds have 2, the estimates
more."""


def cost_of_pass(plan: Plan, prices: Prices = ESTIMATE) -> float:
    """One pass through the nest; factors of nested levels are multiplied."""
    levels = [level for level in plan.request.levels if not isinstance(level, Select)]
    lanes = [*[1] * (len(levels) - 1), plan.outermost.lanes]
    return math.prod(map(prices.of, levels, lanes))


def lanes_pay(level: Level, count: int, lanes: int) -> bool:
    """Whether passes along so many lanes cost less than one pass for each of `count` directions."""
    return -(-count // lanes) * ESTIMATE.of(level, lanes) < count * ESTIMATE.of(level)


def cheaper(plan: Plan, other: Plan, sizes: Mapping[str, int]) -> bool:
    """Whether a plan costs less than another; not, where sizes are missing."""
    try:
        own, others = plan.count_passes(sizes), other.count_passes(sizes)
    except KeyError:
        return False
    return own * cost_of_pass(plan) < others * cost_of_pass(other)


def rule(first: Plan, second: Plan, called_first: str, called_second: str) -> str:
    """Which of two plans is taken, as a sentence."""
    costs = [
        f"{plan.passes} {'pass' if plan.passes == '1' else 'passes'} of about {cost_of_pass(plan):g} evaluations"
        for plan in (first, second)
    ]
    return (
        f"{called_first} ({costs[0]}) or, where that is less, {called_second} ({costs[1]}); the sizes of a call "
        "decide, and the other one is taken where Enzyme refuses"
    )
