"""Headers of the C++ library that most kernels include: read once for many builds, of each of which they are half."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from zymogen.build.environment import common_key, toolchain_for, workspace_in
from zymogen.build.key import digest
from zymogen.errors import CompileError, StoreError
from zymogen.toolchain.commands import PRECOMPILED

if TYPE_CHECKING:
    from zymogen.build.source import Unit
    from zymogen.build.store import Entry, Store
    from zymogen.toolchain.tools import Options

_HEADERS = "headers.pch"

# Macros that headers of the C and C++ library read, and must see when they are read. And names of headers that a source
# does not include must not meet its own.
_LIBRARY_MACRO = (
    r"_(?:LIBCPP|GNU_|POSIX|XOPEN|ISOC|FILE_OFFSET|LARGEFILE|DEFAULT_SOURCE|BSD_|SVID_|TIME_BITS|REENTRANT|ATFILE|"
    r"FORTIFY|_STDC)"
)
_NEEDS_ITS_OWN = re.compile(
    rb"^[ \t]*#[ \t]*(?:define|undef)[ \t]+%b|\busing\s+namespace\s+(?:::\s*)?std\b" % _LIBRARY_MACRO.encode(),
    re.MULTILINE,
)


def find_headers(unit: Unit, store: Store) -> Path | None:
    """What `make_headers` made for equal options, if it is there."""
    if not _are_the_same_for(unit):
        return None
    try:
        return _file(store.find(_key(_common(unit.options))))
    except StoreError:
        return None


def make_headers(unit: Unit, store: Store) -> Path | None:
    """The precompiled headers for a source; None if it may want the C++ library otherwise.

    A source means the same without them.
    """
    if not _are_the_same_for(unit):
        return None
    options = _common(unit.options)
    try:
        return _file(store.fetch(_key(options), lambda scratch: _make(options, store, scratch), "C++ headers"))
    except (CompileError, StoreError):
        return None


def _are_the_same_for(unit: Unit) -> bool:
    options, source = unit.options, unit.source
    if options.flags or any(re.match(_LIBRARY_MACRO, macro) for macro in options.define):
        return False
    if any(Path(folder, header).is_file() for folder in options.include for header in PRECOMPILED):
        return False
    texts = [source.content, *(header.content for header in source.headers if header.content is not None)]
    return not any(_NEEDS_ITS_OWN.search(text) for text in texts)


def _common(options: Options) -> Options:
    """What counts for headers of the C++ library."""
    return replace(options, include=(), define=(), libraries=(), library_folders=())


def _key(options: Options) -> str:
    return digest("precompiled", common_key(options), PRECOMPILED)


def _make(options: Options, store: Store, scratch: Path) -> None:
    from zymogen.toolchain import stages

    call = "compile(headers of the C++ library)"
    work = scratch / "work"
    work.mkdir()
    result = scratch / _HEADERS
    stages.precompile(toolchain_for(call, store), options, result, workspace_in(work, store, call, options))


def _file(entry: Entry | None) -> Path | None:
    return None if entry is None else entry.path(_HEADERS)
