"""Generated text in lines that fit on a screen."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

_WIDTH = 100


def call(head: str, items: Iterable[str], tail: str, *, margin: int = 0) -> list[str]:
    """`head`, the items with commas between them, and `tail`: on one line, or on several where they do not fit.

    Parameters
    ----------
    margin : how many columns the caller will put in front of every line
    """
    listed = [f"{item}," for item in items]
    if listed:
        listed[-1] = listed[-1].removesuffix(",")
    line = head + " ".join(listed) + tail
    if margin + len(line) <= _WIDTH:
        return [line]
    # A break inside of an item would be harder to read than a long line.
    unbreakable = " ".join(item.replace(" ", "\0") for item in listed) + tail.replace(" ", "\0")
    indent = " " * 8
    wrapped = textwrap.wrap(
        unbreakable,
        _WIDTH - margin,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [head, *(part.replace("\0", " ") for part in wrapped)]
