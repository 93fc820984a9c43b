"""What is computed in some blocks of a function, named anew behind the one place to which they now lead."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from zymogen.ir.flow import Dominators, Flow, Phi, renamed, reversed_graph
from zymogen.ir.names import NAME
from zymogen.ir.types import result_type

_VALUE = re.compile(rf"%{NAME}")


def rename_behind(
    flow: Flow, inside: Collection[str], end: str, named: Mapping[str, str], unknown: Callable[[str], str]
) -> None:
    """Let what is used outside of some blocks come by the ways on which it now can, through phis that are added.

    Parameters
    ----------
    inside : the blocks, as a loop has them
    end : the block outside of them to which all ways out lead; some may not have passed where a value is computed
    named : the module's `structures`
    unknown : gives a value of a type, for the ways on which there is none

    Notes
    -----
    Source: Braun and others, Simple and Efficient Construction of Static Single Assignment Form, 2013.
    """
    _Renaming(flow, inside, end, named, unknown).apply()


class _Renaming:
    def __init__(
        self,
        flow: Flow,
        inside: Collection[str],
        end: str,
        named: Mapping[str, str],
        unknown: Callable[[str], str],
    ) -> None:
        self._flow, self._inside, self._end, self._named, self._unknown = flow, inside, end, named, unknown
        graph = flow.graph
        self._before = reversed_graph(graph)
        self._above = Dominators(graph)
        self._places: dict[str, tuple[str, str]] = {}
        """Of what is computed inside: the block, and the operation."""
        for label in inside:
            self._places |= {value: (label, operation) for value, operation in flow.blocks[label].values.items()}
        self._phis: dict[tuple[str, str], Phi] = {}
        """Those that are added, by the value's old name and the block."""

    def apply(self) -> None:
        for label, block in self._flow.blocks.items():
            if label not in self._above.reached or label in self._inside:
                continue
            block.rest = self._text(block.rest, label)
            for phi in block.phis:
                phi.ways = [(self._name(value, way), way) for value, way in phi.ways]
        for (_, label), phi in self._phis.items():
            self._flow.blocks[label].phis.append(phi)

    def _text(self, text: str, label: str) -> str:
        return _VALUE.sub(lambda found: self._name(found[0], label), text)

    def _name(self, value: str, label: str) -> str:
        """The name of a value at the end of a block."""
        if value not in self._places:
            return value
        known = self._above.dominates(self._places[value][0], label)
        if label in self._inside or not self._before[label]:
            return value if known else self._unknown(self._kind(value))
        if label != self._end:
            if self._above.dominates(self._end, label):
                return self._name(value, self._end)
            if known:
                return value
            if len(self._before[label]) == 1:
                return self._name(value, self._before[label][0])
        if (value, label) not in self._phis:
            phi = Phi(renamed(value, label), self._kind(value), [])
            self._phis[value, label] = phi
            for way in self._before[label]:
                ways = self._flow.blocks[way].successors.count(label)
                phi.ways += [(self._name(value, way), way)] * ways
        return self._phis[value, label].result

    def _kind(self, value: str) -> str:
        return result_type(self._places[value][1], self._named)
