"""Damaged and foreign entries are rebuilt with a warning, never loaded."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from zymogen.build.store import Store
from zymogen.build.store import store as store_module
from zymogen.build.store.entry import Damage, read_entry
from zymogen.errors import StoreWarning

if TYPE_CHECKING:
    from collections.abc import Callable

LIBRARY = bytes(range(256)) * 8
LARGE = "x" * 300_000


def build(scratch: Path) -> None:
    (scratch / "libkernel.so").write_bytes(LIBRARY)
    (scratch / "how to call it.json").write_text('{"arguments": 2}')
    (scratch / "kernel.ll").write_text(LARGE)


def overwrite(path: Path, change: Callable[[bytearray], object]) -> None:
    content = bytearray(path.read_bytes())
    change(content)
    mode = path.stat().st_mode
    path.chmod(0o600)
    path.write_bytes(content)
    path.chmod(mode)


def flip(position: int) -> Callable[[bytearray], None]:
    def change(content: bytearray) -> None:
        content[position] ^= 1

    return change


def cut(content: bytearray) -> None:
    del content[-1]


def empty(content: bytearray) -> None:
    content.clear()


def replace_by_link(path: Path) -> None:
    copy = path.with_name("copy")
    path.rename(copy)
    path.symlink_to(copy)


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def replace_by_file(path: Path) -> None:
    shutil.rmtree(path)
    path.touch()


DAMAGES: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "flipped byte": (
        "libkernel.so",
        lambda path: overwrite(path, flip(1000)),
        "content of libkernel.so is not",
    ),
    "flipped byte in a small file": (
        "how to call it.json",
        lambda path: overwrite(path, flip(3)),
        "content of how to",
    ),
    "truncated": ("libkernel.so", lambda path: overwrite(path, cut), "libkernel.so has 2047 bytes, not 2048"),
    "truncated text": (
        "kernel.ll",
        lambda path: overwrite(path, cut),
        "kernel.ll has 299999 bytes, not 300000",
    ),
    "empty": ("libkernel.so", lambda path: overwrite(path, empty), "libkernel.so has 0 bytes, not 2048"),
    "missing": ("libkernel.so", Path.unlink, "libkernel.so is missing"),
    "link": ("libkernel.so", replace_by_link, "libkernel.so cannot be read"),
    "folder": ("libkernel.so", replace_by_folder, "libkernel.so cannot be read .Is a dir"),
    "writable by the group": (
        "libkernel.so",
        lambda path: path.chmod(0o664),
        "libkernel.so is owned by .*-rw-rw-r--",
    ),
    "writable by all": (
        "libkernel.so",
        lambda path: path.chmod(0o646),
        "libkernel.so is owned by .*-rw-r--rw-",
    ),
    "no description": ("entry.json", Path.unlink, "entry.json is missing"),
    "empty description": (
        "entry.json",
        lambda path: overwrite(path, empty),
        "entry.json is not what was written",
    ),
    "description cut short": (
        "entry.json",
        lambda path: overwrite(path, cut),
        "entry.json is not what was written",
    ),
    "description writable": ("entry.json", lambda path: path.chmod(0o666), "entry.json is owned by"),
    "entry writable by the group": (
        "",
        lambda path: path.chmod(0o775),
        "its folder is owned by .*drwxrwxr-x",
    ),
    "entry is a link": ("", replace_by_link, "cannot be opened as a folder"),
    "entry is a file": ("", replace_by_file, "cannot be opened as a folder"),
    "entry is empty": ("", lambda path: [file.unlink() for file in path.iterdir()], "entry.json is missing"),
}


@pytest.mark.parametrize(("name", "damage", "reason"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_entry_is_rebuilt_with_a_warning(
    store: Store, key: str, name: str, damage: Callable[[Path], object], reason: str
) -> None:
    entry = store.fetch(key, build)
    damage(entry.folder / name)
    store_module._verified.clear()
    with pytest.warns(
        StoreWarning, match=rf"entry {key[:16]} is damaged or foreign: .*{reason}.*\. It is not loaded\."
    ):
        assert store.find(key) is None
    with pytest.warns(StoreWarning, match=f"{reason}.* It is not loaded but built again"):
        entry = store.fetch(key, build)
    assert entry.path("libkernel.so").read_bytes() == LIBRARY
    assert list(store.staging.iterdir()) == []
    assert store.find(key) == entry


@pytest.mark.parametrize("name", ["", "libkernel.so", "entry.json"])
def test_the_entry_of_another_user_is_rebuilt_with_a_warning(store: Store, key: str, name: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away; test_safety.py covers the check itself for other users")
    entry = store.fetch(key, build)
    os.chown(entry.folder / name, 65534, -1)
    store_module._verified.clear()
    with pytest.warns(StoreWarning, match=rf"{name or 'its folder'} is owned by \w+ \(uid 65534\).* built again"):
        entry = store.fetch(key, build)
    assert entry.path("libkernel.so").stat().st_uid == 0


def test_no_flipped_bit_of_a_description_goes_unnoticed(store: Store, key: str) -> None:
    entry = store.fetch(key, build)
    description = entry.folder / "entry.json"
    sound = description.read_bytes()
    description.chmod(0o600)
    for position in range(len(sound)):
        changed = bytearray(sound)
        changed[position] ^= 1 << position % 8
        description.write_bytes(changed)
        found = read_entry(entry.folder, key)
        # White space between the fields may change without harm; nothing else.
        assert isinstance(found, Damage) or found == entry


def test_an_entry_does_not_count_under_another_key(store: Store, key: str) -> None:
    entry = store.fetch(key, build)
    other = key[:2] + "0" * 62
    shutil.copytree(entry.folder, store.entry_folder(other))
    with pytest.warns(StoreWarning, match=f"entry {other[:16]} .*entry.json is not what was written"):
        assert store.find(other) is None


def test_content_is_verified_once_per_process(store: Store, key: str) -> None:
    entry = store.fetch(key, build)
    assert store.find(key) is not None
    overwrite(entry.path("libkernel.so"), flip(0))
    assert Store(store.folder).find(key) is not None
    store_module._verified.clear()
    with pytest.warns(StoreWarning):
        assert store.find(key) is None


def test_an_entry_that_replaces_another_is_verified_again(store: Store, key: str) -> None:
    store.fetch(key, build)
    assert store.find(key) is not None
    Store(store.folder).clear()
    assert store.find(key) is None
    entry = store.fetch(key, build)
    overwrite(entry.path("libkernel.so"), flip(0))
    with pytest.warns(StoreWarning):
        assert store.find(key) is None


def test_a_damaged_entry_that_appears_during_the_build_is_replaced(store: Store, key: str) -> None:
    def overtaken(scratch: Path) -> None:
        build(scratch)
        store.entry_folder(key).mkdir(parents=True)
        (store.entry_folder(key) / "entry.json").write_text("{}")

    assert store.fetch(key, overtaken).path("libkernel.so").read_bytes() == LIBRARY
    assert store.find(key) is not None
