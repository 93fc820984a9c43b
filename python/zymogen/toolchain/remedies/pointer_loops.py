"""Loops that step with a pointer towards the end of an array, given a counter.

Of a `std::vector` that is made in the kernel, LLVM knows begin and end as two pointers that have nothing to do with
each other: either may be null. How often `for (double e : y)` goes round is then unknown to it, and Enzyme keeps what
the loop computes in memory that grows while it goes. A counter that ends at the distance of the two is a number that is
known before, and memory is allocated once.

That distance is hidden from Enzyme, see `moving_bounds`: where a loop starts where one around it has stepped to, as
`std::rotate` has them, the loop around often steps by it too, and ends by a comparison with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from zymogen.ir.flow import FUNCTION, Flow, Loop, Phi, read_flow
from zymogen.ir.names import NAME
from zymogen.toolchain.remedies.hidden_zero import HiddenZero

_SIZES = {"i8": 1, "i32": 4, "float": 4, "i64": 8, "double": 8, "ptr": 8}
_STEP = re.compile(
    rf"^  (?P<result>%{NAME}) = getelementptr (?:(?:inbounds|nusw|nuw) )*"
    rf"(?P<type>{'|'.join(_SIZES)}), ptr (?P<base>%{NAME}), i64 (?P<count>-?\d+)(?=[,\n])",
    re.MULTILINE,
)
_COMPARED = re.compile(
    rf"^  (?P<result>%{NAME}) = icmp (?P<predicate>eq|ne) ptr "
    rf"(?P<left>[%@]?{NAME}), (?P<right>[%@]?{NAME})(?=[,\n])",
    re.MULTILINE,
)


@dataclass(frozen=True)
class _Steps:
    """A pointer that steps in a loop, which has one exit."""

    loop: Loop
    before: str
    """The block from which the loop is entered."""
    pointer: str
    """At the head."""
    next: str
    """After the step."""
    place: str
    """The block of the step."""
    start: str
    size: int
    """Of the step."""


def count_turns(ir: str) -> str:
    """Let loops that end where a pointer meets the end of an array end by a counter, in a module as text."""
    zero = HiddenZero(ir)

    def counted(function: str) -> str:
        if not _COMPARED.search(function):
            return function
        flow = read_flow(function)
        return str(flow) if _count(flow, zero) else function

    return zero.declared(FUNCTION.sub(lambda function: counted(function[0]), ir))


def _count(flow: Flow, zero: HiddenZero) -> bool:
    """Give counters to the loops of a function; returns whether any got one."""
    counters = 0
    for loop in flow.loops():
        for steps in _steps(flow, loop):
            if _end_by_a_counter(flow, steps, f"%zymogen.turn.{counters}", zero):
                counters += 1
                break
    return counters > 0


def _steps(flow: Flow, loop: Loop) -> Iterator[_Steps]:
    """The pointers that step in a loop from one start by one size."""
    steps = {step["result"]: (step, label) for label in loop.inside for step in _STEP.finditer(flow.blocks[label].rest)}
    for phi in flow.blocks[loop.head].phis:
        if phi.kind != "ptr" or len(phi.ways) != 2 or len(loop.latches) != 1:
            continue
        (start, before), (after, _) = sorted(phi.ways, key=lambda way: way[1] in loop.inside)
        if after not in steps or before in loop.inside or start[0] not in "%@":
            continue
        step, place = steps[after]
        size = int(step["count"]) * _SIZES[step["type"]]
        if step["base"] == phi.result and size:
            yield _Steps(loop, before, phi.result, after, place, start, size)


def _end_by_a_counter(flow: Flow, steps: _Steps, turn: str, zero: HiddenZero) -> bool:
    """Let a loop that ends where a pointer meets a fixed one end by the number of steps; returns whether it did."""
    predicate, condition = _end(flow, steps.loop)
    for label in steps.loop.inside:
        block = flow.blocks[label]
        for line in _COMPARED.finditer(block.rest):
            if (line["predicate"], line["result"]) != (predicate, condition):
                continue
            for pointer, end in ((line["left"], line["right"]), (line["right"], line["left"])):
                if pointer in (steps.pointer, steps.next) and end != "null" and not _makes(flow, steps.loop, end):
                    turns = turn if pointer == steps.pointer else f"{turn}.next"
                    compared = _compared(line, steps, end, turns, zero)
                    block.rest = f"{block.rest[: line.start()]}{compared}{block.rest[line.end() :]}"
                    _add_counter(flow, steps, turn)
                    return True
    return False


def _compared(line: re.Match[str], steps: _Steps, end: str, turns: str, zero: HiddenZero) -> str:
    """The comparison of a counter with the number of steps from the start to the end of an array."""
    name = turns.replace("turn", "end").removesuffix(".next")
    return (
        f"  {name}.start = ptrtoint ptr {steps.start} to i64\n"
        f"  {name}.end = ptrtoint ptr {end} to i64\n"
        f"  {name}.apart = sub i64 {name}.end, {name}.start\n"
        f"  {zero.load(f'{name}.zero')}\n"
        f"  {name}.distance = add i64 {name}.apart, {name}.zero\n"
        # Otherwise the pointer would never meet the end.
        f"  {name} = sdiv exact i64 {name}.distance, {steps.size}\n"
        f"  {line['result']} = icmp {line['predicate']} i64 {turns}, {name}"
    )


def _add_counter(flow: Flow, steps: _Steps, turn: str) -> None:
    head, place = flow.blocks[steps.loop.head], flow.blocks[steps.place]
    head.phis.append(Phi(turn, "i64", [("0", steps.before), (f"{turn}.next", steps.loop.latches[0])]))
    place.rest = _STEP.sub(
        lambda step: (f"  {turn}.next = add nuw nsw i64 {turn}, 1\n" if step["result"] == steps.next else "") + step[0],
        place.rest,
    )


def _makes(flow: Flow, loop: Loop, value: str) -> bool:
    """Whether a loop computes a value: it may be another one in each turn then."""
    return any(value in flow.blocks[label].values for label in loop.inside)


def _end(flow: Flow, loop: Loop) -> tuple[str, str | None]:
    """The predicate and the condition by which a loop ends at equality, if by one."""
    exits = [(flow.blocks[label], out) for label in loop.inside for out in flow.blocks[label].successors]
    exits = [(block, out) for block, out in exits if out not in loop.inside]
    if len(exits) != 1:
        return "", None
    block, out = exits[0]
    return "eq" if block.successors[0] == out else "ne", block.condition
