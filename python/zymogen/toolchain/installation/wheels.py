"""Getting the wheels: with pip, so that the user's index, mirror, proxy and cache hold, or from a folder."""

from __future__ import annotations

import contextlib
import hashlib
import sys
import threading
from typing import TYPE_CHECKING

from zymogen.errors import ToolchainError
from zymogen.toolchain.process import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from zymogen.toolchain.lock import Wheel

_time_limit = 4 * 3600.0  # for slow lines; a stalled one is ended by pip's own time limit


def download_command(wheel: Wheel, folder: str) -> list[str]:
    """Give the command that downloads a wheel into `folder`, on a machine of any platform."""
    platforms = [part for tag in wheel.platform_tags for part in ("--platform", tag)]
    python = ["--python-version", "3.11", "--implementation", "cp", "--abi", "cp311"]
    return [
        *("-m", "pip", "download", "--no-deps", "--only-binary=:all:"),
        *platforms,
        *python,
        *("--dest", folder, f"{wheel.package}=={wheel.version}"),
    ]


def download(wheel: Wheel, folder: Path, advance: Callable[[int], None]) -> Path:
    """Download a wheel with pip into a folder of ours.

    Raises
    ------
    ToolchainError
        With pip's own words, if it could not.
    """
    folder.mkdir(parents=True, exist_ok=True)
    messages = folder / f"{wheel.package}.log"
    command = [sys.executable, *download_command(wheel, str(folder))]
    quiet = ["--progress-bar=off", "--disable-pip-version-check", "--no-input"]
    with _watch(folder, advance):
        outcome = run([*command, *quiet], folder=folder, messages=messages, limit=_time_limit)
    text = messages.read_text(errors="replace").strip()
    if not outcome.succeeded:
        raise ToolchainError(
            f"zymogen toolchain install: pip could not download {wheel.package} {wheel.version}:\n"
            f"{text[-2000:]}\n{_cure(text, command, wheel)}"
        )
    target = folder / wheel.file
    if not target.is_file():
        found = ", ".join(path.name for path in folder.glob("*.whl")) or "nothing"
        raise ToolchainError(
            f"zymogen toolchain install: pip downloaded {found}. Expected is {wheel.file}, which is the "
            "file that was tested. Ask the owner of your package index to carry it, or use `--from FOLDER`."
        )
    return target


def take(wheel: Wheel, folder: Path) -> Path:
    """Take a wheel from a folder; nothing is downloaded."""
    target = folder / wheel.file
    if not target.is_file():
        command = " ".join(["python", *download_command(wheel, "FOLDER")])
        raise ToolchainError(
            f"zymogen toolchain install --from {folder}: there is no {wheel.file}. Expected are the wheels "
            f"of the lock file. On a machine with network run\n  {command}\nand bring the file here."
        )
    return target


def check(wheel: Wheel, file: Path, advance: Callable[[int], None]) -> None:
    """Compare a file's sum with the lock's.

    Raises
    ------
    ToolchainError
        If they differ; the file must not be used then.
    """
    total = hashlib.sha256()
    with file.open("rb") as content:
        while block := content.read(1 << 20):
            total.update(block)
            advance(len(block))
    if total.hexdigest() != wheel.sha256:
        raise ToolchainError(
            f"zymogen toolchain install: {file} has the sum sha256:{total.hexdigest()} and "
            f"{file.stat().st_size} bytes. Expected are sha256:{wheel.sha256} and {wheel.size} bytes. "
            "Nothing of it was used. The file is damaged or not the one that was published: remove it, run "
            "`python -m pip cache purge`, and try again or take another mirror."
        )


def _cure(text: str, command: list[str], wheel: Wheel) -> str:
    if "No module named pip" in text:
        return f"This Python has no pip. Run `{sys.executable} -m ensurepip`, or use `--from FOLDER`."
    if "No space left" in text:
        return "The disk is full. Free 1 GB, or set ZYMOGEN_TOOLCHAIN_DIR to a folder on another disk."
    if "No matching distribution" in text and "from versions: none" not in text:
        return f"Your package index lacks version {wheel.version}: take another, or use `--from FOLDER`."
    again = " ".join(["python", *command[1:-2], "FOLDER", command[-1]])
    return (
        "Look at the network, and at pip's settings for index, proxy and certificates (`python -m pip "
        f"config list`). For a machine without network run\n  {again}\nelsewhere, bring the folder here, "
        "and run `zymogen toolchain install --from FOLDER`."
    )


@contextlib.contextmanager
def _watch(folder: Path, advance: Callable[[int], None]) -> Iterator[None]:
    """Report the bytes that arrive in a folder meanwhile; pip's own bar can neither be moved nor read."""
    ended = threading.Event()

    def size() -> int:
        total = 0
        for path in folder.rglob("*"):
            with contextlib.suppress(OSError):  # files come and go
                total += path.stat().st_size if path.is_file() else 0
        return total

    before = size()

    def report() -> None:
        seen = before
        while not ended.wait(0.2):
            now = size()
            if now > seen:
                advance(now - seen)
                seen = now

    watcher = threading.Thread(target=report, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
