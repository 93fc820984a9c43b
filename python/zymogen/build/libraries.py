"""The files that a user's kernels are linked with, and whether they are still the same."""

from __future__ import annotations

import hashlib
from pathlib import Path

from zymogen.build.source import Unit
from zymogen.errors import CompileError
from zymogen.toolchain.linking import library_file
from zymogen.toolchain.tools import Options


def checksums(options: Options) -> tuple[str | None, ...]:
    """The sha256 of each library's file; None where the linker is to find it among the system's."""
    return tuple(_checksum(_file(name, options.library_folders)) for name in options.libraries)


def check_libraries(unit: Unit, call: str) -> None:
    """Refuse a build that was linked with other libraries than its key stands for.

    Raises
    ------
    CompileError
        If one of the files has changed since the source was read.
    """
    for name, now, then in zip(unit.options.libraries, checksums(unit.options), unit.libraries, strict=True):
        if now != then:
            place = _file(name, unit.options.library_folders) or name
            raise CompileError(
                f"{call}: the library {place} has changed since zg.compile. "
                "A kernel is linked with the libraries that zg.compile found. Call zg.compile again."
            )


def _file(name: str, folders: tuple[str, ...]) -> Path | None:
    """What the linker takes for a name, in its order: each folder in turn, shared libraries first."""
    file = library_file(name)
    if file is not None:
        return file
    names = [name[1:]] if name.startswith(":") else [f"lib{name}{ending}" for ending in (".so", ".dylib", ".a")]
    places = (Path(folder, candidate) for folder in folders for candidate in names)
    return next((place for place in places if place.is_file()), None)


def _checksum(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return None
