"""Functions that only throw, which are said never to return.

Libraries put a message together in a function of its own, which ends in `throw`. The compiler does not conclude that
such a function never returns, where another definition may take its place when the program is linked. Enzyme then
makes a derivative of what follows a call of it, and of the texts in the function. No other definition comes: a build
links all it needs. Said to return never, the function is left as it is, and so is all that leads to it alone.
"""

from __future__ import annotations

import re

from zymogen.ir.flow import FUNCTION

_RETURN = re.compile(r"^  ret ", re.MULTILINE)
_ATTRIBUTES = re.compile(r"(?<=\) )((?:local_unnamed_addr |unnamed_addr )?)(?=#\d+)")


def say_what_throws(ir: str) -> str:
    """Give the functions of a module, as text, that have no return the attribute that says so."""
    return FUNCTION.sub(lambda found: found[0] if _RETURN.search(found[0]) else _marked(found[0]), ir)


def _marked(definition: str) -> str:
    head, line, body = definition.partition("\n")
    return _ATTRIBUTES.sub(r"\1noreturn ", head, count=1) + line + body
