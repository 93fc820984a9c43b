"""What the store holds, and how it is made smaller while other processes load from it and build into it."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from zymogen.build.store import logs, staging
from zymogen.build.store.entry import DESCRIPTION, USED
from zymogen.build.store.lock import take
from zymogen.build.store.safety import explained

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zymogen.build.store.store import Store

# Locks, manifests and kept scratch folders that were not touched for this long are of no use to anybody.
_STALE_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True)
class Info:
    """What a store holds."""

    folder: Path
    entries: int
    bytes: int
    """Of all entries together."""
    oldest: datetime | None
    """When the oldest entry was built (UTC); None without entries."""
    newest: datetime | None
    logs: int
    staging: int
    """Builds in progress, scratch folders kept on request, and what killed builds have left."""


@dataclass(frozen=True)
class Removed:
    """What `clear` or `prune` took away."""

    entries: int
    bytes: int


@dataclass(frozen=True)
class _Item:
    folder: Path
    bytes: int
    created: float
    used: float


def info(store: Store) -> Info:
    """Count what lies in a store; zeros when there is none yet."""
    items = list(_items(store))
    created = [datetime.fromtimestamp(item.created, UTC) for item in items]
    return Info(
        folder=store.folder,
        entries=len(items),
        bytes=sum(item.bytes for item in items),
        oldest=min(created, default=None),
        newest=max(created, default=None),
        logs=len(logs.logs(store.logs)),
        staging=staging.count(store.staging),
    )


def clear(store: Store) -> Removed:
    """Remove everything but builds in progress."""
    now = time.time()
    removed = _remove(store, list(_items(store)))
    # Later than now: files made in this very moment may bear a time slightly ahead of our clock.
    _remove_leftovers(store, before=now + 60)
    for path in (*logs.logs(store.logs), *logs.archives(store.logs)):
        path.unlink(missing_ok=True)
    return removed


def prune(store: Store, max_bytes: int | None, older_than: float | timedelta | None) -> Removed:
    """Remove entries by age of last use, then by size, least recently used first."""
    now = time.time()
    items = sorted(_items(store), key=lambda item: item.used)
    doomed: list[_Item] = []
    if older_than is not None:
        seconds = older_than.total_seconds() if isinstance(older_than, timedelta) else older_than
        doomed = [item for item in items if item.used < now - seconds]
    if max_bytes is not None:
        remaining = items[len(doomed) :]
        excess = sum(item.bytes for item in remaining) - max_bytes
        for item in remaining:
            if excess <= 0:
                break
            doomed.append(item)
            excess -= item.bytes
    removed = _remove(store, doomed)
    _remove_leftovers(store, before=now - _STALE_SECONDS)
    return removed


def _items(store: Store) -> Iterator[_Item]:
    if not store.is_there():
        return
    for prefix in _listed(store.root):
        if len(prefix) != 2:
            continue
        for key in _listed(store.root / prefix):
            item = _item(store.root / prefix / key)
            if item is not None:
                yield item


def _item(folder: Path) -> _Item | None:
    # Entries may vanish while we look, and damaged ones count as well: None only when there is nothing.
    size = 0
    created = used = 0.0
    try:
        created = used = folder.lstat().st_mtime
        for file in os.scandir(folder):
            status = file.stat(follow_symlinks=False)
            size += status.st_size
            if file.name == USED:
                used = status.st_mtime
            elif file.name == DESCRIPTION:
                created = status.st_mtime
    except FileNotFoundError:
        return None
    except OSError:
        pass
    return _Item(folder, size, created, used)


def _remove(store: Store, items: list[_Item]) -> Removed:
    with explained(store.folder):
        if items:
            store.make_folders()
        for item in items:
            staging.discard(item.folder, store.staging)
    return Removed(len(items), sum(item.bytes for item in items))


def _remove_leftovers(store: Store, before: float) -> None:
    """Remove abandoned scratch, and manifests, free locks and kept scratch last touched before a time."""
    staging.clean(store.staging, kept_before=before)
    for name in _listed(store.manifests):
        path = store.manifests / name
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < before:
                path.unlink()
    for name in _listed(store.locks):
        path = store.locks / name
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < before and (lock := take(path, create=False)) is not None:
                lock.release(remove=lock.enforced)


def _listed(folder: Path) -> list[str]:
    try:
        return [path.name for path in folder.iterdir()]
    except OSError:
        return []
