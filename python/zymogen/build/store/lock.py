"""Locks between processes: `flock` on a file, given back by the kernel when its holder dies.

Locks here save work and say which scratch folders are alive; they never decide what is loaded (a rename
does). So a file system without locks (some NFS mounts) is not an error: each process then believes it holds
the lock, two may build the same entry, and the first rename wins. A "soft" lock, a file that exists while the
lock is held, would be worse there: it outlives a killed holder, and everybody else waits for ever.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_HELD_BY_ANOTHER = {errno.EAGAIN, errno.EACCES}
_NO_LOCKS_HERE = {errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK}


@dataclass
class Lock:
    """A lock that this process holds until `release` or its death."""

    path: Path
    descriptor: int
    enforced: bool
    """Whether the file system knows locks; otherwise others may hold "the lock" as well."""

    def release(self, *, remove: bool = False) -> None:
        """Give the lock back; with `remove`, its file goes too, and those who wait for it make a new one."""
        if self.descriptor < 0:
            return
        descriptor, self.descriptor = self.descriptor, -1
        if remove:
            with contextlib.suppress(OSError):
                self.path.unlink()
        # Unlocked by name before it is closed: a child forked meanwhile shares the lock and would keep it.
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def take(path: Path, *, create: bool = True) -> Lock | None:
    """The lock at `path`, or None when another process (or thread) holds it.

    With ``create=False`` a missing file raises `FileNotFoundError`.
    """
    flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | (os.O_CREAT if create else 0)
    while True:
        descriptor = os.open(path, flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _NO_LOCKS_HERE:
                return Lock(path, descriptor, enforced=False)
            os.close(descriptor)
            if error.errno in _HELD_BY_ANOTHER:
                return None
            raise
        # The previous holder may have removed the file between our open and our lock; a lock on a file
        # without a name keeps nobody out.
        if _is_named(descriptor, path):
            return Lock(path, descriptor, enforced=True)
        os.close(descriptor)


def _is_named(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except FileNotFoundError:
        return False
