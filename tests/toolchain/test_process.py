"""Children end: by themselves, at their time limit, at Ctrl-C, with their parent; and so do theirs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from zymogen.errors import ToolchainError
from zymogen.toolchain import process
from zymogen.toolchain.process import run

# A tool that starts another and waits for it; the other's number is in the file named by the argument.
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(sys.argv[1], "w").write(str(child.pid) + "\\n")
child.wait()
"""


def lives(pid: int) -> bool:
    """Whether a process runs; one that ended and was not collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def number_in(file: Path) -> int:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if file.exists() and file.read_text().endswith("\n"):
            return int(file.read_text())
        time.sleep(0.01)
    raise AssertionError(f"{file} was never written")


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while lives(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not lives(pid)


def test_output_and_messages_go_to_their_files(tmp_path):
    code = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    messages, output = tmp_path / "messages", tmp_path / "output"
    outcome = run([sys.executable, "-c", code], folder=tmp_path, messages=messages, output=output, limit=60)
    assert (outcome.status, outcome.succeeded, outcome.timed_out) == (3, False, False)
    assert output.read_text() == "out\n"
    assert messages.read_text() == "err\n"


def test_environment_cannot_change_what_a_compiler_reads(tmp_path, monkeypatch):
    monkeypatch.setenv("CPATH", "/somewhere")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    code = "import os; print(os.environ.get('CPATH'), os.environ['LC_ALL'], os.environ['TMPDIR'])"
    run([sys.executable, "-c", code], folder=tmp_path, messages=tmp_path / "m", limit=60)
    assert (tmp_path / "m").read_text() == f"None C {tmp_path}\n"


def test_short_commands_are_not_waited_for_longer_than_they_take(tmp_path):
    times = [run(["/bin/true"], folder=tmp_path, messages=tmp_path / "m", limit=60).seconds for _ in range(20)]
    assert sorted(times)[10] < 0.04  # looking every 50 ms would show here


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_time_limit_ends_the_whole_group(tmp_path):
    outcome = run(
        [sys.executable, "-c", PARENT, str(tmp_path / "pid")],
        folder=tmp_path,
        messages=tmp_path / "m",
        limit=2,
    )
    assert outcome.timed_out
    assert not outcome.succeeded
    assert outcome.seconds < 20
    assert gone(number_in(tmp_path / "pid"))


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_what_a_killed_tool_started_is_ended_too(tmp_path):
    def kill() -> None:
        grandchild = number_in(tmp_path / "pid")
        parent = int(Path(f"/proc/{grandchild}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(parent, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    outcome = run(
        [sys.executable, "-c", PARENT, str(tmp_path / "pid")],
        folder=tmp_path,
        messages=tmp_path / "m",
        limit=60,
    )
    killer.join()
    assert outcome.signal_number == signal.SIGKILL
    assert not outcome.timed_out
    assert gone(number_in(tmp_path / "pid"))


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_interrupt_ends_the_whole_group_and_goes_on(tmp_path):
    code = textwrap.dedent(f"""
        import signal
        import sys
        from pathlib import Path
        from zymogen.toolchain.process import run
        signal.signal(signal.SIGINT, signal.default_int_handler)  # shells have it ignored in the background
        folder = Path({str(tmp_path)!r})
        try:
            run([sys.executable, "-c", {PARENT!r}, str(folder / "pid")],
                folder=folder, messages=folder / "m", limit=60)
        except KeyboardInterrupt:
            sys.exit(42)
    """)
    python = subprocess.Popen([sys.executable, "-c", code])
    grandchild = number_in(tmp_path / "pid")
    python.send_signal(signal.SIGINT)
    assert python.wait(20) == 42
    assert gone(grandchild)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_a_tool_does_not_outlive_the_process_that_started_it(tmp_path, end):
    code = textwrap.dedent(f"""
        import sys
        from pathlib import Path
        from zymogen.toolchain.process import run
        folder = Path({str(tmp_path)!r})
        run([sys.executable, "-c", {PARENT!r}, str(folder / "pid")],
            folder=folder, messages=folder / "m", limit=60)
    """)
    python = subprocess.Popen([sys.executable, "-c", code])
    grandchild = number_in(tmp_path / "pid")
    python.send_signal(end)
    assert python.wait(20) == -end
    assert gone(grandchild)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_a_tool_of_a_daemon_thread_ends_with_the_interpreter(tmp_path):
    code = textwrap.dedent(f"""
        import sys, threading, time
        from pathlib import Path
        from zymogen.toolchain.process import run
        folder = Path({str(tmp_path)!r})
        arguments = [sys.executable, "-c", {PARENT!r}, str(folder / "pid")]
        places = dict(folder=folder, messages=folder / "m", limit=60)
        threading.Thread(target=run, args=[arguments], kwargs=places, daemon=True).start()
        while not (folder / "pid").exists():
            time.sleep(0.01)
    """)
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert gone(number_in(tmp_path / "pid"))


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_a_tool_ends_with_the_process_that_started_it_though_a_forked_child_lives_on(tmp_path):
    code = textwrap.dedent(f"""
        import os, threading, time
        from pathlib import Path
        from zymogen.toolchain import process
        folder = Path({str(tmp_path)!r})
        places = dict(folder=folder, messages=folder / "m", limit=60)
        threading.Thread(target=process.run, args=[["/bin/sleep", "60"]], kwargs=places).start()
        while not process._watchdogs:
            time.sleep(0.01)
        tool = next(iter(process._watchdogs)).args[-1]
        child = os.fork()
        if child == 0:
            time.sleep(60)
        (folder / "pids").write_text(f"{{tool}} {{child}}\\n")
        time.sleep(60)
    """)
    python = subprocess.Popen([sys.executable, "-W", "ignore", "-c", code])
    numbers = tmp_path / "pids"
    while python.poll() is None and not (numbers.exists() and numbers.read_text().endswith("\n")):
        time.sleep(0.01)
    tool, child = map(int, numbers.read_text().split())
    python.kill()
    python.wait()
    try:
        assert gone(tool)
        assert lives(child)
    finally:
        os.kill(child, signal.SIGKILL)


def test_works_where_there_is_no_shell(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "_SHELL", "/no/such/shell")
    assert run([sys.executable, "-c", "pass"], folder=tmp_path, messages=tmp_path / "m", limit=60).succeeded


@pytest.mark.parametrize("missing", [True, False], ids=["no such function", "forbidden"])
def test_works_where_processes_have_no_descriptors(tmp_path, monkeypatch, missing):
    def forbidden(pid: int) -> int:
        raise PermissionError

    if missing:
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    else:
        monkeypatch.setattr(os, "pidfd_open", forbidden, raising=False)
    short = run(["/bin/sh", "-c", "exit 3"], folder=tmp_path, messages=tmp_path / "m", limit=60)
    assert (short.status, short.timed_out) == (3, False)
    long = run(["/bin/sleep", "60"], folder=tmp_path, messages=tmp_path / "m", limit=0.2)
    assert (long.status, long.timed_out) == (-signal.SIGKILL, True)
    assert long.seconds < 20


def test_missing_program_is_a_toolchain_error_with_the_cure(tmp_path):
    with pytest.raises(ToolchainError, match=r"/no/such/tool could not be started .*zymogen toolchain install"):
        run(["/no/such/tool"], folder=tmp_path, messages=tmp_path / "m", limit=60)


@pytest.mark.skipif(sys.platform != "linux", reason="limits of other processes are set on Linux only")
def test_the_processors_time_may_be_limited_whatever_the_clock_says(tmp_path):
    endless = [sys.executable, "-c", "while True: pass"]
    outcome = run(endless, folder=tmp_path, messages=tmp_path / "m", limit=60, effort=1)
    assert outcome.exhausted
    assert not outcome.timed_out
    assert outcome.limit == 1
    asleep = run(["/bin/sleep", "1.2"], folder=tmp_path, messages=tmp_path / "m", limit=60, effort=1)
    assert asleep.succeeded


@pytest.mark.skipif(sys.platform != "linux", reason="limits of other processes are set on Linux only")
def test_child_makes_no_core_dump_and_ends_some_time_even_without_this_process(tmp_path):
    code = (
        "import resource as r, time; time.sleep(0.5); "
        "print(r.getrlimit(r.RLIMIT_CORE)[0], r.getrlimit(r.RLIMIT_CPU)[0])"
    )
    run([sys.executable, "-c", code], folder=tmp_path, messages=tmp_path / "m", limit=60)
    assert (tmp_path / "m").read_text() == "0 70\n"
