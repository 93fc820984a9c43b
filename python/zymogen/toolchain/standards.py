"""The standards of C++ that headers of zymogen can be read by."""

from __future__ import annotations

import re

from zymogen.errors import ArgumentError

# By name, and as clang called each before it was finished.
_ACCEPTED = re.compile(r"(?:c|gnu)\+\+(?:20|2a|23|2b|26|2c)")


def check_standard(standard: object, call: str, option: str) -> None:
    """Refuse a language standard that is too old for the headers, or none, before anything is compiled.

    Parameters
    ----------
    option : what the standard is called where it was given

    Raises
    ------
    ArgumentError
        That lists those that are accepted.
    """
    if not isinstance(standard, str) or _ACCEPTED.fullmatch(standard) is None:
        raise ArgumentError(
            f"{call}: {option} is {standard!r}. Expected is c++20, c++23 (what it is where none is given) or c++26, or "
            "gnu++20, gnu++23 or gnu++26: headers of zymogen need C++20, and nearly all older code compiles with it. "
            "Leave it away, or give one of these."
        )
