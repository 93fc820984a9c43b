"""A function of a listing as blocks that can be changed and written again.

Names and labels are written as they are in the listing, in quotation marks where they have some.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import TypeVar

from zymogen.ir.listing import split
from zymogen.ir.names import NAME, SUCCESSOR

FUNCTION = re.compile(r"^define .*?^}$", re.MULTILINE | re.DOTALL)

_Group = TypeVar("_Group", bound=Collection[str])

_LABEL = re.compile(rf"^({NAME}):[^\n]*\n", re.MULTILINE)
_PHI = re.compile(rf"  (%{NAME}) = phi ([^\n]*?) (\[ [^\n]*)\n")
_LANDING_PAD = re.compile(r"^  %\S+ = landingpad ", re.MULTILINE)
_RESULT = re.compile(rf"^  (%{NAME}) = ([^\n]*)", re.MULTILINE)
_CONDITION = re.compile(rf"^  br i1 (%{NAME}), ", re.MULTILINE)
_RETURN = re.compile(r"^  ret ", re.MULTILINE)
_WAY = re.compile(rf"\[ (.*), %({NAME}) \]")


@dataclass
class Phi:
    """A value that depends on where its block is entered from."""

    result: str
    kind: str
    """Its type, after what else is said of it."""
    ways: list[tuple[str, str]]
    """A value, and the label of the block from which it comes; as often as that block can go here."""
    notes: tuple[str, ...] = ()
    """Metadata."""

    def __str__(self) -> str:
        ways = (f"[ {value}, %{label} ]" for value, label in self.ways)
        return f"  {self.result} = phi {self.kind} {', '.join((*ways, *self.notes))}\n"


@dataclass
class Block:
    """What is executed in one piece."""

    phis: list[Phi]
    rest: str
    """The lines after `phis`."""
    head: str = ""
    """The line of its label; empty for a first block without one."""

    @property
    def successors(self) -> list[str]:
        """The labels of the blocks that follow, each as often as it is named."""
        first = self.rest.find("label %")  # only the end of a block names others, and blocks can be long
        return SUCCESSOR.findall(self.rest, first) if first >= 0 else []

    @property
    def condition(self) -> str | None:
        """The value that is true where the block goes to the first of its successors, if one tells."""
        branch = _CONDITION.search(self.rest)
        return None if branch is None else branch[1]

    @property
    def values(self) -> Mapping[str, str]:
        """The operations of the block that have a result, by this."""
        return {phi.result: f"phi {phi.kind}" for phi in self.phis} | dict(_RESULT.findall(self.rest))

    @property
    def returns(self) -> bool:
        """Whether the function ends here by returning."""
        return _RETURN.search(self.rest) is not None

    @property
    def is_landing_pad(self) -> bool:
        """Whether the block is where exceptions come."""
        return _LANDING_PAD.search(self.rest) is not None

    def turn(self, old: str, new: str) -> None:
        """Go to another block instead of one of those that follow."""
        self.rest = re.sub(rf"\blabel %{re.escape(old)}(?![-\w.$])", lambda _: f"label %{new}", self.rest)


@dataclass(frozen=True)
class Loop:
    """What one block, the head, is reached from again: the natural loop of all ways back to it."""

    head: str
    inside: frozenset[str]
    latches: tuple[str, ...]
    """The blocks that go back to the head."""


@dataclass
class Flow:
    """A function: its first line, and its blocks by label."""

    first: str
    blocks: dict[str, Block] = field(default_factory=dict)

    @property
    def graph(self) -> Mapping[str, list[str]]:
        """The labels of the blocks that follow each block."""
        return {label: block.successors for label, block in self.blocks.items()}

    def loops(self) -> list[Loop]:
        """The loops, outer ones before those inside of them."""
        graph = self.graph
        before = reversed_graph(graph)
        above = Dominators(graph)
        latches: dict[str, list[str]] = {}
        for label in above.reached:
            for head in dict.fromkeys(graph[label]):
                if above.dominates(head, label):
                    latches.setdefault(head, []).append(label)
        found = [
            Loop(head, frozenset({head} | reached(ends, before, {head})), tuple(ends)) for head, ends in latches.items()
        ]
        return sorted(found, key=lambda loop: -len(loop.inside))

    def returning(self) -> set[str]:
        """The blocks from which the function may return: those after which it can only throw are not among them."""
        returns = [label for label, block in self.blocks.items() if block.returns]
        return reached(returns, reversed_graph(self.graph))

    def gather(self, label: str, before: Collection[str], new: str, rest: str) -> None:
        """Let some of the blocks that go to a block go to a new one, which goes there in their place.

        Parameters
        ----------
        rest : the lines of the new block after its phis
        """
        merged = []
        for phi in self.blocks[label].phis:
            result = renamed(phi.result, new)
            merged.append(Phi(result, phi.kind, [way for way in phi.ways if way[1] in before], phi.notes))
            phi.ways = [*(way for way in phi.ways if way[1] not in before), (result, new)]
        for other in before:
            self.blocks[other].turn(label, new)
        self.add(new, merged, rest)

    def add(self, label: str, phis: list[Phi], rest: str) -> None:
        """Add a block at the end."""
        self.blocks[label] = Block(phis, rest, f"\n{label}:\n")

    def __str__(self) -> str:
        lines = (f"{block.head}{''.join(map(str, block.phis))}{block.rest}" for block in self.blocks.values())
        return f"{self.first}{''.join(lines)}}}"


def read_flow(function: str) -> Flow:
    """Read a function, from `define` to its closing brace."""
    first = function[: function.index("\n") + 1]
    return Flow(first, dict(_blocks(function[len(first) : -1])))


def _blocks(text: str) -> Iterator[tuple[str, Block]]:
    found = list(_LABEL.finditer(text))
    if not found or found[0].start() > 0:
        yield "", _block("", text[: found[0].start() if found else len(text)])
    ends = [*(label.start() for label in found[1:]), len(text)]
    for label, end in zip(found, ends, strict=False):
        yield label[1], _block(label[0], text[label.end() : end])


def _block(head: str, text: str) -> Block:
    phis, start = [], 0
    while phi := _PHI.match(text, start):
        parts = split(phi[3])
        ways = [way for way in map(_WAY.fullmatch, parts) if way]
        phis.append(Phi(phi[1], phi[2], [(way[1], way[2]) for way in ways], parts[len(ways) :]))
        start = phi.end()
    return Block(phis, text[start:], head)


def renamed(value: str, place: str) -> str:
    """Name what a value is at another place."""
    return f'%"{value[1:].strip(chr(34))}.{place}"'


def reversed_graph(graph: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The blocks that each block follows."""
    before: dict[str, list[str]] = {label: [] for label in graph}
    for label, following in graph.items():
        for to in dict.fromkeys(following):
            before[to].append(label)
    return before


