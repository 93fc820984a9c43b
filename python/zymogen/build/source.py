"""The C++ source of a library: a file or a text, and the local headers that it includes."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zymogen.build.key import digest, sha256
from zymogen.errors import ArgumentError, CompileError, SourceNotFoundError
from zymogen.toolchain.tools import Options

if TYPE_CHECKING:
    from zymogen.build.prebuilt import Prebuilt

TEXT_NAME = "<text>"
"""What messages call a source that was given as text."""

# Headers here are the same wherever the same packages are installed: they do not travel with a pickled kernel.
_SYSTEM = ("/usr/", "/opt/", "/lib/")


@dataclass(frozen=True)
class Header:
    """A header that the source includes, as it was when the source was read."""

    path: str
    checksum: str
    content: bytes | None
    """None for what is installed on the machine and does not travel."""


@dataclass(frozen=True)
class Source:
    """C++ text and where it comes from.

    It carries the content of everything local that it includes, so that a worker on another machine can compile it.
    Contents are bytes: the compiler takes comments in any encoding.
    """

    name: str
    """File name, or `TEXT_NAME`."""
    content: bytes
    folder: str | None
    """Where the file lies; None for a text."""
    headers: tuple[Header, ...] = ()
    fingerprint: str = ""
    """Digest of the content and of every header that is not part of the toolchain."""

    @classmethod
    def read(cls, text_or_path: str | os.PathLike[str]) -> Source:
        """A path object or the name of a file is read; text that no file name could be is the source itself.

        Raises
        ------
        ArgumentError
            If the text is empty, or it is neither text nor a path.
        SourceNotFoundError
            If there is no such file.
        """
        given: object = text_or_path
        if not isinstance(given, (str, os.PathLike)):
            advice = " Use .decode() for bytes." if isinstance(given, bytes) else ""
            raise ArgumentError(
                f"compile: the source is of type {type(given).__name__}. Expected is C++ text, or the path of a C++ "
                f"file.{advice}"
            )
        if isinstance(text_or_path, str):
            # The mark of UTF-8, which editors put before text: compilers pass over it at the start of a file alone.
            text_or_path = text_or_path.removeprefix("\ufeff")
            if not text_or_path.strip():
                raise ArgumentError("compile: the text is empty. Give C++ text, or the path of a C++ file.")
            if any(mark in text_or_path for mark in "\n;{"):
                return cls(TEXT_NAME, text_or_path.encode("utf-8", "surrogatepass"), None)
        path = Path(text_or_path).expanduser().absolute()
        try:
            return cls(path.name, path.read_bytes(), str(path.parent))
        except OSError as error:
            raise SourceNotFoundError(
                f"compile: the file {path} cannot be read ({error.strerror}). "
                "Give the path of a C++ file, or its text (which has at least one semicolon)."
            ) from error

    @property
    def include(self) -> str:
        """The line that brings the source into a generated text, as people read it."""
        return f'#include "{self.name}"'

    @property
    def path(self) -> Path | None:
        """The file; None for a text."""
        return None if self.folder is None else Path(self.folder, self.name)

    def with_headers(self, paths: tuple[str, ...]) -> Source:
        """The same source, knowing the headers that its compilation read."""
        contents = {path: Path(path).read_bytes() for path in paths}
        fingerprint = digest(self.content, tuple((Path(path).name, content) for path, content in contents.items()))
        headers = tuple(
            Header(path, sha256(content), content if self._travels(path) else None)
            for path, content in contents.items()
        )
        return replace(self, headers=headers, fingerprint=fingerprint)

    def check(self, read: Iterable[str], folders: tuple[str, ...], call: str) -> None:
        """Refuse a build whose compiler read other content than the fingerprint stands for.

        Parameters
        ----------
        read : the user's files that were read, with the copies under the names of what they are copies of
        folders : the user's folders for headers
        call : what the user asked for

        Raises
        ------
        CompileError
            If a file has changed since the source was read.
        """
        known = {header.path: header.checksum for header in self.headers}
        if self.path is not None:
            known[str(self.path)] = sha256(self.content)
        # A folder that is reached by a symbolic link has two names.
        known |= {os.path.realpath(path): checksum for path, checksum in known.items()}
        own = folders if self.folder is None else (self.folder, *folders)
        for path in read:
            checksum = known.get(path) or known.get(os.path.realpath(path))
            # Generated code includes more of the C++ library than the source does.
            if checksum is None and not any(_is_in(path, folder) for folder in own):
                continue
            if checksum is None or _checksum_of(path) != checksum:
                seen = "was not read by zg.compile" if checksum is None else "has changed since zg.compile"
                raise CompileError(
                    f"{call}: the file {path} {seen}. "
                    "A kernel is built from the files that zg.compile read. Call zg.compile again."
                )

    def place(self, scratch: Path) -> tuple[str, Path | None]:
        """Make the source available to a compiler that works in `scratch`.

        Returns
        -------
        The line that includes it, and a folder that stands for the root of the file system in the search for its
        headers: None where the user's files are there as they were.
        """
        if self.path is None:
            file = scratch / "text.cpp"
            file.write_bytes(b'#line 1 "%b"\n%b\n' % (TEXT_NAME.encode(), self.content))
            return f'#include "{file}"', self._restore(scratch)
        root = self._restore(scratch)
        if root is None and _has(self.path, self.content):
            return f'#include "{self.path}"', None
        root = root or self._copy_headers(scratch)
        _write(root, str(self.path), self.content)
        return f'#include "{root}{self.path}"', root

    def _restore(self, scratch: Path) -> Path | None:
        if all(header.content is None or _has(Path(header.path), header.content) for header in self.headers):
            return None
        return self._copy_headers(scratch)

    def _copy_headers(self, scratch: Path) -> Path:
        root = scratch / "root"
        for header in self.headers:
            if header.content is not None:
                _write(root, header.path, header.content)
        return root

    def _travels(self, path: str) -> bool:
        beside = self.folder is not None and path.startswith(f"{self.folder}/")
        return beside or not path.startswith(_SYSTEM)


@dataclass(frozen=True)
class Unit:
    """A translation unit: a source and how to compile it."""

    source: Source
    options: Options
    libraries: tuple[str | None, ...] = ()
    """Checksums of the files to link with, as they were when the source was read."""
    prebuilt: Prebuilt | None = None
    """What an extension module has of it."""

    def __reduce__(self) -> tuple[Any, ...]:
        if self.prebuilt is None:
            return Unit, (self.source, self.options, self.libraries)
        from zymogen.build.prebuilt import unit_of

        return unit_of, (self.prebuilt.module, self.prebuilt.number, self.options)


def _is_in(path: str, folder: str) -> bool:
    """Whether a file is the user's; a folder of installed headers may hold the C++ library too."""
    file = Path(path)
    return file.is_relative_to(folder) and file.relative_to(folder).parts[0] != "c++"


def _checksum_of(path: str) -> str | None:
    try:
        return sha256(Path(path).read_bytes())
    except OSError:
        return None


def _has(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except OSError:
        return False


def _write(root: Path, path: str, content: bytes) -> None:
    target = Path(f"{root}{path}")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
