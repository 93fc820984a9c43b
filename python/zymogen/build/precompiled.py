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

# The C++ library reads macros of such names. Those that a source defines must be there when it is read.
_OF_THE_LIBRARY = re.compile(rb"^[ \t]*#[ \t]*(?:define|undef)[ \t]+_", re.MULTILINE)


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
    options = unit.options
    if options.flags or any(macro.startswith("_") for macro in options.define):
        return False
    if any(Path(folder, header).is_file() for folder in options.include for header in PRECOMPILED):
        return False
    return _OF_THE_LIBRARY.search(unit.source.content) is None


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
