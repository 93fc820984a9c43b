"""What the store says it holds, and what clear and prune take away."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from zymogen.build.key import digest
from zymogen.build.manifest import Manifest
from zymogen.build.store import store as store_module

if TYPE_CHECKING:
    from zymogen.build.store import Store

DAY = 24 * 3600.0
SIZE = 10_000


def fill(store: Store, *days_unused: float) -> list[str]:
    """One entry for each number, last used that many days ago."""
    keys = []
    for number, days in enumerate(days_unused):
        key = digest("entry", number)
        entry = store.fetch(key, lambda scratch: (scratch / "a.so").write_bytes(bytes(SIZE)))
        when = time.time() - days * DAY
        os.utime(entry.folder / "used", (when, when))
        keys.append(key)
    store_module._verified.clear()
    return keys


def present(store: Store, keys: list[str]) -> list[bool]:
    return [store.entry_folder(key).exists() for key in keys]


def test_info_counts_entries_and_bytes(store: Store, tmp_path: Path) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    fill(store, 0, 0, 0)
    log = tmp_path / "log"
    log.touch()
    store.keep_log(log, "x")
    info = store.info()
    assert info.folder == store.folder
    assert info.entries == 3
    assert 3 * SIZE < info.bytes < 3 * SIZE + 3000
    assert info.oldest is not None
    assert info.newest is not None
    assert before < info.oldest <= info.newest <= datetime.now(UTC) + timedelta(seconds=1)
    assert (info.logs, info.staging) == (1, 0)


def test_clear_removes_everything(store: Store, tmp_path: Path) -> None:
    keys = fill(store, 0, 0)
    log = tmp_path / "log"
    log.touch()
    store.keep_log(log, "x")
    assert Manifest(store).record(keys[0], [log], "payload")
    removed = store.clear()
    assert removed.entries == 2
    assert removed.bytes > 2 * SIZE
    files = [Path(folder, name) for folder, _, names in os.walk(store.folder) for name in names]
    assert files == []
    assert store.find(keys[0]) is None


@pytest.mark.parametrize("limit", [3 * DAY, timedelta(days=3)])
def test_prune_removes_what_was_not_used_for_long(store: Store, limit: float | timedelta) -> None:
    keys = fill(store, 0, 2, 4, 8)
    assert store.prune(older_than=limit).entries == 2
    assert present(store, keys) == [True, True, False, False]


def test_prune_removes_the_least_recently_used_first(store: Store) -> None:
    keys = fill(store, 3, 1, 4, 2)
    assert store.prune(max_bytes=2 * (SIZE + 1000)).entries == 2
    assert present(store, keys) == [False, True, False, True]


def test_prune_by_age_and_size_removes_no_more_than_needed(store: Store) -> None:
    keys = fill(store, 3, 1, 9, 2)
    assert store.prune(max_bytes=3 * (SIZE + 1000), older_than=5 * DAY).entries == 1
    assert present(store, keys) == [True, True, False, True]


def test_prune_without_limits_removes_no_entry(store: Store) -> None:
    keys = fill(store, 1000)
    assert store.prune().entries == 0
    assert present(store, keys) == [True]


def test_loading_an_entry_counts_as_use_once_a_day(store: Store) -> None:
    recent, old = fill(store, 0.5, 2)
    stamps = [store.entry_folder(key) / "used" for key in (recent, old)]
    before = [stamp.stat().st_mtime for stamp in stamps]
    store.find(recent)
    store.find(old)
    assert stamps[0].stat().st_mtime == before[0]
    assert stamps[1].stat().st_mtime > time.time() - 60


def test_prune_removes_locks_and_manifests_that_are_of_no_use(store: Store, key: str) -> None:
    fill(store, 0)
    Manifest(store).record(key, [], "payload")
    files = [*store.locks.iterdir(), *store.manifests.iterdir()]
    assert len(files) == 3
    store.prune()
    assert all(file.exists() for file in files)
    for file in files:
        os.utime(file, (time.time() - 8 * DAY,) * 2)
    store.prune()
    assert not any(file.exists() for file in files)


def test_prune_removes_what_a_killed_process_left(store: Store) -> None:
    fill(store, 0)
    (store.staging / "0123456789abcdef").mkdir()
    (store.staging / "0123456789abcdef" / "half.so").touch()
    (store.staging / "fedcba9876543210.lock").touch()
    assert store.info().staging == 1
    store.prune()
    assert list(store.staging.iterdir()) == []


def test_a_damaged_entry_can_be_cleared(store: Store) -> None:
    (key,) = fill(store, 0)
    (store.entry_folder(key) / "entry.json").unlink()
    assert store.info().entries == 1
    assert store.clear().entries == 1
