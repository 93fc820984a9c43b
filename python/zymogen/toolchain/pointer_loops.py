"""Loops that step with a pointer towards the end of an array, given a counter.

Of a `std::vector` that is made in the kernel, LLVM knows begin and end as two pointers that have nothing to do with
each other: either may be null. How often `for (double e : y)` goes round is then unknown to it, and Enzyme keeps what
the loop computes in memory that grows while it goes. A counter that ends at the distance of the two is a number that is
known before, and memory is allocated once.

A loop that starts where one around it has stepped to, as `std::rotate` has them, gets none. Its distance is then often
a number by which the loop around steps as well, and with that for a limit Enzyme goes wrong: it takes the limit for 0
where the loop around ends by a comparison with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from zymogen.ir.flow import FUNCTION, NAME, read_flow

_SIZES = {"i8": 1, "i32": 4, "float": 4, "i64": 8, "double": 8, "ptr": 8}
_BLOCK = re.compile(rf"^(?P<label>{NAME}):[^\n]*\n", re.MULTILINE)
_SUCCESSOR = re.compile(rf"\blabel %({NAME})")
_MERGED = re.compile(
    rf"^  (?P<pointer>%{NAME}) = phi ptr "
    rf"\[ (?P<one>[%@]{NAME}), %(?P<from_one>{NAME}) \], "
    rf"\[ (?P<other>[%@]{NAME}), %(?P<from_other>{NAME}) \](?=\n|, !)",
    re.MULTILINE,
)
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
_RECKONED = re.compile(rf"^  (%{NAME}) = getelementptr [^\n]*?, ptr (%{NAME}),", re.MULTILINE)
_BRANCH = re.compile(rf"^  br i1 (?P<condition>%{NAME}), label %(?P<true>{NAME}), label %{NAME}", re.MULTILINE)


@dataclass(frozen=True)
class _Loop:
    """A loop with one exit, and a pointer that steps in it."""

    head: str
    before: str
    latch: str
    pointer: str
    """At the head."""
    next: str
    """After the step."""
    start: str
    size: int
    """Of the step."""
    ends_at: str
    """What is true when the loop ends, or false when it goes on."""
    blocks: tuple[str, ...]
    """What the loop consists of."""

    def keeps(self, value: str) -> bool:
        """Whether a value is the same in all turns: the loop does not make it."""
        return not any(f"  {value} = " in block for block in self.blocks)


def count_turns(ir: str) -> str:
    """Let loops that end where a pointer meets the end of an array end by a counter, in a module as text."""
    return FUNCTION.sub(lambda function: _counted(function[0]), ir)


def _counted(function: str) -> str:
    if not _COMPARED.search(function):
        return function
    ending: dict[str, list[tuple[str, _Loop]]] = {}
    for number, loop in enumerate(_loops(function)):
        ending.setdefault(loop.ends_at, []).append((f"%zymogen.turn.{number}", loop))
    used: dict[str, _Loop] = {}

    def compared(line: re.Match[str]) -> str:
        for turn, loop in ending.get(f"{line['predicate']} {line['result']}", ()):
            for pointer, end in ((line["left"], line["right"]), (line["right"], line["left"])):
                if pointer not in (loop.pointer, loop.next) or end == "null" or not loop.keeps(end):
                    continue
                used[turn] = loop
                name = f"%zymogen.end.{line.start()}"
                return (
                    f"  {name}.start = ptrtoint ptr {loop.start} to i64\n"
                    f"  {name}.end = ptrtoint ptr {end} to i64\n"
                    f"  {name}.distance = sub i64 {name}.end, {name}.start\n"
                    # Otherwise the pointer would never meet the end.
                    f"  {name} = sdiv exact i64 {name}.distance, {loop.size}\n"
                    f"  {line['result']} = icmp {line['predicate']} i64 "
                    f"{turn if pointer == loop.pointer else f'{turn}.next'}, {name}"
                )
        return line[0]

    return _with_counters(_COMPARED.sub(compared, function), used)


def _with_counters(function: str, loops: Mapping[str, _Loop]) -> str:
    merged: dict[str, str] = {}
    counted: dict[str, str] = {}
    for turn, loop in loops.items():
        phi = f"  {turn} = phi i64 [ 0, %{loop.before} ], [ {turn}.next, %{loop.latch} ]\n"
        merged[loop.head] = merged.get(loop.head, "") + phi
        counted[loop.next] = counted.get(loop.next, "") + f"  {turn}.next = add nuw nsw i64 {turn}, 1\n"
    function = _BLOCK.sub(lambda block: block[0] + merged.get(block["label"], ""), function)
    return _STEP.sub(lambda step: counted.get(step["result"], "") + step[0], function)


def _loops(function: str) -> Iterator[_Loop]:
    steps = {step["result"]: step for step in _STEP.finditer(function)}
    moving = _Moving(function)
    blocks = dict(_blocks(function))
    successors = {label: set(_SUCCESSOR.findall(text)) for label, text in blocks.items()}
    predecessors: dict[str, list[str]] = {}
    for label, following in successors.items():
        for successor in following:
            predecessors.setdefault(successor, []).append(label)
    for head, text in blocks.items():
        for merged in _MERGED.finditer(text):
            one, other = (merged["one"], merged["from_one"]), (merged["other"], merged["from_other"])
            for (start, before), (after, latch) in ((one, other), (other, one)):
                step = steps.get(after)
                if step is None or step["base"] != merged["pointer"]:
                    continue
                size = int(step["count"]) * _SIZES[step["type"]]
                inside = _inside(predecessors, head, latch)
                ends_at = _end(blocks, successors, inside) if size and not moving.around(head, start) else ""
                if ends_at:
                    texts = tuple(blocks[label] for label in inside)
                    yield _Loop(head, before, latch, merged["pointer"], after, start, size, ends_at, texts)


class _Moving:
    """The pointers that loops of a function merge at their heads, and what is reckoned from them."""

    def __init__(self, function: str) -> None:
        flow = read_flow(function)
        self._loops = flow.loops()
        self._merged = {
            loop.head: {phi.result for phi in flow.blocks[loop.head].phis if phi.kind == "ptr"} for loop in self._loops
        }
        self._bases: dict[str, str] = dict(_RECKONED.findall(function))

    def around(self, head: str, pointer: str) -> bool:
        """Whether a loop around that of `head` changes a pointer from turn to turn."""
        while pointer in self._bases:
            pointer = self._bases[pointer]
        return any(
            pointer in self._merged[loop.head] for loop in self._loops if loop.head != head and head in loop.inside
        )


def _blocks(function: str) -> Iterator[tuple[str, str]]:
    found = list(_BLOCK.finditer(function))
    ends = [*(block.start() for block in found[1:]), len(function)]
    for block, end in zip(found, ends, strict=False):
        yield block["label"], function[block.end() : end]


def _inside(predecessors: Mapping[str, list[str]], head: str, latch: str) -> set[str]:
    """The blocks of the loop that goes from `latch` back to `head`."""
    inside, waiting = {head}, [latch]
    while waiting:
        label = waiting.pop()
        if label not in inside:
            inside.add(label)
            waiting += predecessors.get(label, ())
    return inside


def _end(blocks: Mapping[str, str], successors: Mapping[str, set[str]], inside: set[str]) -> str:
    """The comparison by which a loop ends; empty where it has more exits.

    With the predicate that it must have to end at equality.
    """
    exits = [(label, out) for label in inside for out in successors[label] - inside]
    if len(exits) != 1:
        return ""
    (label, out) = exits[0]
    branch = _BRANCH.search(blocks[label])
    return "" if branch is None else f"{'eq' if branch['true'] == out else 'ne'} {branch['condition']}"
