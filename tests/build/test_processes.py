"""Many processes at once, and processes that are killed."""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from zymogen.build.key import digest
from zymogen.build.store import Store

if TYPE_CHECKING:
    from pathlib import Path

# Threads of a linear algebra library may exist; the children here do not use it.
pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")

Start = Callable[..., Any]
Finish = Callable[[Any], str]

NAMES = [f"part{number}.so" for number in range(4)]


def content(key: str, name: str) -> bytes:
    return digest(key, name).encode() * 10


def build_slowly(key: str, scratch: Path, seconds: float = 0.001) -> None:
    """Several files, each written in two pieces."""
    for name in NAMES:
        half = content(key, name)[:300]
        with (scratch / name).open("wb") as stream:
            stream.write(half)
            stream.flush()
            time.sleep(seconds)
            stream.write(content(key, name)[len(half) :])


def fetch(store: Store, key: str) -> None:
    """Fetch an entry and check all that it holds; a warning is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        entry = store.fetch(key, lambda scratch: build_slowly(key, scratch))
    for name in NAMES:
        assert entry.path(name).read_bytes() == content(key, name)


SIXTEENTH = """
    import os, pathlib, sys, time
    from zymogen.build.store import Store

    folder, key = sys.argv[1:]

    def build(scratch):
        print("built")
        (scratch / "a.so").write_bytes(b"begin")
        time.sleep(0.5)
        with open(scratch / "a.so", "ab") as stream:
            stream.write(b" end")

    print("ready", flush=True)
    sys.stdin.readline()
    entry = Store(pathlib.Path(folder)).fetch(key, build)
    assert entry.path("a.so").read_bytes() == b"begin end"
    print("right")
"""


def test_of_sixteen_processes_one_builds_and_all_get_the_entry(
    store: Store, key: str, start: Start, finish: Finish
) -> None:
    processes = [start(SIXTEENTH, store.folder, key) for _ in range(16)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    output = "".join(map(finish, processes))
    assert output.split().count("built") == 1
    assert output.split().count("right") == 16
    assert list(store.staging.iterdir()) == []


def test_of_sixteen_threads_one_builds_and_all_get_the_entry(store: Store, key: str) -> None:
    built = []

    def build(scratch: Path) -> None:
        built.append(threading.get_ident())
        build_slowly(key, scratch, 0.01)

    results = []
    threads = [threading.Thread(target=lambda: results.append(store.fetch(key, build))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1
    assert results == [store.find(key)] * 16


def _child_builds_for_ever(store: Store, prefix: int, announce: int) -> NoReturn:
    try:
        os.write(announce, b"!")
        for number in range(10_000):
            fetch(store, digest(prefix, number))
    finally:
        os._exit(1)


def test_fifty_builders_killed_at_random_leave_nothing_that_is_loaded(store: Store) -> None:
    chance = random.Random(50)
    for prefix in range(50):
        hears, says = os.pipe()
        child = os.fork()
        if child == 0:
            _child_builds_for_ever(store, prefix, says)
        os.read(hears, 1)
        os.close(hears)
        os.close(says)
        # One build takes about 10 ms.
        time.sleep(chance.uniform(0, 0.025))
        os.kill(child, signal.SIGKILL)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL
        for number in range(4):
            fetch(store, digest(prefix, number))
    assert list(store.staging.iterdir()) == []
    assert store.info().entries >= 200


def test_a_builder_killed_at_any_step_leaves_nothing_that_is_loaded(store: Store) -> None:
    """The n-th child dies at its n-th operation on files, until one lives long enough to finish."""
    step = 0
    died = True
    while died:
        step += 1
        key = digest("step", step)
        child = os.fork()
        if child == 0:
            _child_dies_at(store, key, step)
        status = os.waitpid(child, 0)[1]
        died = status == signal.SIGKILL
        assert died or status == 0
        fetch(store, key)
        fetch(store, digest("after step", step))
        assert list(store.staging.iterdir()) == []
    assert step > 20


def _child_dies_at(store: Store, key: str, step: int) -> NoReturn:
    operations = 0

    def count(event: str, _: tuple[object, ...]) -> None:
        nonlocal operations
        if event == "open" or event.startswith(("os.", "fcntl.")):
            operations += 1
            if operations == step:
                os.kill(os.getpid(), signal.SIGKILL)

    try:
        sys.addaudithook(count)
        fetch(store, key)
        step = 0
    finally:
        os._exit(0 if step == 0 else 1)


HOLDER = """
    import pathlib, sys, time
    from zymogen.build.store import Store

    def build(scratch):
        (scratch / "half.so").write_bytes(b"half")
        print("building", flush=True)
        time.sleep(60)

    Store(pathlib.Path(sys.argv[1])).fetch(sys.argv[2], build)
"""


def test_those_who_wait_for_a_builder_that_is_killed_go_on(store: Store, key: str, start: Start) -> None:
    holder = start(HOLDER, store.folder, key)
    assert holder.stdout.readline() == "building\n"
    killer = threading.Timer(0.3, holder.kill)
    killer.start()
    begin = time.monotonic()
    fetch(store, key)
    assert 0.2 < time.monotonic() - begin < 10
    holder.communicate()
    assert list(store.staging.iterdir()) == []


def test_clearing_and_pruning_let_a_build_in_progress_go_on(store: Store, key: str) -> None:
    def build(scratch: Path) -> None:
        build_slowly(key, scratch)
        other = Store(store.folder)
        other.clear()
        other.prune(max_bytes=0)

    entry = store.fetch(key, build)
    assert entry.path(NAMES[0]).read_bytes() == content(key, NAMES[0])


LOADER = """
    import pathlib, sys, time
    from zymogen.build.key import digest
    from zymogen.build.store import Store

    store = Store(pathlib.Path(sys.argv[1]))
    number = int(sys.argv[2])
    loads = 0

    def build(scratch):
        for name in ("a.so", "b.so"):
            (scratch / name).write_bytes(key.encode())

    def use(entry):
        return [entry.path(name).read_bytes() for name in ("a.so", "b.so")]

    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        number += 1
        key = digest(number % 7)
        assert store.load(key, build, use)[1] == [key.encode()] * 2
        loads += 1
    print(loads)
"""


@pytest.mark.parametrize("removal", ["clear", "prune"])
def test_removal_never_disturbs_those_who_load(store: Store, removal: str, start: Start, finish: Finish) -> None:
    loaders = [start(LOADER, store.folder, number) for number in range(4)]
    removed = 0
    while any(loader.poll() is None for loader in loaders):
        removed += (store.clear() if removal == "clear" else store.prune(max_bytes=1500)).entries
        time.sleep(0.01)
    for loader in loaders:
        assert int(finish(loader)) > 10
    assert removed > 10
    store.clear()
    assert store.info().entries == 0
    assert list(store.staging.iterdir()) == []
