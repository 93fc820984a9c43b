"""Symbols that a linked library needs and nobody has."""

from __future__ import annotations

import ctypes
import functools
import re
from dataclasses import dataclass

from zymogen.toolchain.messages.demangle import as_written

_UNDEFINED = re.compile(r"^\S*: (?:warning|error): undefined (?P<hidden>hidden )?symbol: (?P<name>.+)$")
# The file alone and, in brackets, with its whole path; an object instead without line tables.
_REFERENCE = re.compile(r"^>>> referenced by (?P<short>.+?)(?: \((?P<place>.+:\d+)\))?$")
_C_NAME = re.compile(r"^[A-Za-z_]\w*$")
_SYSTEM_LIBRARIES = ("libm.so.6", "libc.so.6", "libgcc_s.so.1")


@dataclass(frozen=True)
class Undefined:
    """A symbol without a definition."""

    name: str
    """As C++ writes it."""
    place: str
    """File and line that use it first, or an object's name without line tables."""

    @property
    def of_the_compiler(self) -> bool:
        """Whether it looks like a function that compilers call by themselves, which no source declares."""
        return self.name.startswith("__") and _C_NAME.match(self.name) is not None

    def __str__(self) -> str:
        return f"`{self.name}` (used in {self.place})" if self.place else f"`{self.name}`"


def undefined_symbols(messages: str) -> tuple[Undefined, ...]:
    """Read a raw linker's warnings, and leave out what the C library and libgcc_s define.

    The library is linked without these two, so that it runs with any version of them; their symbols are
    found when the library is loaded. What else is missing would be found only then too, or, for functions
    that are bound at their first call, never: so it is looked for here.
    """
    found: dict[str, str] = {}
    hidden: set[str] = set()  # must be defined in the library itself
    name = None
    for line in messages.splitlines():
        symbol = _UNDEFINED.match(line)
        reference = _REFERENCE.match(line)
        if symbol is not None:
            name = symbol["name"]
            found[name] = ""
            if symbol["hidden"]:
                hidden.add(name)
        elif reference is not None and name is not None and not found[name]:
            found[name] = _without_root(reference["place"] or reference["short"])
    return tuple(
        Undefined(as_written(name), place) for name, place in found.items() if name in hidden or not _in_system(name)
    )


def _without_root(place: str) -> str:
    """Leave `<text>:3` as it is: the compiler takes it for a file's name, and the root for its folder."""
    return place.removeprefix("/") if place.startswith("/<") else place


def _in_system(name: str) -> bool:
    if not _C_NAME.match(name):
        return False  # a C++ name: the C++ library is linked already
    return any(hasattr(library, name) for library in _system_libraries())


@functools.cache
def _system_libraries() -> tuple[ctypes.CDLL, ...]:
    return tuple(ctypes.CDLL(name) for name in _SYSTEM_LIBRARIES)
