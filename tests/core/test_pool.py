"""Threads that help with batches wait for the next one: also after fork, for several callers, and at the end."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

from zymogen import _core

PAUSES = np.full((100, 1), 200.0)  # microseconds; rows that sleep need no second core


@pytest.fixture(scope="module")
def who(make):
    return make("who", "(n)->()", [("input", [0]), ("output", [])])


@pytest.fixture(scope="module")
def forks(make):
    return make("forks", "(n)->()", [("input", [0]), ("output", [])])


@contextmanager
def number_of_threads(count):
    before = _core.get_num_threads()
    _core.set_num_threads(count)
    yield
    _core.set_num_threads(before)


def blocked_signals():
    """Of each thread of this process, a number with a bit for each signal."""
    texts = []
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # one that has just ended
            texts.append((task / "status").read_text())
    return [int(line.split()[1], 16) for text in texts for line in text.splitlines() if line.startswith("SigBlk")]


def blocks(mask, number):
    return bool(mask >> (number - 1) & 1)


def threads_that_help():
    """Known by this: no other thread leaves Ctrl-C to others."""
    return sum(blocks(mask, signal.SIGINT) for mask in blocked_signals())


def wait_until(is_so):
    """An ended thread is listed for a moment."""
    end = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


def exit_code_of_child(is_right):
    """Of a child by fork that ends with 0 if the function says so, and is killed if it hangs."""
    pid = os.fork()
    if pid == 0:
        signal.alarm(20)
        code = 1
        try:
            code = 0 if is_right() else 2
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def exit_code(children):
    """Of the one that a kernel has made in a row."""
    return os.waitstatus_to_exitcode(os.waitpid(int(children.max()), 0)[1])


def threads_at_work(who):
    """At most so many in twenty batches: on a machine with much to do, a batch may end before each has begun."""
    return max(len(np.unique(who(PAUSES))) for _ in range(20))


def test_threads_are_started_once(who):
    with number_of_threads(3):
        who(PAUSES)
        before = threads_that_help()
        assert threads_at_work(who) == 3
        assert threads_that_help() == before


def test_the_number_of_threads_may_change_between_batches(who):
    for count in (1, 3, 2, 1, 4, 3):
        with number_of_threads(count):
            assert threads_at_work(who) == count


def test_waiting_threads_take_no_time(who):
    with number_of_threads(4):
        who(PAUSES)
    before = time.process_time()
    time.sleep(0.3)
    assert time.process_time() - before < 0.1


def test_threads_that_help_leave_signals_to_others_but_those_of_their_own_faults(who):
    with number_of_threads(3):
        who(PAUSES)
    assert threads_that_help() >= 2
    assert not any(blocks(mask, signal.SIGSEGV) for mask in blocked_signals())


def test_a_child_of_fork_has_threads_of_its_own(who):
    with number_of_threads(3):
        who(PAUSES)
        assert exit_code_of_child(lambda: [len(np.unique(who(PAUSES))) for _ in range(3)] == [3] * 3) == 0
        assert len(np.unique(who(PAUSES))) == 3


def test_threads_that_wait_end_before_a_fork(who):
    """Python 3.12 and later warn of a fork while there are threads."""
    with number_of_threads(3):
        who(PAUSES)
    assert threads_that_help() >= 2
    assert exit_code_of_child(lambda: True) == 0
    wait_until(lambda: threads_that_help() == 0)


@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")  # that it works is tested here
def test_fork_during_a_batch_of_another_thread_makes_a_child_that_works(who, picky):
    x = np.full((2000, 2), 5.0)
    ended = threading.Event()

    def work():
        while not ended.is_set():
            who(np.zeros((1000, 1)))
            who(PAUSES)

    with number_of_threads(3):
        expected = picky(x)
        other = threading.Thread(target=work)
        other.start()
        codes = [exit_code_of_child(lambda: np.array_equal(picky(x), expected)) for _ in range(10)]
        ended.set()
        other.join()
    assert codes == [0] * 10


def test_a_child_that_a_kernel_makes_while_others_help_does_not_wait_for_them(forks):
    parent = os.getpid()
    try:
        with number_of_threads(3):
            children = forks(np.tile([1.0, 0.0], (100, 1)))
    except BaseException as error:
        if os.getpid() == parent:
            raise
        os._exit(0 if re.search("forks: the kernel made this process by fork .* rows", str(error)) else 1)
    if os.getpid() != parent:
        os._exit(2)
    assert exit_code(children) == 0


def test_a_child_that_a_thread_makes_which_helps_ends_there(forks):
    with number_of_threads(3):
        children = forks(np.tile([2.0, 1.0], (100, 1)))
    assert exit_code(children) == 1


def test_callers_share_the_threads_and_none_waits_for_another(who, picky):
    """With more callers than threads that could help, all get right results and no thread is added for each."""
    x = np.random.default_rng(0).uniform(0, 20, size=(200, 2))
    right, together = [], threading.Barrier(5)

    def work():
        together.wait()
        for _ in range(10):
            right.append(np.array_equal(picky(x), x[:, 0]))
            who(PAUSES[:20])

    with number_of_threads(3):
        who(PAUSES)
        before = threads_that_help()
        callers = [threading.Thread(target=work) for _ in range(5)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        assert threads_that_help() == before
    assert right == [True] * 50


def test_the_lowest_failing_row_is_named_when_callers_share_the_threads(picky):
    x = np.random.default_rng(0).uniform(0, 20, size=(400, 2))
    x[[170, 190, 333], 0] = -1
    seen = []

    def work():
        for _ in range(5):
            try:
                picky(x)
            except ValueError as error:
                seen.append(str(error))

    with number_of_threads(3):
        callers = [threading.Thread(target=work) for _ in range(3)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
    assert len(seen) == 15
    assert all("row 170 of 400" in text for text in seen)


@pytest.mark.parametrize("while_helping", [False, True], ids=["idle", "at work"])
def test_the_process_ends_while_threads_wait_or_help(entries, while_helping):
    program = f"""
import threading, time
import numpy as np
from zymogen import _core
operands = [_core.Operand("input", 8, [0]), _core.Operand("output", 8, [])]
loop = _core.Loop(_core.open_library({entries.path!r}).address("who"), [{np.dtype("f8").num}] * 2, operands)
who = _core.make_ufunc("who", "", "(n)->()", 1, 1, [loop], None)
_core.set_num_threads(3)
assert len(np.unique(who(np.full((100, 1), 200.0)))) == 3
if {while_helping}:
    threading.Thread(target=who, args=[np.full((100_000, 1), 200.0)], daemon=True).start()
    time.sleep(0.05)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
