"""Names that Enzyme gives to shadows, and what they are the shadows of.

Enzyme names the shadow of `v` after it: `v'` (a parameter), `v'ipg` (a pointer into an array), `v'ipa` (memory on the
stack), `v'mi` (on the heap), `v'ipl` (what was loaded), `v'il_phi` (what was kept from the forward pass), and more; see
`GradientUtils::invertPointerM` in Enzyme's sources. Later passes add `_unwrap`, `_cache`, `.i` and numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from zymogen.ir.listing import Function, Instruction
from zymogen.testing.memory import Memory
from zymogen.testing.regions import Region

# `'ac` is the counter of a loop that runs backwards, no shadow; `'de` is the adjoint of a number, kept in a register.
_MARK = re.compile(r"'(?!ac\b|ac\.|de\b|de\.)(?:i[a-z]+_phi|i[a-z]+|mi)?(?=$|[\d_.'])")
_ADDED = re.compile(r"_unwrap|_cache|_malloccache|(?<=\D)\d+$|^\d+|\.\d+")


def is_shadow(name: str) -> bool:
    """Whether a value's name says that it is a shadow."""
    return _MARK.search(name) is not None


def primal_of(name: str) -> tuple[str, ...]:
    """The names that the value may have of which this is the shadow; several for shadows of shadows."""
    return tuple(name[: mark.start()] + _ADDED.sub("", name[mark.end() :]) for mark in _MARK.finditer(name))


def shadows_of_copies(memory: Memory, y: Region, inactive: set[Region]) -> Iterator[tuple[Function, Instruction]]:
    """Allocations that are shadows of memory whose numbers all come from inactive operands, `y` among them."""
    before: dict[str, tuple[Instruction, Region]] = {}
    last = ""
    for function, instruction, region in memory.allocations():
        if function.name != last:
            before, last = {}, function.name
        primals = [name for name in primal_of(region.name) if name] if is_shadow(region.name) else []
        known = [Region(kind, name, function=function.name) for name in primals for kind in ("stack", "heap")]
        twin = before.get(_request(instruction)) if region.kind == "heap" else None
        if not known and twin is not None:
            known = [twin[1]]
        if any(y in memory.data(primal) and memory.data(primal) <= inactive for primal in known):
            yield function, instruction
        before[_request(instruction)] = (instruction, region)


def _request(instruction: Instruction) -> str:
    """What is allocated, and for which line; the shadow of an allocation asks for the same."""
    return f"{instruction.body.removeprefix('tail ')} {instruction.place}"
