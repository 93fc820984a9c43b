"""Loops of a function in which each step waits for the one before: no vector code can be made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zymogen.ir.listing import references
from zymogen.ir.names import SUCCESSOR

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from zymogen.ir.listing import Function, Instruction

    Graph = Mapping[str, Sequence[str]]

# Of these alone a recurrence is a sum, or a choice, whose order the compiler may change.
_OF_SUMS = ("phi", "fadd", "fsub", "select", "fcmp")
_OF_PRODUCTS = ("phi", "fmul", "select")
_FLOATING = ("fadd", "fsub", "fmul", "fdiv", "call")


def serial_values(function: Function) -> frozenset[str]:
    """Names of the values, without `%`, made in loops that hand real numbers from step to step, sums apart.

    What counts is the innermost loop around a value. Numbers that are handed on through memory are not seen.
    """
    blocks = {label.strip('"'): items for label, items in function.parts().items()}
    values = {item.result: item for item in function.instructions if item.result}
    operands = {name: _operands(item, values) for name, item in values.items()}
    home = {item.result: label for label, items in blocks.items() for item in items if item.result}
    innermost: dict[str, bool] = {}
    for first, loop in _loops({label: _successors(items) for label, items in blocks.items()}):
        graph = _part({name for name in values if home[name] in loop}, operands)
        serial = any(
            values[name].opcode == "phi" and home[name] == first
            for component in _cycles(graph)
            if not _may_be_reordered([values[name].opcode for name in component])
            for name in component
        )
        innermost |= dict.fromkeys(loop, serial)
    return frozenset(name for name, label in home.items() if innermost.get(label))


def _may_be_reordered(opcodes: Sequence[str]) -> bool:
    """Whether a recurrence is of integers or pointers, a sum, or a product."""
    used = set(opcodes)
    return used.isdisjoint(_FLOATING) or used <= set(_OF_SUMS) or used <= set(_OF_PRODUCTS)


def _successors(items: Sequence[Instruction]) -> list[str]:
    return [label.strip('"') for label in SUCCESSOR.findall(items[-1].body)] if items else []


def _operands(item: Instruction, values: Mapping[str, Instruction]) -> list[str]:
    return [word[1:] for word in references(item.body) if word[0] == "%" and word[1:] in values]


def _loops(graph: Graph) -> Iterator[tuple[str, list[str]]]:
    """The loops in a graph of blocks, each with the block by which it is entered, inner loops after outer ones."""
    for loop in _cycles(graph):
        inside = set(loop)
        entered = {to for label, following in graph.items() if label not in inside for to in following}
        first = min(entered & inside or inside)
        yield first, loop
        yield from _loops(_part(inside - {first}, graph))


def _part(nodes: set[str], graph: Graph) -> Graph:
    return {node: [to for to in graph[node] if to in nodes] for node in nodes}


def _cycles(graph: Graph) -> list[list[str]]:
    """The strongly connected components of a graph, without nodes that are on no cycle."""
    return [part for part in _components(graph) if len(part) > 1 or part[0] in graph[part[0]]]


def _components(graph: Graph) -> list[list[str]]:
    """The strongly connected components of a graph (Tarjan, SIAM J. Comput. 1, 1972), without recursion."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_: dict[str, None] = {}  # in the order in which they were met
    found = []

    def met(name: str) -> tuple[str, Iterator[str]]:
        number[name] = lowest[name] = len(number)
        open_[name] = None
        return name, iter(graph[name])

    for root in graph:
        ways = [] if root in number else [met(root)]
        while ways:
            name, rest = ways[-1]
            following = next(rest, None)
            if following is None:
                ways.pop()
                if ways:
                    before = ways[-1][0]
                    lowest[before] = min(lowest[before], lowest[name])
                if lowest[name] == number[name]:
                    component = [open_.popitem()[0]]
                    while component[-1] != name:
                        component.append(open_.popitem()[0])
                    found.append(component)
            elif following not in number:
                ways.append(met(following))
            elif following in open_:
                lowest[name] = min(lowest[name], number[following])
    return found
