"""What to write where a macro of zymogen is misspelt, or lacks the signature."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MACROS = (
    "ZYMOGEN_KERNEL",
    "ZYMOGEN_KERNEL_TEMPLATE",
    "ZYMOGEN_DERIVATIVE",
    "ZYMOGEN_LIKE",
    "ZYMOGEN_INACTIVE",
    "ZYMOGEN_RULES",
)
_KERNEL = re.compile(r"\b(?P<macro>ZYMOGEN_KERNEL(?:_TEMPLATE)?)\s*\(\s*(?P<function>[\w:]*)\s*\)")
_CALLED = re.compile(r"\b(?P<macro>(?i:ZYMOGEN)_\w+)\s*\(")
_TOO_FEW = "too few arguments provided to function-like macro invocation"
_NO_MACRO = "a type specifier is required for all declarations"


def advice_for_macro(message: str, excerpt: Sequence[str]) -> str | None:
    """Say how a macro is written that clang does not know, or that has too few arguments.

    Parameters
    ----------
    message : what clang says
    excerpt : the lines of source that it shows

    Returns
    -------
    None if the message is about something else.
    """
    line = excerpt[0] if excerpt else ""
    if message == _TOO_FEW and (kernel := _KERNEL.search(line)):
        macro, function = kernel["macro"], kernel["function"] or "f"
        return (
            f'zymogen: {macro} takes a function and its signature. Write {macro}({function}, "x(n) -> ()") with the '
            "names and dimensions of the function's arguments and results."
        )
    called = _CALLED.search(line)
    if message != _NO_MACRO or called is None or called["macro"] in MACROS:
        return None
    nearest = get_close_matches(called["macro"].upper(), MACROS, n=1)
    return f"zymogen: there is no macro {called['macro']}. Write {nearest[0]}." if nearest else None
