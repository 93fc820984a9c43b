"""Pointers that step through memory in loops, of which Enzyme is not told that their addresses never wrap around.

Enzyme writes such a pointer as a place and a distance from there that grows, and what was known of the steps it says of
the sum: that adding the distance does not wrap around (LLVM's SCEVExpander, since
https://github.com/llvm/llvm-project/pull/102133). Where the place is the end of an array and the pointer starts before
it, the distance is negative and the sum does wrap. LLVM then concludes that the pointer never meets the end, and drops
the comparison that ends the loop: derivative code leaves the array. Where nothing is said of the steps, nothing is said
of the sum.
"""

from __future__ import annotations

import re

from zymogen.ir.flow import FUNCTION
from zymogen.ir.names import NAME

_VALUE = rf"%{NAME}"
_MERGED = re.compile(rf"^  (?P<result>{_VALUE}) = (?:phi ptr|select i1 [^\n]*?, ptr) (?P<values>.*)$", re.MULTILINE)
_KEPT = re.compile(rf"^  store ptr ({_VALUE}), ", re.MULTILINE)  # what a loop may read in its next step
_STEP = re.compile(
    rf"^(  (?P<result>{_VALUE}) = getelementptr )(?:(?:inbounds|nusw|nuw) )*"
    rf"(?P<rest>(?:{_VALUE}|[^%\n])+?, ptr (?P<base>{_VALUE}),)",
    re.MULTILINE,
)


def forget_that_steps_do_not_wrap(ir: str) -> str:
    """Take from a module, as text, what it says of the steps of pointers that change in loops."""
    return FUNCTION.sub(lambda function: _forgetful(function[0]), ir)


def _forgetful(function: str) -> str:
    merged = {line["result"]: re.findall(_VALUE, line["values"]) for line in _MERGED.finditer(function)}
    kept = set(_KEPT.findall(function))
    if not merged and not kept:
        return function
    steps = {step["result"]: step["base"] for step in _STEP.finditer(function)}
    moving = {pointer for pointer in merged if _comes_back(pointer, merged, steps)}
    before = 0
    while before < len(moving):
        before = len(moving)
        moving.update(result for result, base in steps.items() if base in moving)

    def changed(step: re.Match[str]) -> str:
        return f"{step[1]}{step['rest']}" if step["base"] in moving or step["result"] in kept else step[0]

    return _STEP.sub(changed, function)


def _comes_back(pointer: str, merged: dict[str, list[str]], steps: dict[str, str]) -> bool:
    """Whether a pointer is made of itself: it changes in a loop, and is not one of two that a branch chose."""
    seen: set[str] = set()
    waiting = list(merged[pointer])
    while waiting:
        value = waiting.pop()
        if value == pointer:
            return True
        if value not in seen:
            seen.add(value)
            waiting += [steps[value]] if value in steps else merged.get(value, [])
    return False
