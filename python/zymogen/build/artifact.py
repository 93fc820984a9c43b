"""What a build leaves behind, in the store or in an extension module, and how its parts are found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from zymogen.planning.function import SeedKind
from zymogen.planning.plan import Plan

if TYPE_CHECKING:
    from zymogen.build.store import Entry

LIBRARY = "kernel.so"
OBJECT = "kernel.o"
BEFORE, AFTER = "before.ll", "after.ll"
SOURCE = "entry.cpp"
FACTS = "build.json"


@dataclass(frozen=True)
class Variant:
    """One of the ways to write a derivative. The first is the fastest; Enzyme cannot do all of them for all kernels."""

    seed: SeedKind = "implicit"
    """How one-hot tangents are made: without memory, or from a buffer."""
    wide: bool = True
    """Whether a pass may go along several directions."""
    blocks: bool = False
    """Whether rows of a batch are computed side by side."""


@dataclass(frozen=True)
class Facts:
    """What is known of a build since it was made."""

    variant: Variant
    hindrance: str = ""
    """What kept rows from going side by side; empty where they do, or where nobody tried."""


def facts_of(record: Mapping[str, Any]) -> Facts:
    """The inverse of `dataclasses.asdict`."""
    return Facts(Variant(**record["variant"]), record["hindrance"])


Plans = Callable[[Variant], tuple[Plan, ...]]
"""The loops of a kernel or derivative, written in some way."""


class Artifact(Protocol):
    """A finished build: what can be loaded and called."""

    @property
    def facts(self) -> Facts: ...

    @property
    def library(self) -> Path:
        """The shared library with the entries."""

    @property
    def place(self) -> str:
        """Where it is, for people."""

    @property
    def identity(self) -> tuple[str, ...]:
        """What tells its code from any other."""

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules of the user's that it goes through, each with its place, as far as they are known."""

    def symbol(self, entry: str) -> str:
        """The name that an entry has in the library."""


@dataclass(frozen=True)
class StoredArtifact:
    """A build in the store, with all texts that it went through."""

    entry: Entry
    facts: Facts

    @property
    def library(self) -> Path:
        return self.entry.path(LIBRARY)

    @property
    def place(self) -> str:
        return f"in the cache: {self.entry.folder}"

    @property
    def identity(self) -> tuple[str, ...]:
        return self.entry.key, self.entry.metadata["files"][LIBRARY]["sha256"]

    @property
    def rules(self) -> tuple[str, ...]:
        from zymogen.toolchain.used_rules import noted_rules  # only mistakes are looked for in texts

        return tuple(map(str, noted_rules(self.text(BEFORE))))

    def symbol(self, entry: str) -> str:
        return entry

    def text(self, name: str) -> str:
        return self.entry.path(name).read_text(encoding="utf-8")


@dataclass(frozen=True)
class PrebuiltArtifact:
    """A build in an extension module: one of many in a library, without the texts that it went through."""

    library: Path
    facts: Facts
    prefix: str
    """What all its symbols begin with."""
    checksum: str
    """Of the library as it was linked."""

    @property
    def place(self) -> str:
        return f"built ahead of time: {self.library}"

    @property
    def identity(self) -> tuple[str, ...]:
        return self.checksum, self.prefix

    @property
    def rules(self) -> tuple[str, ...]:
        return ()

    def symbol(self, entry: str) -> str:
        return f"{self.prefix}{entry}"
