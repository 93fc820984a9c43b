"""Loops that step with a pointer towards the end of an array, given a counter.

Of a `std::vector` that is made in the kernel, LLVM knows begin and end as two pointers that have nothing to do with
each other: either may be null. How often `for (double e : y)` goes round is then unknown to it, and Enzyme keeps what
the loop computes in memory that grows while it goes. A counter that ends at the distance of the two is a number that is
known before, and memory is allocated once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

VERSION = 1
"""Raised when what is done here changes; part of every key of the cache."""

_NAME = r'(?:"[^"\n]*"|[-\w.$]+)'
_FUNCTION = re.compile(r"^define .*?^}$", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(rf"^(?P<label>{_NAME}):[^\n]*\n", re.MULTILINE)
_SUCCESSOR = re.compile(rf"\blabel %({_NAME})")
_MERGED = re.compile(
    rf"^  (?P<pointer>%{_NAME}) = phi ptr "
    rf"\[ (?P<one>[%@]{_NAME}), %(?P<from_one>{_NAME}) \], \[ (?P<other>[%@]{_NAME}), %(?P<from_other>{_NAME}) \]",
    re.MULTILINE,
)
_STEP = re.compile(
    rf"^  (?P<result>%{_NAME}) = getelementptr (?:(?:inbounds|nusw|nuw) )*"
    rf"(?P<type>i8|i32|i64|float|double|ptr), ptr (?P<base>%{_NAME}), i64 (?P<count>-?\d+)(?=[,\n])",
    re.MULTILINE,
)
_COMPARED = re.compile(
    rf"^  (?P<result>%{_NAME}) = icmp (?P<predicate>eq|ne) ptr "
    rf"(?P<left>[%@]?{_NAME}), (?P<right>[%@]?{_NAME})(?=[,\n])",
    re.MULTILINE,
)
_BRANCH = re.compile(rf"^  br i1 (?P<condition>%{_NAME}), label %(?P<true>{_NAME}), label %{_NAME}", re.MULTILINE)
_SIZES = {"i8": 1, "i32": 4, "float": 4, "i64": 8, "double": 8, "ptr": 8}


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


def count_turns(ir: str) -> str:
    """Let loops that end where a pointer meets the end of an array end by a counter, in a module as text."""
    return _FUNCTION.sub(lambda function: _counted(function[0]), ir)


def _counted(function: str) -> str:
    if not _COMPARED.search(function):
        return function
    loops = list(enumerate(_loops(function)))
    used: dict[int, _Loop] = {}

    def compared(line: re.Match[str]) -> str:
        for number, loop in loops:
            if loop.ends_at != f"{line['predicate']} {line['result']}":
                continue
            for pointer, end in ((line["left"], line["right"]), (line["right"], line["left"])):
                if pointer not in (loop.pointer, loop.next) or end in ("null", loop.pointer, loop.next):
                    continue
                used[number] = loop
                name = f"%zymogen.end.{line.start()}"
                turn = f"%zymogen.turn.{number}" + (".next" if pointer == loop.next else "")
                return (
                    f"  {name}.start = ptrtoint ptr {loop.start} to i64\n"
                    f"  {name}.end = ptrtoint ptr {end} to i64\n"
                    f"  {name}.distance = sub i64 {name}.end, {name}.start\n"
                    # Otherwise the pointer would never meet the end.
                    f"  {name} = sdiv exact i64 {name}.distance, {loop.size}\n"
                    f"  {line['result']} = icmp {line['predicate']} i64 {turn}, {name}"
                )
        return line[0]

    function = _COMPARED.sub(compared, function)
    for number, loop in used.items():
        function = _with_counter(function, f"%zymogen.turn.{number}", loop)
    return function


def _with_counter(function: str, turn: str, loop: _Loop) -> str:
    merged = f"  {turn} = phi i64 [ 0, %{loop.before} ], [ {turn}.next, %{loop.latch} ]\n"
    head = re.compile(rf"^{re.escape(loop.head)}:[^\n]*\n", re.MULTILINE)
    function = head.sub(lambda label: label[0] + merged, function, count=1)
    step = f"\n  {loop.next} = "
    return function.replace(step, f"\n  {turn}.next = add nuw nsw i64 {turn}, 1{step}", 1)


def _loops(function: str) -> Iterator[_Loop]:
    steps = {step["result"]: step for step in _STEP.finditer(function)}
    blocks = dict(_blocks(function))
    successors = {label: set(_SUCCESSOR.findall(text)) for label, text in blocks.items()}
    for head, text in blocks.items():
        for merged in _MERGED.finditer(text):
            one, other = (merged["one"], merged["from_one"]), (merged["other"], merged["from_other"])
            for (start, before), (after, latch) in ((one, other), (other, one)):
                step = steps.get(after)
                if step is None or step["base"] != merged["pointer"] or start == "null":
                    continue
                size = int(step["count"]) * _SIZES[step["type"]]
                ends_at = _end(blocks, successors, head, latch) if size else ""
                if ends_at:
                    yield _Loop(head, before, latch, merged["pointer"], after, start, size, ends_at)


def _blocks(function: str) -> Iterator[tuple[str, str]]:
    found = list(_BLOCK.finditer(function))
    ends = [*(block.start() for block in found[1:]), len(function)]
    for block, end in zip(found, ends, strict=False):
        yield block["label"], function[block.end() : end]


def _end(blocks: dict[str, str], successors: dict[str, set[str]], head: str, latch: str) -> str:
    """The comparison by which the loop ends that goes from `latch` back to `head`; empty where it has more exits.

    With the predicate that it must have to end at equality.
    """
    inside, waiting = {head}, [latch]
    while waiting:
        label = waiting.pop()
        if label not in inside:
            inside.add(label)
            waiting += [before for before, after in successors.items() if label in after]
    exits = [(label, out) for label in inside for out in successors.get(label, set()) - inside]
    if len(exits) != 1:
        return ""
    (label, out) = exits[0]
    branch = _BRANCH.search(blocks[label])
    return "" if branch is None else f"{'eq' if branch['true'] == out else 'ne'} {branch['condition']}"
