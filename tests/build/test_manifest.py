"""A result is found again exactly when every file it was made from is unchanged."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from zymogen.build.key import digest
from zymogen.build.manifest import Manifest
from zymogen.build.store import Store
from zymogen.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY = digest("source and options")
PAYLOAD = {"key": "abc", "kernels": ["bump", "model"]}


@pytest.fixture
def manifest(store: Store) -> Manifest:
    return Manifest(store)


@pytest.fixture
def headers(tmp_path: Path) -> list[Path]:
    """Three headers, last changed a day ago."""
    paths = [tmp_path / f"part{number}.hpp" for number in range(3)]
    for path in paths:
        path.write_text(f"// {path.name}\n")
        set_age(path, 24 * 3600)
    return paths


def set_age(path: Path, seconds: float) -> None:
    when = time.time() - seconds
    os.utime(path, (when, when))


def test_a_payload_is_found_while_nothing_changes(manifest: Manifest, store: Store, headers: list[Path]) -> None:
    assert manifest.lookup(KEY) is None
    assert manifest.record(KEY, headers, PAYLOAD)
    assert manifest.lookup(KEY) == PAYLOAD
    assert Manifest(Store(store.folder)).lookup(KEY) == PAYLOAD
    assert manifest.lookup(digest("another")) is None


def test_a_source_without_headers_has_a_manifest(manifest: Manifest) -> None:
    assert manifest.record(KEY, [], "payload")
    assert manifest.lookup(KEY) == "payload"


def test_a_changed_header_is_noticed(manifest: Manifest, headers: list[Path]) -> None:
    manifest.record(KEY, headers, PAYLOAD)
    headers[1].write_text("// something longer than before\n")
    assert manifest.lookup(KEY) is None


def test_a_change_of_the_same_length_and_time_is_noticed_when_the_header_was_new(
    manifest: Manifest, headers: list[Path]
) -> None:
    now = time.time_ns()
    os.utime(headers[1], ns=(now, now))
    manifest.record(KEY, headers, PAYLOAD)
    assert manifest.lookup(KEY) == PAYLOAD
    headers[1].write_text("// PART1.hpp\n")
    os.utime(headers[1], ns=(now, now))
    assert manifest.lookup(KEY) is None


def test_a_change_of_the_same_length_is_noticed(manifest: Manifest, headers: list[Path]) -> None:
    manifest.record(KEY, headers, PAYLOAD)
    headers[1].write_text("// PART1.hpp\n")
    assert manifest.lookup(KEY) is None


def test_a_removed_header_is_noticed(manifest: Manifest, headers: list[Path]) -> None:
    manifest.record(KEY, headers, PAYLOAD)
    headers[2].unlink()
    assert manifest.lookup(KEY) is None
    headers[2].mkdir()
    assert manifest.lookup(KEY) is None


def test_a_header_that_was_only_touched_is_unchanged(manifest: Manifest, headers: list[Path]) -> None:
    manifest.record(KEY, headers, PAYLOAD)
    for header in headers:
        os.utime(header)
    assert manifest.lookup(KEY) == PAYLOAD


def test_going_back_to_an_earlier_content_finds_its_payload(manifest: Manifest, headers: list[Path]) -> None:
    contents = [f"// version {version}\n" for version in range(8)]
    for content in contents:
        headers[0].write_text(content)
        assert manifest.lookup(KEY) is None
        manifest.record(KEY, headers, content)
    for content in contents:
        headers[0].write_text(content)
        assert manifest.lookup(KEY) == content


def test_the_newest_eight_are_kept(manifest: Manifest, headers: list[Path]) -> None:
    for version in range(10):
        headers[0].write_text(f"// version {version}\n")
        manifest.record(KEY, headers, version + 1)
    found = []
    for version in range(10):
        headers[0].write_text(f"// version {version}\n")
        found.append(manifest.lookup(KEY))
    assert found == [None, None, 3, 4, 5, 6, 7, 8, 9, 10]


def test_recording_the_same_files_again_replaces_the_payload(manifest: Manifest, headers: list[Path]) -> None:
    manifest.record(KEY, headers, "old")
    manifest.record(KEY, headers, "new")
    assert manifest.lookup(KEY) == "new"


def test_a_header_changed_during_the_build_is_not_recorded(manifest: Manifest, headers: list[Path]) -> None:
    time.sleep(0.05)
    begin = time.time_ns()
    assert manifest.record(KEY, headers, PAYLOAD, since_ns=begin)
    headers[0].write_text("// edited while the compiler ran\n")
    assert not manifest.record(KEY, headers, "of the old text", since_ns=begin)
    assert manifest.lookup(KEY) is None


def test_a_header_replaced_during_the_build_by_an_older_one_is_not_recorded(
    manifest: Manifest, headers: list[Path]
) -> None:
    time.sleep(0.05)
    begin = time.time_ns()
    headers[0].write_text("// older\n")
    set_age(headers[0], 10 * 24 * 3600)
    assert not manifest.record(KEY, headers, PAYLOAD, since_ns=begin)


def test_a_header_that_is_gone_is_not_recorded(manifest: Manifest, headers: list[Path]) -> None:
    assert not manifest.record(KEY, [*headers, headers[0].with_name("gone.hpp")], PAYLOAD)
    assert manifest.lookup(KEY) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"variants": 3}', '{"variants": [{}, 1]}', "[" * 100_000])
def test_a_damaged_manifest_is_as_none(manifest: Manifest, store: Store, headers: list[Path], text: str) -> None:
    manifest.record(KEY, headers, PAYLOAD)
    (store.manifests / f"{KEY}.json").write_text(text)
    assert manifest.lookup(KEY) is None
    assert manifest.record(KEY, headers, PAYLOAD)
    assert manifest.lookup(KEY) == PAYLOAD


def test_a_damaged_variant_does_not_hide_the_others(manifest: Manifest, store: Store, headers: list[Path]) -> None:
    manifest.record(KEY, headers, PAYLOAD)
    path = store.manifests / f"{KEY}.json"
    written = json.loads(path.read_text())
    broken = dict(written["variants"][0], dependencies=[[1, 2, 3, "x"]])
    path.write_text(json.dumps({"variants": [broken, *written["variants"]]}))
    assert manifest.lookup(KEY) == PAYLOAD


def test_a_manifest_that_others_can_write_to_is_as_none(manifest: Manifest, store: Store, headers: list[Path]) -> None:
    manifest.record(KEY, headers, PAYLOAD)
    (store.manifests / f"{KEY}.json").chmod(0o666)
    assert manifest.lookup(KEY) is None


def test_the_store_must_be_safe(manifest: Manifest, store: Store, headers: list[Path]) -> None:
    manifest.record(KEY, headers, PAYLOAD)
    store.folder.chmod(0o777)
    with pytest.raises(StoreError, match="others can write"):
        manifest.lookup(KEY)
    assert not manifest.record(KEY, headers, PAYLOAD)


def test_a_key_that_is_no_digest_is_refused(manifest: Manifest) -> None:
    for bad in ("../x", "", "short"):
        with pytest.raises(ValueError, match="is not a key"):
            manifest.lookup(bad)
        with pytest.raises(ValueError, match="is not a key"):
            manifest.record(bad, [], 1)


RECORDER = """
    import pathlib, sys
    from zymogen.build.manifest import Manifest
    from zymogen.build.store import Store

    folder, header, key, number = sys.argv[1:]
    assert Manifest(Store(pathlib.Path(folder))).record(key, [header], int(number))
"""


def test_processes_that_record_at_once_lose_nothing(
    store: Store, tmp_path: Path, start: Callable[..., Any], finish: Callable[[Any], str]
) -> None:
    headers = [tmp_path / f"{number}.hpp" for number in range(6)]
    for header in headers:
        header.write_text(header.name)
    for process in [start(RECORDER, store.folder, header, KEY, 1) for header in headers]:
        finish(process)
    variants = json.loads((store.manifests / f"{KEY}.json").read_text())["variants"]
    assert sorted(variant["dependencies"][0][0] for variant in variants) == [str(header) for header in headers]


def test_fifty_headers_are_looked_up_fast(manifest: Manifest, tmp_path: Path) -> None:
    headers = [tmp_path / f"{number}.hpp" for number in range(50)]
    for header in headers:
        header.write_text("x" * 10_000)
        set_age(header, 3600)
    manifest.record(KEY, headers, PAYLOAD)
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        assert manifest.lookup(KEY) == PAYLOAD
        times.append(time.perf_counter() - begin)
    # 0.7 ms where it was measured.
    assert min(times) < 0.02
