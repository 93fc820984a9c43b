"""The store: finished builds on disk, found by the key of everything they were made from.

Sixteen processes, or the ranks of an MPI job on many nodes, may ask for one key at once: a lock lets one of
them build while the others wait, and the rename into place, which is atomic, decides what the entry is.
Whatever a killed process leaves behind lies in ``staging`` and is never looked at again. Everything is
verified before it is returned, because what lies here gets executed.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from zymogen.build.store import logs, staging
from zymogen.build.store.entry import USED, Damage, Entry, flush_folder, read_entry, seal
from zymogen.build.store.folders import Folders, check_key, default_folder
from zymogen.build.store.lock import Lock, take
from zymogen.build.store.safety import explained, explanation, is_full
from zymogen.errors import StoreError, StoreWarning, ZymogenError

__all__ = ["Entry", "Store", "check_key", "default_folder"]

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from zymogen.build.store.prune import Info, Removed

T = TypeVar("T")

_DAY_SECONDS = 24 * 3600
_POLL_SECONDS = 0.02
# A build of ours takes seconds. After this long the holder of a lock is stuck, and building twice does no
# harm.
_WAIT_SECONDS = 20 * 60
_ATTEMPTS = 10

# What this process has verified already: each entry is read and hashed once.
_verified: dict[Path, tuple[tuple[int, int, int], Entry]] = {}


class Store(Folders):
    """Finished builds on disk, shared by all processes of one user.

    Parameters
    ----------
    folder : Path, default `default_folder()`; it is made, with mode 0700, when something is built
    """

    def __repr__(self) -> str:
        return f"Store({str(self.folder)!r})"

    def find(self, key: str) -> Entry | None:
        """The entry of a key, or None when it is not there.

        An entry that is damaged, or that others could have written, counts as not there, with a
        `StoreWarning`.

        Raises
        ------
        StoreError
            If the store's folder could have been written by others.
        """
        found = self._look(key)
        if isinstance(found, Damage):
            _warn(key, found, "It is not loaded")
            return None
        return found

    def fetch(self, key: str, build: Callable[[Path], object], label: str = "") -> Entry:
        """The entry of a key, built now when it is not there.

        Parameters
        ----------
        key : 16 to 128 lower-case hexadecimal digits, see `zymogen.build.key.digest`
        build : called with the path of an empty, private folder; the files it leaves there become the
            entry, and folders it makes there are work space and go away. It runs in one of all the
            processes that ask at once.
        label : what the entry is, for people

        Raises
        ------
        StoreError
            If the store's folder is unsafe, or cannot be written and a build is needed, or is full.
        Exception
            Whatever `build` raises. Its scratch folder is removed; with ``ZYMOGEN_KEEP_SCRATCH=1`` in the
            environment it stays, and the message says where.
        """
        found = self._look(key)
        if isinstance(found, Entry):
            return found
        with explained(self.folder):
            self.make_folders()
            waited = self._wait_for(key)
        if isinstance(waited, Entry):
            return waited
        try:
            found = self._look(key)
            if isinstance(found, Entry):
                return found
            if isinstance(found, Damage):
                _warn(key, found, "It is not loaded but built again")
                with explained(self.folder):
                    staging.discard(self.entry_folder(key), self.staging)
            return self._build(key, build, label)
        finally:
            if waited is not None:
                waited.release()

    def load(
        self, key: str, build: Callable[[Path], object], use: Callable[[Entry], T], label: str = ""
    ) -> tuple[Entry, T]:
        """Like `fetch`, and then open the entry's files with `use`.

        Should another process clear the store between the two, so that `use` fails with an `OSError`, the
        entry is fetched again.

        Returns
        -------
        Entry, and what `use` returned for it
        """
        for _ in range(_ATTEMPTS):
            entry = self.fetch(key, build, label)
            before = _identity(entry.folder)
            try:
                return entry, use(entry)
            except OSError:
                if before is not None and before == _identity(entry.folder):
                    raise
        entry = self.fetch(key, build, label)
        return entry, use(entry)

    def keep_log(self, path: Path, name: str) -> Path:
        """Copy a log to where it outlives its scratch folder, and return the copy's path; fifty are kept.

        `path` itself is returned when that fails.
        """
        try:
            self.make_folders()
            return logs.keep_log(self.logs, path, name)
        except (OSError, StoreError):
            # The caller is busy with a worse error.
            return path

    def problem(self) -> str | None:
        """Why the store's folder is refused, or None."""
        try:
            self.is_there()
        except StoreError as error:
            return str(error)
        return None

    def info(self) -> Info:
        """What the store holds."""
        from zymogen.build.store.prune import info

        return info(self)

    def clear(self) -> Removed:
        """Remove all entries, logs, manifests and kept scratch folders. Builds in progress go on."""
        from zymogen.build.store.prune import clear

        return clear(self)

    def prune(self, max_bytes: int | None = None, older_than: float | timedelta | None = None) -> Removed:
        """Remove what was not used for long, then the least recently used until the rest is small enough.

        What killed builds have left behind goes in any case.

        Parameters
        ----------
        max_bytes : size of all entries together
        older_than : seconds since the last use, which is noted once a day
        """
        from zymogen.build.store.prune import prune

        return prune(self, max_bytes, older_than)

    def _look(self, key: str) -> Entry | Damage | None:
        folder = self.entry_folder(key)
        if not self.is_there() or not self.is_safe(folder.parent):
            return None
        identity = _identity(folder)
        known = _verified.get(folder)
        if known is not None and known[0] == identity:
            return known[1]
        found = read_entry(folder, key)
        if isinstance(found, Entry) and identity is not None:
            _verified[folder] = (identity, found)
            _note_use(folder)
        return found

    def _wait_for(self, key: str) -> Lock | Entry | None:
        """The key's lock, or the entry that its holder has built, or None after a very long time."""
        path = self.locks / f"{key}.lock"
        deadline = time.monotonic() + _WAIT_SECONDS
        while (lock := take(path)) is None:
            found = self._look(key)
            if isinstance(found, Entry):
                return found
            if time.monotonic() > deadline:
                return None
            time.sleep(_POLL_SECONDS)
        return lock

    def _build(self, key: str, build: Callable[[Path], object], label: str) -> Entry:
        with explained(self.folder):
            staging.clean(self.staging)
            scratch = staging.new_scratch(self.staging)
        try:
            try:
                build(scratch.path)
            except BaseException as error:
                if os.environ.get("ZYMOGEN_KEEP_SCRATCH", "") not in ("", "0"):
                    scratch.keep()
                    _mention(error, f"The scratch folder is kept: {scratch.path}")
                if isinstance(error, OSError) and is_full(error):
                    raise StoreError(explanation(self.folder, error)) from error
                raise
            with explained(self.folder):
                return self._commit(scratch.path, seal(scratch.path, key, label, self.entry_folder(key)))
        finally:
            scratch.remove()

    def _commit(self, scratch: Path, entry: Entry) -> Entry:
        """Rename a sealed scratch folder into place, or take what another process has put there first."""
        for _ in range(_ATTEMPTS):
            self.make_folder(entry.folder.parent, 0o755)
            try:
                scratch.rename(entry.folder)
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                    raise
            else:
                flush_folder(entry.folder.parent)
                return entry
            found = self._look(entry.key)
            if isinstance(found, Entry):
                return found
            staging.discard(entry.folder, self.staging)
        raise StoreError(
            f"zymogen's cache folder {self.folder}: another process keeps replacing the entry {entry.key} "
            "by one that cannot be used. Run `zymogen cache clear`, or set ZYMOGEN_CACHE_DIR=FOLDER to a "
            "folder of your own."
        )


def _identity(folder: Path) -> tuple[int, int, int] | None:
    """Changes when a folder is replaced, or files come or go in it."""
    try:
        status = os.lstat(folder)
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_ctime_ns


def _note_use(folder: Path) -> None:
    # Once a day is enough to know what is least recently used, and spares shared file systems. A store that
    # cannot be written has no use for the note.
    with contextlib.suppress(OSError):
        if (folder / USED).stat().st_mtime < time.time() - _DAY_SECONDS:
            os.utime(folder / USED)


def _warn(key: str, damage: Damage, consequence: str) -> None:
    warnings.warn(
        f"zymogen's cache: entry {key[:16]} is damaged or foreign: {damage.reason}. {consequence}.",
        StoreWarning,
        stacklevel=3,
    )


def _mention(error: BaseException, text: str) -> None:
    """Add a sentence to an error's message."""
    if isinstance(error, ZymogenError) and error.args and isinstance(error.args[0], str):
        error.args = (f"{error.args[0]}\n{text}", *error.args[1:])
    else:
        error.add_note(text)
