"""Pieces of memory that an analysis of pointers tells apart, and places in them."""

from __future__ import annotations

from dataclasses import dataclass

from zymogen.ir.listing import Function, Instruction


@dataclass(frozen=True)
class Region:
    """A piece of memory that is told apart from all others."""

    kind: str
    """`operand` and `scratch` (these have numbers), `stack`, `heap`, `global`, `function`, `outside` (memory of other
    libraries), `failure`, `rows`, or the name of a table that `rows` points to."""
    name: str = ""
    number: int = -1
    function: str = ""


@dataclass(frozen=True)
class Pointer:
    """Somewhere in a region: `offset` bytes from its start, or anywhere. `path` is the place in a value of several."""

    region: Region
    offset: int | None = None
    path: tuple[int, ...] = ()


@dataclass(frozen=True)
class Access:
    """A load or a store: which instruction touches what."""

    function: Function
    instruction: Instruction
    stores: bool
    regions: frozenset[Region]


def shifted(place: int | None, start: int | None, target: int | None) -> int | None:
    """Where what lies at `place` comes to lie if `start` is copied to `target`; None where that is not known."""
    return None if place is None or start is None or target is None else place - start + target
