"""Installation of the pinned toolchain: fetch, check, unpack, build, prove, and rename into place."""

from __future__ import annotations

import contextlib
import errno
import shutil
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from zymogen.errors import ToolchainError
from zymogen.toolchain.find import layout_of
from zymogen.toolchain.installation import cxx_runtime, proof, unpack, wheels
from zymogen.toolchain.installation.progress import Steps, show_steps
from zymogen.toolchain.layout import Layout, toolchain_folder
from zymogen.toolchain.lock import Lock, Wheel, read_lock
from zymogen.toolchain.manifest import Manifest, damage, read_manifest, thorough_damage, write_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator

_staging = "staging-"
_room = 1_100_000_000  # both wheels, what is unpacked of them, and the object files of the C++ run time


@dataclass(frozen=True)
class Installation:
    """An installed toolchain."""

    root: Path
    fresh: bool
    """Whether it was installed just now."""
    seconds: float
    bytes: int


def install(
    destination: Path | None = None,
    source: Path | None = None,
    *,
    progress: bool = True,
    lock: Lock | None = None,
) -> Installation:
    """Install the pinned toolchain, unless it is there already.

    Two processes may do it at once: the second waits and uses what the first made. Everything happens in a
    folder aside, which is renamed when it is proven to work; one that a killed process left is removed.

    Parameters
    ----------
    destination
        Folder of all toolchains; by default ZYMOGEN_TOOLCHAIN_DIR, else one in the user's data folder.
    source
        Folder with both wheels; without it pip downloads them.
    progress
        Whether to show bars, or lines where there is no terminal.
    lock
        What to install, by default what the package's lock file says of this machine.

    Raises
    ------
    ToolchainError
        That says what went wrong, with the words of the tool that failed, and what to do.
    """
    start = time.monotonic()
    lock = lock or read_lock()
    folder = Path(destination).absolute() if destination else toolchain_folder()
    layout = layout_of(lock, folder)
    manifest = _whole(layout, lock)
    if manifest is not None:
        return Installation(layout.root, False, time.monotonic() - start, manifest.bytes)
    if not lock.platform.startswith("linux-"):
        raise ToolchainError(
            f"zymogen toolchain install: this machine is {lock.platform}, for which wheels are pinned "
            "and nothing was tried. Expected is Linux. Set ZYMOGEN_CLANG and ZYMOGEN_ENZYME to a clang "
            "and an Enzyme plugin."
        )
    with _disk_errors(folder), show_steps(wanted=progress) as steps, _alone(folder, steps):
        manifest = _whole(layout, lock)  # another process may have made it meanwhile
        if manifest is not None:
            return Installation(layout.root, False, time.monotonic() - start, manifest.bytes)
        _remove_stale(folder)
        _require_room(folder)
        manifest = _make(layout, lock, source, steps)
        return Installation(layout.root, True, time.monotonic() - start, manifest.bytes)


def _whole(layout: Layout, lock: Lock) -> Manifest | None:
    if damage(layout, lock) is not None or any(thorough_damage(layout)):
        return None
    return read_manifest(layout)


def _make(layout: Layout, lock: Lock, source: Path | None, steps: Steps) -> Manifest:
    if not lock.tested:
        steps.say(f"zymogen: the toolchain for {lock.platform} was never tried; please report how it went.")
    staging = Path(tempfile.mkdtemp(prefix=_staging, dir=layout.root.parent))
    try:
        aside = replace(layout, root=staging / "toolchain")
        scratch = staging / "scratch"
        scratch.mkdir()
        files = [_fetch(wheel, source, staging / "wheels", steps) for wheel in lock.wheels]
        for title, unpack_wheel, wheel, file in (
            ("unpack compiler", unpack.unpack_compiler, lock.compiler, files[0]),
            ("unpack Enzyme", unpack.unpack_enzyme, lock.enzyme, files[1]),
        ):
            with steps.step(title, unpack.unpacked_size(wheel)) as advance:
                unpack_wheel(file, aside, advance)
        with steps.step("build C++ run time", 1.0) as advance:
            cxx_runtime.build_runtime(aside, scratch, advance)
        unpack.remove_sources(aside)
        with steps.step("prove that it works", 1.0):
            proof.prove(aside, scratch)
        aside.root.chmod(0o755)
        manifest = write_manifest(aside, lock)
        if layout.root.exists():  # a damaged one
            layout.root.rename(staging / "damaged")
        aside.root.rename(layout.root)
        return manifest
    finally:
        _remove(staging)


def _fetch(wheel: Wheel, source: Path | None, folder: Path, steps: Steps) -> Path:
    name = wheel.package
    if source is None:
        with steps.step(f"download {name}", wheel.size) as advance:
            file = wheels.download(wheel, folder, advance)
    else:
        file = wheels.take(wheel, source)
    with steps.step(f"check {name}", wheel.size) as advance:
        wheels.check(wheel, file, advance)
    return file


@contextlib.contextmanager
def _alone(folder: Path, steps: Steps) -> Iterator[None]:
    """Hold the folder's lock; the system frees it when its holder dies."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "install.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        steps.say("zymogen: another process is installing the toolchain; waiting for it.")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _remove_stale(folder: Path) -> None:
    """Remove what killed installations left; none is running, because the lock is ours."""
    for path in folder.glob(f"{_staging}*"):
        _remove(path)


def _remove(path: Path) -> None:
    # A compiler whose parent was killed may still be writing into the folder for some seconds.
    for _ in range(20):
        shutil.rmtree(path, ignore_errors=True)
        if not path.exists():
            return
        time.sleep(0.25)


def _require_room(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < _room:
        raise ToolchainError(
            f"zymogen toolchain install: {folder} has {free / 1e9:.2f} GB free. Expected are "
            f"{_room / 1e9:.1f} GB, of which about half stays in use. Free some, or set "
            "ZYMOGEN_TOOLCHAIN_DIR to a folder on another disk."
        )


@contextlib.contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        full = problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        cure = (
            "The disk or your quota is full. Free 1 GB, or set"
            if full
            else "A folder that you can write to is needed. Mend its permissions, or set"
        )
        raise ToolchainError(
            f"zymogen toolchain install: {problem.filename or folder}: {problem.strerror or problem}. {cure} "
            "ZYMOGEN_TOOLCHAIN_DIR to another folder."
        ) from problem
