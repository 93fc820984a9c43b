"""Which files a compilation read, from the rule that the compiler writes for make."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# One file name: anything but unescaped white space. Clang escapes a space and "#" by a backslash and "$"
# by another "$"; backslashes that stand before anything else are themselves.
_NAME = re.compile(r"(?:\\[ #]|\S)+")


def parse_dependencies(rule: str) -> tuple[str, ...]:
    """Give the prerequisites of the one rule in `rule`, in order."""
    text = rule.replace("\\\r\n", " ").replace("\\\n", " ")
    _, _, prerequisites = text.partition(": ")
    return tuple(_unescape(name) for name in _NAME.findall(prerequisites))


def _unescape(name: str) -> str:
    return re.sub(r"\\([ #])|\$(\$)", lambda match: match[1] or match[2], name)


def read_dependencies(file: Path, folder: Path, own: tuple[Path, ...] = ()) -> tuple[Path, ...]:
    """Read the rule in `file`.

    Parameters
    ----------
    file
        What the compiler wrote for `-MF`.
    folder
        The compiler's working folder, from which relative names count.
    own
        Folders whose files are left out, because something else stands for them (the toolchain's identity).

    Returns
    -------
    Absolute paths without repetition, the source first.
    """
    names = parse_dependencies(file.read_text(encoding="utf-8", errors="surrogateescape"))
    paths = dict.fromkeys(folder / name for name in names)
    return tuple(path for path in paths if not any(path.is_relative_to(place) for place in own))
