"""A store that others could have written to is refused; one that cannot be written is still read."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zymogen.build.store import Store
from zymogen.build.store import store as store_module
from zymogen.build.store.entry import Entry
from zymogen.build.store.safety import check_folder
from zymogen.errors import StoreError

# Threads of a linear algebra library may exist; the children here do not use it.
pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")

NOBODY = 65534
InChild = Callable[..., Any]


def build(scratch: Path) -> None:
    (scratch / "libkernel.so").write_bytes(b"library")


def make_writable(store: Store) -> None:
    """What a user has to do before a store of ours can be deleted again."""
    for folder, _, _ in os.walk(store.folder):
        with contextlib.suppress(OSError):
            Path(folder).chmod(0o755)


@pytest.mark.parametrize("mode", [0o770, 0o702, 0o777])
def test_a_folder_that_others_can_write_to_is_refused(store: Store, key: str, mode: int) -> None:
    store.fetch(key, build)
    store.folder.chmod(mode)
    message = rf"{store.folder}: it is owned by \w+ \(uid \d+\), mode d.*`chmod go-w .*ZYMOGEN_CACHE_DIR"
    for action in (
        lambda: store.find(key),
        lambda: store.fetch(key, build),
        store.info,
        store.clear,
        store.prune,
    ):
        with pytest.raises(StoreError, match=message):
            action()
    problem = store.problem()
    assert problem is not None
    assert f"chmod go-w {store.folder}" in problem
    store.folder.chmod(0o700)
    assert store.problem() is None
    assert store.find(key) is not None


def test_a_folder_for_everybody_is_refused_and_left_as_it_is() -> None:
    with pytest.raises(StoreError, match=r"/tmp: it is owned by .* Please set ZYMOGEN_CACHE_DIR=FOLDER") as caught:
        Store(Path("/tmp")).find("0" * 64)
    assert "chmod" not in str(caught.value)


def test_the_folder_of_another_user_is_refused(store: Store, key: str, give_away: Callable[..., None]) -> None:
    store.fetch(key, build)
    give_away(store.folder)
    with pytest.raises(StoreError, match=r"it is owned by .* \(uid \d+\), mode drwx------, and this process runs as "):
        store.find(key)
    with pytest.raises(StoreError, match="set ZYMOGEN_CACHE_DIR=FOLDER"):
        store.fetch(key, build)


def test_a_folder_of_the_store_that_belongs_to_another_user_is_refused(
    store: Store, key: str, give_away: Callable[..., None]
) -> None:
    store.fetch(key, build)
    give_away(store.root)
    with pytest.raises(StoreError, match="owned by"):
        store.find(key)


@pytest.mark.parametrize("name", ["v1", "v1/staging", "v1/locks"])
def test_a_link_inside_the_store_is_refused(store: Store, key: str, name: str, tmp_path: Path) -> None:
    store.fetch("0" * 64, build)
    (store.folder / name).rename(tmp_path / "elsewhere")
    (store.folder / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match=f"{store.folder / name} is owned by .*mode l.*Remove"):
        store.fetch(key, build)


def test_links_on_the_way_to_the_store_are_followed_and_their_target_is_checked(tmp_path: Path, key: str) -> None:
    target = tmp_path / "target"
    target.mkdir(0o700)
    (tmp_path / "link").symlink_to(target)
    store = Store(tmp_path / "link")
    assert store.folder == target
    store.fetch(key, build)
    target.chmod(0o777)
    with pytest.raises(StoreError, match=f"chmod go-w {target}"):
        store.find(key)


def test_a_store_that_is_a_file_is_refused(store: Store, key: str) -> None:
    store.folder.touch()
    with pytest.raises(StoreError, match=r"it is no folder \(owned by .*Remove it"):
        store.fetch(key, build)


def test_a_store_below_a_folder_that_all_can_write_to_needs_the_sticky_bit(tmp_path: Path, key: str) -> None:
    parent = tmp_path / "parent"
    parent.mkdir()
    parent.chmod(0o1777)
    store = Store(parent / "cache")
    assert isinstance(store.fetch(key, build), Entry)
    parent.chmod(0o777)
    with pytest.raises(StoreError, match=f"anybody can put another folder in its place. Run `chmod o-w {parent}`"):
        store.find(key)


def test_what_root_alone_can_write_is_safe_for_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    assert check_folder(Path("/usr"))


def test_an_empty_or_missing_store_is_no_problem(store: Store, key: str) -> None:
    assert store.problem() is None
    assert store.find(key) is None
    assert store.info().entries == 0
    assert store.clear().entries == 0
    assert store.prune(max_bytes=0).entries == 0
    assert not store.folder.exists()


def test_a_store_that_an_administrator_has_built_is_read_by_others(
    public_folder: Path, key: str, in_child: InChild
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can be the administrator; the next test covers a store that cannot be written")
    store = Store(public_folder / "cache")
    store.fetch(key, build)
    store.folder.chmod(0o755)
    store_module._verified.clear()
    entry = in_child(lambda: store.fetch(key, build), user=NOBODY)
    assert isinstance(entry, Entry)
    assert in_child(lambda: entry.path("libkernel.so").read_bytes(), user=NOBODY) == b"library"
    error = in_child(lambda: store.fetch("0" * 64, build), user=NOBODY)
    assert isinstance(error, StoreError)
    assert f"cache folder {store.folder}: it cannot be written: Permission denied" in str(error)
    assert "owned by root (uid 0), mode drwxr-xr-x" in str(error)
    assert "set ZYMOGEN_CACHE_DIR=FOLDER" in str(error)
    error = in_child(store.clear, user=NOBODY)
    assert isinstance(error, StoreError)
    assert store.find(key) is not None


def test_a_store_that_cannot_be_written_is_still_read(public_folder: Path, key: str, in_child: InChild) -> None:
    user = NOBODY if os.geteuid() == 0 else None
    home = public_folder / "home"
    home.mkdir()
    if user is not None:
        os.chown(home, user, user)
    store = Store(home / "cache")

    def scenario() -> tuple[bool, str]:
        store.fetch(key, build)
        for folder, _, _ in os.walk(store.folder, topdown=False):
            Path(folder).chmod(0o555)
        store_module._verified.clear()
        found = store.find(key) is not None
        try:
            store.fetch("0" * 64, build)
        except StoreError as error:
            return found, str(error)
        finally:
            make_writable(store)
        return found, ""

    found, message = in_child(scenario, user=user)
    assert found
    assert "it cannot be written: Permission denied" in message


def test_a_folder_that_cannot_be_made_is_reported(public_folder: Path, key: str, in_child: InChild) -> None:
    user = NOBODY if os.geteuid() == 0 else None
    public_folder.chmod(0o555)
    error = in_child(lambda: Store(public_folder / "cache").fetch(key, build), user=user)
    public_folder.chmod(0o755)
    assert isinstance(error, StoreError)
    assert "cannot be written: Permission denied" in str(error)