def reached(start: Iterable[str], graph: Mapping[str, list[str]], without: Collection[str] = ()) -> set[str]:
    """What can be reached in a graph, `start` among it, without going through some of it."""
    found: set[str] = set()
    waiting = [label for label in start if label not in without]
    while waiting:
        label = waiting.pop()
        if label not in found:
            found.add(label)
            waiting += [to for to in graph[label] if to not in without]
    return found


class Dominators:
    """Which blocks every way to a block goes through.

    Cooper, Harvey and Kennedy, A Simple, Fast Dominance Algorithm, 2001.
    """

    def __init__(self, graph: Mapping[str, list[str]]) -> None:
        first = next(iter(graph))
        before = reversed_graph(graph)
        order = _from_the_end(first, graph)
        self._number = {label: float(number) for number, label in enumerate(order)}
        """Greater than that of any block that it dominates."""
        self._above = {first: first}
        changed = True
        while changed:
            changed = False
            for label in reversed(order[:-1]):
                found = self.common(other for other in before[label] if other in self._above)
                if self._above.get(label) != found:
                    self._above[label] = found
                    changed = True

    @property
    def reached(self) -> Collection[str]:
        """The blocks that are executed at all."""
        return self._above.keys()

    def common(self, labels: Iterable[str]) -> str:
        """The last block that every way to any of some blocks goes through."""
        return reduce(self._common_of_two, labels)

    def _common_of_two(self, one: str, other: str) -> str:
        while one != other:
            if self._number[one] < self._number[other]:
                one = self._above[one]
            else:
                other = self._above[other]
        return one

    def dominates(self, head: str, label: str) -> bool:
        """Whether every way to `label` goes through `head`."""
        while self._number[label] < self._number[head]:
            label = self._above[label]
        return label == head

    def deepest(self, groups: Iterable[_Group]) -> _Group:
        """The group whose last common block comes latest."""
        return min(groups, key=lambda group: self._number[self.common(group)])

    def add(self, label: str, before: Iterable[str]) -> None:
        """Note a new block that follows some others."""
        self._above[label] = self.common(before)
        self._number[label] = self._number[self._above[label]] - 0.5


def _from_the_end(first: str, graph: Mapping[str, list[str]]) -> list[str]:
    """The blocks that can be reached, each after those that follow it where no loop goes back: the first is last."""
    order: list[str] = []
    met = {first}
    ways = [(first, iter(graph[first]))]
    while ways:
        label, rest = ways[-1]
        following = next((to for to in rest if to not in met), None)
        if following is None:
            order.append(label)
            ways.pop()
        else:
            met.add(following)
            ways.append((following, iter(graph[following])))
    return order
