"""What a tool says in words, without the IR that it quotes."""

from __future__ import annotations

import re

# Lines of IR; and where IR begins in a line of words: behind two spaces, or in brackets.
_IR = re.compile(r"[%!}\]]|(?:store|ret|call|tail call|br|define|declare|attributes) |;|[\w.$]+:(?:\s*;.*)?$")
_QUOTED = re.compile(r"\s{2,}|\s\(")


def reason(text: str) -> str:
    """Give what a message says, without the IR that it quotes."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    spoken = [line for line in lines if not _IR.match(line)]
    if not spoken:
        return "no reason given"
    # After a quoted function comes the reason; a message that begins with words says it there.
    said = spoken[0] if spoken[0] is lines[0] else spoken[-1]
    words: str = _QUOTED.split(said)[0]
    return words.rstrip(" :,.;")[:200]
