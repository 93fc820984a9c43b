"""Scratch folders: where builds happen before they are renamed into place, and where removed entries die.

Beside a scratch folder ``NAME`` lies a lock file ``NAME.lock``, held by its owner for as long as it lives. A
lock file that nobody holds belongs to a process that was killed, and whoever comes next removes the pair. (A
process number in the name would not do: nodes that share a home folder, and containers, have numbers of their
own.)
"""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zymogen.build.store.lock import Lock, take

if TYPE_CHECKING:
    from pathlib import Path

# Where the file system has no locks, a scratch folder this old is taken for abandoned.
_ABANDONED_SECONDS = 24 * 3600


@dataclass
class Scratch:
    """A private folder of one build, removed with `remove` unless it was renamed away or kept."""

    path: Path
    lock: Lock
    kept: bool = False

    def keep(self) -> None:
        """Leave the folder for the user to look into, until the store is cleared."""
        self.lock.path.rename(_kept(self.path))
        self.kept = True

    def remove(self) -> None:
        """Delete what is left of the folder, and its lock file last."""
        if not self.kept:
            delete(self.path)
        self.lock.release(remove=not self.kept)


def new_scratch(staging: Path) -> Scratch:
    """A new, empty folder that only this user can enter."""
    while True:
        path = staging / _unused_name()
        # The lock comes first: a folder without one is free to be removed.
        lock = take(_lock(path))
        if lock is not None:
            break
    try:
        path.mkdir(0o700)
    except BaseException:
        lock.release(remove=True)
        raise
    return Scratch(path, lock)


def discard(folder: Path, staging: Path) -> None:
    """Remove a folder that others may be reading: it vanishes as a whole, then its files are deleted."""
    trash = staging / _unused_name()
    try:
        folder.rename(trash)
    except FileNotFoundError:
        return
    except PermissionError:
        # A folder of another user can be renamed where it is, but not moved.
        trash = folder.with_name(f".{trash.name}")
        folder.rename(trash)
    delete(trash)


def clean(staging: Path, *, kept_before: float = 0) -> int:
    """Remove what killed processes left, and folders kept before a time; how many there were."""
    removed = 0
    for name in _listed(staging):
        path = staging / name
        if path.suffix == ".lock":
            removed += _clean_scratch(path)
        elif path.suffix == ".keep":
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < kept_before:
                    delete(path.with_suffix(""))
                    path.unlink()
                    removed += 1
        elif not (_lock(path).exists() or _kept(path).exists()) and path.exists():
            delete(path)
            removed += 1
    return removed


def count(staging: Path) -> int:
    """How many scratch folders there are, alive, kept or abandoned."""
    return sum(1 for name in _listed(staging) if "." not in name)


def delete(path: Path) -> None:
    """Delete a file or a folder with all it holds; what cannot be deleted is left for the next `clean`."""
    # Imported here because most processes only load entries.
    import shutil

    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()


def _clean_scratch(lock_path: Path) -> int:
    try:
        lock = take(lock_path, create=False)
    except OSError:
        return 0
    if lock is None:
        return 0
    if not lock.enforced and os.fstat(lock.descriptor).st_mtime > time.time() - _ABANDONED_SECONDS:
        lock.release()
        return 0
    delete(lock_path.with_suffix(""))
    lock.release(remove=True)
    return 1


def _listed(folder: Path) -> list[str]:
    try:
        return [path.name for path in folder.iterdir()]
    except OSError:
        return []


def _unused_name() -> str:
    return os.urandom(8).hex()


def _lock(path: Path) -> Path:
    return path.with_suffix(".lock")


def _kept(path: Path) -> Path:
    return path.with_suffix(".keep")
