"""A store in a temporary folder, and builds that take milliseconds."""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from zymogen.build.key import digest
from zymogen.build.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOBODY = 65534


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")


@pytest.fixture
def key() -> str:
    return digest("an entry")


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that other users can enter, which pytest's own are not."""
    with tempfile.TemporaryDirectory(prefix="zymogen-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def give_away(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make files belong to another user than the one who runs this process."""

    def change(*paths: Path) -> None:
        if os.geteuid() == 0:
            for path in paths:
                os.chown(path, NOBODY, -1)
        else:
            # Only root can give files away; for everybody else the process takes another identity instead.
            other = os.geteuid() + 1
            monkeypatch.setattr(os, "geteuid", lambda: other)

    return change


@pytest.fixture
def in_child() -> Callable[..., Any]:
    """Run a function in a forked process, perhaps as another user."""
    return _in_child


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start Python processes that run a script; those still alive at the end of the test are killed."""
    started: list[subprocess.Popen[str]] = []

    def start_one(script: str, *arguments: object) -> subprocess.Popen[str]:
        started.append(_start(script, *arguments))
        return started[-1]

    yield start_one
    for process in started:
        with process:
            process.kill()


@pytest.fixture
def finish() -> Callable[[subprocess.Popen[str]], str]:
    """Wait for a process, which must end well, and return what it printed."""
    return _finish


def _in_child(action: Callable[[], Any], *, user: int | None = None) -> Any:
    """What `action` returns, or the exception it raises, in a forked process that runs as `user`."""
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        result: Any = None
        with contextlib.suppress(BaseException):
            try:
                if user is not None:
                    os.setgroups([])
                    os.setgid(user)
                    os.setuid(user)
                result = action()
            except BaseException as error:  # noqa: BLE001 (handed to the parent)
                result = error
        with os.fdopen(sending, "wb") as stream:
            pickle.dump(result, stream)
        os._exit(0)
    os.close(sending)
    with os.fdopen(receiving, "rb") as stream:
        result = pickle.load(stream)
    os.waitpid(child, 0)
    return result


def _start(script: str, *arguments: object) -> subprocess.Popen[str]:
    """A new Python process that runs a script; every warning in it is an error."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(script), *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _finish(process: subprocess.Popen[str]) -> str:
    """The output of a process, which must end well."""
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return output
