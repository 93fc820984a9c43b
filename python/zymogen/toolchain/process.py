"""One child process at a time, in a group of its own, with a time limit and its messages in a file."""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zymogen.errors import ToolchainError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LOG = "\nThe tool's whole output: "
"""What stands in errors before the place of a tool's messages."""

ARCHIVE = "\nWhat repeats it elsewhere, for a report: "
"""What stands in errors before the place of an archive, after a crash."""

# Where compilers look for headers and libraries beside their command line. What a build reads must be
# said by its options alone, because they are what its place in the cache is computed from.
_REMOVED = (
    "CPATH",
    "C_INCLUDE_PATH",
    "CPLUS_INCLUDE_PATH",
    "OBJC_INCLUDE_PATH",
    "LIBRARY_PATH",
    "COMPILER_PATH",
    "GCC_EXEC_PREFIX",
    "CCC_OVERRIDE_OPTIONS",
    "DEPENDENCIES_OUTPUT",
    "SUNPRO_DEPENDENCIES",
)

_SHELL = "/bin/sh"

_watchdogs: set[subprocess.Popen[bytes]] = set()
"""Those that wait for the end of this process."""

_CRASHES = frozenset({signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGTRAP})


@dataclass(frozen=True)
class Outcome:
    """How a child process ended."""

    status: int
    """Exit status; minus the signal's number when a signal ended it."""
    timed_out: bool
    seconds: float
    limit: float
    """Seconds that it might take; of the processor's time where that is what it ran out of."""

    @property
    def exhausted(self) -> bool:
        """Whether the processor's time that it might take was used up, whatever else the machine was doing."""
        return not self.timed_out and self.signal_number == signal.SIGXCPU

    @property
    def succeeded(self) -> bool:
        """Whether the command ended by itself and says that all is well."""
        return self.status == 0 and not self.timed_out

    @property
    def signal_number(self) -> int:
        """Number of the signal that ended the command, directly or as told by a shell's convention; or 0."""
        if self.status < 0:
            return -self.status
        return self.status - 128 if 128 < self.status <= 192 else 0

    @property
    def signal_name(self) -> str:
        """`SIGSEGV` and the like."""
        try:
            return signal.Signals(self.signal_number).name
        except ValueError:
            return f"signal {self.signal_number}"

    @property
    def crashed(self) -> bool:
        """Whether the command came to grief by itself."""
        return not self.timed_out and self.signal_number in _CRASHES


def run(
    command: Sequence[str],
    *,
    folder: Path,
    messages: Path,
    output: Path | None = None,
    limit: float,
    effort: int | None = None,
) -> Outcome:
    """Run a command to its end, or end it and all processes it started.

    Parameters
    ----------
    command
        The program and its arguments.
    folder
        Working folder and place for temporary files.
    messages
        File that takes what the command writes on standard error (and on standard output without `output`).
    output
        File that takes what it writes on standard output.
    limit
        Seconds after which the command and everything in its process group is killed.
    effort
        Seconds of the processor's time that the command may take. Where it is given, whether the command ends depends
        on nothing that else runs on the machine. Without effect but on Linux.

    Raises
    ------
    ToolchainError
        If the program is not there or may not be run.
    """
    with contextlib.ExitStack() as files:
        error_file = files.enter_context(messages.open("wb"))
        output_file = files.enter_context(output.open("wb")) if output is not None else error_file
        start = time.monotonic()
        try:
            child = subprocess.Popen(
                list(command),
                cwd=folder,
                env=_environment(folder),
                stdin=subprocess.DEVNULL,
                stdout=output_file,
                stderr=error_file,
                start_new_session=True,
            )
        except OSError as error:
            raise ToolchainError(
                f"toolchain: {command[0]} could not be started ({error.strerror}). "
                "Expected is a program of the installed toolchain. "
                "Run `zymogen doctor` to see what is there, and `zymogen toolchain install` to mend it."
            ) from error
        watchdog = None
        try:
            _restrict(child.pid, int(limit) + 10 if effort is None else effort)
            watchdog = _watchdog(child.pid)
            timed_out = not _wait(child, limit)
        finally:
            # The child still runs after its time limit, and when Ctrl-C ended the wait.
            _end(child, watchdog)
        outcome = Outcome(child.returncode, timed_out, time.monotonic() - start, limit)
        return outcome if effort is None or not outcome.exhausted else replace(outcome, limit=effort)


def _environment(folder: Path) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name not in _REMOVED}
    environment["LC_ALL"] = "C"  # messages are read by `diagnostics`
    environment["TMPDIR"] = str(folder)
    environment["LLVM_DISABLE_SYMBOLIZATION"] = "1"  # a crash is reported at once, not after a minute
    return environment


def _restrict(pid: int, seconds: int) -> None:
    """Forbid core dumps, and end the child some time even where no watchdog does."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, ValueError):
            resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))
            # At the first number it is told so, by SIGXCPU; at the second one it is killed, as by anybody.
            resource.prlimit(pid, resource.RLIMIT_CPU, (seconds, seconds + 5))


def _watchdog(group: int) -> subprocess.Popen[bytes] | None:
    """A shell that ends a process group once this process is gone, however it went; None where there is no shell.

    It waits for the end of a pipe of which this process alone has the other end. Linux can also send a signal to a
    child whose parent dies (PR_SET_PDEATHSIG); but the child has to ask for it itself, before it becomes a program that
    is not ours, and what it has started would go on.
    """
    command = [_SHELL, "-c", 'read -r line; kill -s KILL -- "-$1"', "sh", str(group)]
    pipe, silent = subprocess.PIPE, subprocess.DEVNULL
    try:
        watchdog = subprocess.Popen(
            command, bufsize=0, stdin=pipe, stdout=silent, stderr=silent, start_new_session=True
        )
    except OSError:
        return None
    _watchdogs.add(watchdog)
    return watchdog


def _after_fork() -> None:
    """In a child: give up its ends of the pipes, by which it would stand for the process that the watchdogs watch."""
    while _watchdogs:
        pipe = _watchdogs.pop().stdin
        if pipe is not None:
            pipe.close()


os.register_at_fork(after_in_child=_after_fork)


def _wait(child: subprocess.Popen[bytes], limit: float) -> bool:
    """Wait until the child ends; False when the limit passed first."""
    descriptor = _process_descriptor(child.pid)
    if descriptor is not None:
        # Popen.wait with a time limit looks only every 50 ms, which is long for a compiler that needs 60.
        # It would also collect the child, and `_end` could not tell its group from another's any more.
        try:
            poll = select.poll()
            poll.register(descriptor, select.POLLIN)
            return bool(poll.poll(limit * 1000))
        finally:
            os.close(descriptor)
    else:
        try:
            child.wait(limit)
        except subprocess.TimeoutExpired:
            return False
        return True


def _process_descriptor(pid: int) -> int | None:
    """A descriptor that can be waited for; None where there is none, as on old kernels and in some sandboxes."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            return os.pidfd_open(pid)
    return None


def _end(child: subprocess.Popen[bytes], watchdog: subprocess.Popen[bytes] | None) -> None:
    """Kill what is left of the child's process group, and collect the child."""
    if watchdog is not None:  # first, as it must not see the number of the group when that is another's
        _watchdogs.discard(watchdog)  # before its pipe is closed: the number may then be that of another file
        watchdog.kill()
        watchdog.communicate()
    if child.returncode is None:  # until it is collected, the number of its group is its own
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()
