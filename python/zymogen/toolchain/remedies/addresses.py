"""Numbers computed of addresses, said to be no real numbers.

Where the begin of a `std::vector` is known to be null, its size is an address that is shifted: `assign` and the like
ask for it. Enzyme deduces no type for it, and asks for the derivative of the shift, of which there is none.
"""

from __future__ import annotations

import re

from zymogen.ir.flow import FUNCTION
from zymogen.ir.metadata import free_number
from zymogen.ir.names import NAME

_ADDRESS = re.compile(rf"^  (%{NAME}) = ptrtoint ptr ", re.MULTILINE)
_SHIFTED = re.compile(rf"^  %{NAME} = [al]shr (?:exact )?i64 (%{NAME}), \d+[^\n]*", re.MULTILINE)


def mark_sizes(ir: str) -> str:
    """Mark addresses that are shifted to the right, in a module as text, as inactive."""
    mark = f"!{free_number(ir)}"

    def marked(function: str) -> str:
        addresses = set(_ADDRESS.findall(function))
        return _SHIFTED.sub(
            lambda found: f"{found[0]}, !enzyme_inactive {mark}" if found[1] in addresses else found[0], function
        )

    text = FUNCTION.sub(lambda function: marked(function[0]) if " = ptrtoint " in function[0] else function[0], ir)
    return ir if text == ir else f"{text}\n{mark} = !{{}}\n"
