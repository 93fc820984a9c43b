"""Generated text in lines that fit on a screen."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

_WIDTH = 100


def call(head: str, items: Iterable[str], tail: str, *, margin: int = 0) -> list[str]:
    """`head`, the items with commas between them, and `tail`: on one line, or on several where they do not fit.

    Parameters
    ----------
    margin : how many columns the caller will put in front of every line
    """
    items = list(items)
    line = head + ", ".join(items) + tail
    if margin + len(line) <= _WIDTH:
        return [line]
    indent = " " * 8
    return [head, *(indent + part for part in listed(items, tail, margin=margin + len(indent)))]


def listed(items: Sequence[str], tail: str, *, margin: int = 0) -> list[str]:
    """The items with commas between them, and `tail`, on as many lines as they need."""
    commas = [f"{item}," for item in items[:-1]] + [*items[-1:]]
    # A break inside of an item would be harder to read than a long line.
    unbreakable = " ".join(item.replace(" ", "\0") for item in commas) + tail.replace(" ", "\0")
    wrapped = textwrap.wrap(unbreakable, _WIDTH - margin, break_long_words=False, break_on_hyphens=False)
    return [part.replace("\0", " ") for part in wrapped]
