"""What a derivative costs, in evaluations of the kernel: an estimate from counts of operations.

Source: Griewank and Walther, Evaluating Derivatives, 2nd ed., chapters 3 and 4: one forward pass along p directions
costs at most 1 + 1.5 p evaluations, a reverse pass at most 4 or 5. A third of the former's slope is nearer to what is
measured, where directions share what does not depend on them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from zymogen.planning.plan import Plan
from zymogen.planning.request import Reverse, Select

_DIRECTION = 0.5
_REVERSE = 4.0


def cost_of_pass(plan: Plan) -> float:
    """One pass through the nest."""
    levels = [level for level in plan.request.levels if not isinstance(level, Select)]
    factors = [_REVERSE if isinstance(level, Reverse) else 1 + _DIRECTION for level in levels]
    if factors and plan.has_lanes:
        factors[-1] = 1 + _DIRECTION * plan.outermost.lanes
    return math.prod(factors)


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
