"""Stores whose place is hidden from Enzyme while it differentiates, so that it keeps what they overwrite.

The reverse pass of the pinned Enzyme asks whether a store overwrites what a load has read, and takes LLVM's answer for
one step of a loop: `u[i]` and `u[i + 1]` are different places. That a later step writes `u[i + 1]` is not seen, and the
reverse pass reads the new value: the gradient of ``u[i] = u[i] * u[i + 1]`` is silently wrong, and that of
``s *= x[c[i]]; c[i] = c[i + 1]`` as well. With an offset that is known to be zero only afterwards, each store may meet
each load of the same array, and loaded values are kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import count

from zymogen.ir.flow import FUNCTION, Flow, read_flow
from zymogen.ir.names import NAME
from zymogen.toolchain.remedies.hidden_zero import HiddenZero

_STEP = re.compile(rf"^  (%{NAME}) = getelementptr [^\n]*?, ptr (%{NAME})(, [^\n]*)", re.MULTILINE)
_BY_A_VARIABLE = re.compile(rf", i\d+ %{NAME}")


def _stores(of: str) -> re.Pattern[str]:
    return re.compile(rf"^  store ({of}) ([^\n,]+), ptr ([%@]{NAME})(, [^\n]*)?$", re.MULTILINE)


@dataclass(frozen=True)
class _Kind:
    """Values of some types, and which stores of them are hidden in a function that loads some too."""

    store: re.Pattern[str]
    load: re.Pattern[str]
    only_in_loops: bool
    """Whether stores elsewhere, and those to one place in all turns, stay as they are."""


_KINDS = (
    _Kind(_stores("double|float|x86_fp80"), re.compile(r"(?<!\.real) = load (?:double|float|x86_fp80), "), False),
    _Kind(_stores(r"i\d+|ptr"), re.compile(r" = load (?:i\d+|ptr), "), True),
)


def hide_places(ir: str) -> str:
    """Give stores an offset that is not known.

    Of real numbers each, in functions that load some too; of integers and pointers those in loops, to places that
    change. A module without reverse mode is left as it is.
    """
    if "__enzyme_autodiff" not in ir:
        return ir
    numbers = count()
    zero = HiddenZero(ir)

    def hidden(store: re.Match[str]) -> str:
        number = next(numbers)
        offset, place = f"%zymogen.offset.{number}", f"%zymogen.place.{number}"
        return (
            f"  {zero.load(offset)}\n"
            f"  {place} = getelementptr i8, ptr {store[3]}, i64 {offset}\n"
            f"  store {store[1]} {store[2]}, ptr {place}{store[4] or ''}"
        )

    def function(text: str) -> str:
        kinds = [kind for kind in _KINDS if kind.store.search(text) and kind.load.search(text)]
        if not kinds:
            return text
        flow = read_flow(text)
        for kind in kinds:
            _change_stores(flow, kind, hidden)
        return str(flow)

    return zero.declared(FUNCTION.sub(lambda found: function(found[0]), ir))


def _change_stores(flow: Flow, kind: _Kind, change: Callable[[re.Match[str]], str]) -> None:
    """Put something else in place of the stores of one kind that are hidden."""
    labels: Collection[str] = flow.blocks
    places: Collection[str] | None = None
    if kind.only_in_loops:
        inside = {label for loop in flow.loops() for label in loop.inside}
        labels = [label for label in labels if label in inside]
        places = _places_that_change(flow)
    for label in labels:
        block = flow.blocks[label]
        block.rest = kind.store.sub(
            lambda store: change(store) if places is None or store[3] in places else store[0], block.rest
        )


def _places_that_change(flow: Flow) -> set[str]:
    """The pointers of a function that step with a variable, or from turn to turn: others lead to one place."""
    steps = {step[0]: step[1:] for block in flow.blocks.values() for step in _STEP.findall(block.rest)}
    ways = {phi.result: {value for value, _ in phi.ways} for block in flow.blocks.values() for phi in block.phis}

    def changes(pointer: str) -> bool:
        if pointer in steps:
            base, indices = steps[pointer]
            return _BY_A_VARIABLE.search(indices) is not None or changes(base)
        return any(way in steps and steps[way][0] == pointer for way in ways.get(pointer, ()))

    return {pointer for pointer in (*steps, *ways) if changes(pointer)}
