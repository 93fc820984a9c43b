"""Which builds have passed their check: known in the process, and beside the build for all later ones."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from zymogen.build.artifact import Artifact
from zymogen.build.key import digest
from zymogen.build.manifest import Manifest
from zymogen.build.store import Store
from zymogen.errors import StoreError

if TYPE_CHECKING:
    from zymogen.runtime.kernel import Kernel

VERSION = 2
"""Raised when the check finds more than before: what passed an earlier one is then checked again."""

TRIES = 8
"""After so many calls at which something was left open, a process gives up on a derivative."""

_passed: set[str] = set()
_tries: dict[str, int] = {}


def record_key(artifact: Artifact, loop: int) -> str:
    """What the record of one loop of a build is found by; the library's own content is part of it."""
    return digest("checked", VERSION, *artifact.identity, loop)


def record_keys(kernel: Kernel) -> tuple[str, ...]:
    """What the records of all loops of a kernel are found by."""
    artifact = kernel.artifact
    return tuple(record_key(artifact, loop) for loop in range(len(kernel.plans)))


def has_passed(key: str) -> bool:
    """Whether this process or an earlier one has seen it pass."""
    if key not in _passed:
        # What was built ahead of time needs no store: without one, the process alone remembers.
        with suppress(StoreError):
            if Manifest(Store()).lookup(key) is not None:
                _passed.add(key)
    return key in _passed


def is_done(key: str) -> bool:
    """Whether there is nothing more to find out in this process."""
    return _tries.get(key, 0) >= TRIES or has_passed(key)


def note_passed(key: str) -> None:
    """Remember it for good; a store that cannot be written forgets it with the process."""
    _passed.add(key)
    with suppress(StoreError):
        Manifest(Store()).record(key, (), "passed")


def note_undecided(key: str) -> None:
    """Count a try at which something was left open."""
    _tries[key] = _tries.get(key, 0) + 1
