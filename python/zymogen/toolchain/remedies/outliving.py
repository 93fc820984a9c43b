"""Variables that outlive a call and hold pointers, which derivatives take as constants.

Enzyme gives each a second variable for its tangents, which nothing ever sets. It loads from there where the tangents
of what the variable points to are: at address 0, which ends the process, or lets the compiler drop the code. No real
number and no pointer is stored into such a variable where derivatives are made: that is refused before Enzyme.
Variables of numbers alone stay as they are: their second variables are zero, which is right.
"""

from __future__ import annotations

import re

from zymogen.ir.metadata import free_number
from zymogen.ir.names import NAME

_VARIABLE = re.compile(
    rf"^@(?!llvm\.|enzyme_|__dso_handle){NAME} = (?:[\w()]+ )*?global (?P<type>%{NAME}|\S+)[^\n]*", re.MULTILINE
)
_TYPE = re.compile(rf"^(?P<name>%{NAME}) = type (?P<body>[^\n]*)", re.MULTILINE)
_PART = re.compile(rf"%{NAME}|\bptr\b")


def take_as_constants(ir: str) -> str:
    """Mark the variables of a module, as text, so that Enzyme takes what they hold and point to as inactive."""
    types = {found["name"]: found["body"] for found in _TYPE.finditer(ir)}
    mark = f"!{free_number(ir)}"

    def marked(found: re.Match[str]) -> str:
        whole = found[0] if found["type"].startswith(("[", "{", "<")) else found["type"]
        return f"{found[0]}, !enzyme_inactive {mark}" if _holds_pointers(whole, types) else found[0]

    text = _VARIABLE.sub(marked, ir)
    return ir if text == ir else f"{text}\n{mark} = !{{}}\n"


def _holds_pointers(text: str, types: dict[str, str]) -> bool:
    """Whether a type is a pointer, or has one among its parts. No type is a part of itself."""
    return any(part == "ptr" or _holds_pointers(types.get(part, ""), types) for part in _PART.findall(text))
