"""The types of values in a listing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from zymogen.ir.listing import ListingError, inside, split
from zymogen.ir.names import NAME

_STRUCTURE = re.compile(rf"^(%{NAME}) = type ([^\n]*)", re.MULTILINE)
_OPERATION = re.compile(r"(?:(?:tail|musttail|notail) )?([a-z_]+) (?:(?:volatile|atomic|weak) )*")
_FLAGS = re.compile(
    r"(?:(?:nuw|nsw|nusw|nneg|exact|disjoint|samesign|inbounds|fast|nnan|ninf|nsz|arcp|contract|afn|reassoc) )*"
)
_CALLED = re.compile(rf" (?:[@%]{NAME}\(|asm )")
_BRACKETS = {"{": "}", "[": "]", "<": ">"}
_PLAIN = re.compile(rf"(?:%{NAME}|[\w.]+)(?: addrspace\(\d+\))?")


def structures(ir: str) -> dict[str, str]:
    """The structures of a module that have names, by these."""
    return dict(_STRUCTURE.findall(ir))


def result_type(operation: str, named: Mapping[str, str]) -> str:
    """Give the type of an instruction's result.

    Parameters
    ----------
    operation : what stands right of the equals sign
    named : `structures` of the module
    """
    found = _OPERATION.match(operation)
    if not found:
        raise ListingError(f"this gives no value: {operation[:200]}")
    rest = _FLAGS.sub("", operation[found.end() :], count=1)
    if found[1] == "extractvalue":
        return _extracted(split(rest), named)
    return _RESULTS.get(found[1], _first_type)(rest)


def _first_type(text: str) -> str:
    """The type with which a text begins."""
    if text[0] in _BRACKETS:
        return text[: _end_of_brackets(text)]
    found = _PLAIN.match(text)
    if not found:
        raise ListingError(f"this does not begin with a type: {text[:200]}")
    return found[0]


def _end_of_brackets(text: str) -> int:
    depth = 0
    for position, character in enumerate(text):
        depth += (character in "{[<") - (character in "}]>")
        if depth == 0:
            return position + 1
    raise ListingError(f"a bracket is not closed: {text[:200]}")


def _cast(rest: str) -> str:
    return _first_type(rest[rest.rindex(" to ") + 4 :])


def _compared(rest: str) -> str:
    return _as_many(_first_type(rest.partition(" ")[2]), "i1")


def _second(rest: str) -> str:
    return _first_type(split(rest)[1])


def _address(rest: str) -> str:
    kinds = [_first_type(part) for part in split(rest)[1:] if part[0] != "!"]
    return _as_many(next((kind for kind in kinds if kind[0] == "<"), "ptr"), "ptr")


def _shuffled(rest: str) -> str:
    return _as_many(_first_type(split(rest)[2]), _element(_first_type(rest)))


def _returned(call: str) -> str:
    """What a call returns; conventions and attributes come before it, and the parameters' types after it may."""
    found = _CALLED.search(call)
    if not found:
        raise ListingError(f"this calls nothing: {call[:200]}")
    before = call[: found.start()]
    if before.endswith(")"):
        before = before[: before.rindex(" (")]
    for opening, closing in _BRACKETS.items():
        if before.endswith(closing):
            starts = [place for place, character in enumerate(before) if character == opening]
            return next(kind for place in starts if (kind := before[place:]) == kind[: _end_of_brackets(kind)])
    return before.rpartition(" ")[2]


def _as_many(kind: str, element: str) -> str:
    """The type of one or more `element`, as many as `kind` is of."""
    return f"{kind.partition(' x ')[0]} x {element}>" if kind[0] == "<" and " x " in kind else element


def _element(vector: str) -> str:
    return vector.partition(" x ")[2][:-1]


def _extracted(parts: Sequence[str], named: Mapping[str, str]) -> str:
    kind = _first_type(parts[0])
    for index in filter(str.isdecimal, parts[1:]):
        kind = named.get(kind, kind)
        kind = _element(kind) if kind[0] == "[" else split(inside(kind, kind.index("{")))[int(index)]
    return kind


_CASTS = ("trunc", "zext", "sext", "fptrunc", "fpext", "fptoui", "fptosi", "uitofp", "sitofp")
_RESULTS: Mapping[str, Callable[[str], str]] = {
    **dict.fromkeys((*_CASTS, "ptrtoint", "inttoptr", "bitcast", "addrspacecast"), _cast),
    **dict.fromkeys(("icmp", "fcmp"), _compared),
    **dict.fromkeys(("select", "atomicrmw"), _second),
    **dict.fromkeys(("call", "invoke"), _returned),
    "alloca": lambda _: "ptr",
    "getelementptr": _address,
    "cmpxchg": lambda rest: f"{{ {_second(rest)}, i1 }}",
    "extractelement": lambda rest: _element(_first_type(rest)),
    "shufflevector": _shuffled,
}
"""Of operations that give another type than that of what stands first."""
