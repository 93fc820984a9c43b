"""The C++ source of a library: a file or a text, and the local headers that it includes."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from zymogen.build.key import digest
from zymogen.errors import SourceNotFoundError
from zymogen.toolchain.tools import Options

TEXT_NAME = "<text>"
"""What messages call a source that was given as text."""

# Headers here are the same wherever the same packages are installed: they do not travel with a pickled kernel.
_SYSTEM = ("/usr/", "/opt/", "/lib/")


@dataclass(frozen=True)
class Header:
    """A header that the source includes, as it was when the source was read."""

    path: str
    text: str


@dataclass(frozen=True)
class Source:
    """C++ text and where it comes from.

    It carries the text of everything local that it includes, so that a worker on another machine can compile it.
    """

    name: str
    """File name, or `TEXT_NAME`."""
    text: str
    folder: str | None
    """Where the file lies; None for a text."""
    headers: tuple[Header, ...] = ()
    fingerprint: str = ""
    """Digest of the text and of every header that is not part of the toolchain."""

    @classmethod
    def read(cls, text_or_path: str | os.PathLike[str]) -> Source:
        """A path object or the name of a file is read; text that no file name could be is the source itself.

        Raises
        ------
        SourceNotFoundError
            If there is no such file.
        """
        if isinstance(text_or_path, str) and any(mark in text_or_path for mark in "\n;{"):
            return cls(TEXT_NAME, text_or_path, None)
        path = Path(text_or_path).expanduser().absolute()
        try:
            return cls(path.name, path.read_text(encoding="utf-8"), str(path.parent))
        except OSError as error:
            raise SourceNotFoundError(
                f"compile: the file {path} cannot be read ({error.strerror}). "
                "Give the path of a C++ file, or its text (which has at least one semicolon)."
            ) from error

    @property
    def include(self) -> str:
        """The line that brings the source into a generated text, as people read it."""
        return f'#include "{self.name}"'

    def with_headers(self, paths: tuple[str, ...]) -> Source:
        """The same source, knowing the headers that its compilation read."""
        contents = {path: Path(path).read_bytes() for path in paths}
        fingerprint = digest(self.text, tuple((Path(path).name, text) for path, text in contents.items()))
        local = tuple(
            Header(path, text.decode("utf-8", "replace"))
            for path, text in contents.items()
            if not path.startswith(_SYSTEM)
        )
        return replace(self, headers=local, fingerprint=fingerprint)

    def place(self, scratch: Path) -> tuple[str, Path | None]:
        """Make the source available to a compiler that works in `scratch`.

        Returns
        -------
        The line that includes it, and a folder that stands for the root of the file system in the search for its
        headers: None where the user's files are there as they were.
        """
        if self.folder is None:
            file = scratch / "text.cpp"
            file.write_text(f'#line 1 "{TEXT_NAME}"\n{self.text}\n', encoding="utf-8")
            return f'#include "{file}"', self._restore(scratch)
        path = Path(self.folder, self.name)
        if _has_text(path, self.text) and all(_has_text(Path(header.path), header.text) for header in self.headers):
            return f'#include "{path}"', None
        root = self._restore(scratch) or scratch / "root"
        _write(root, str(path), self.text)
        return f'#include "{root}{path}"', root

    def _restore(self, scratch: Path) -> Path | None:
        if all(_has_text(Path(header.path), header.text) for header in self.headers):
            return None
        root = scratch / "root"
        for header in self.headers:
            _write(root, header.path, header.text)
        return root


@dataclass(frozen=True)
class Unit:
    """A translation unit: a source and how to compile it."""

    source: Source
    options: Options


def _has_text(path: Path, text: str) -> bool:
    try:
        return path.read_bytes() == text.encode("utf-8", "replace")
    except OSError:
        return False


def _write(root: Path, path: str, text: str) -> None:
    target = Path(f"{root}{path}")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
