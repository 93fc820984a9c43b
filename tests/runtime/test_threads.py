"""The number of threads: from a call, from the environment, or from the cores that may be used."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import zymogen as zg
from zymogen.build import pipeline
from zymogen.errors import ArgumentError


def in_a_new_process(expression, **environment):
    return subprocess.run(
        [sys.executable, "-c", f"import os, zymogen as zg; print({expression})"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_default_is_the_number_of_usable_cores(monkeypatch):
    monkeypatch.delenv("ZYMOGEN_NUM_THREADS", raising=False)
    first, second = in_a_new_process("zg.get_num_threads(), len(os.sched_getaffinity(0))").stdout.split()
    assert int(first) == int(second)


def test_environment_sets_it():
    assert in_a_new_process("zg.get_num_threads()", ZYMOGEN_NUM_THREADS="3").stdout.strip() == "3"


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5", "", "5000", "9" * 5000, "²"])
def test_environment_that_makes_no_sense_is_an_error(value):
    result = in_a_new_process("zg.get_num_threads()", ZYMOGEN_NUM_THREADS=value)
    assert result.returncode != 0
    assert f"ZYMOGEN_NUM_THREADS is '{value}'. Expected is a number of threads" in result.stderr


@pytest.mark.parametrize("count", [0, -2])
def test_no_threads_are_refused(count):
    with pytest.raises(ValueError, match=f"{count} threads were asked for. Expected is 1 or more"):
        zg.set_num_threads(count)


@pytest.mark.parametrize("count", [2.5, "3", True, None, 10**6, 2**70])
def test_what_is_no_sensible_number_is_refused(count):
    before = zg.get_num_threads()
    with pytest.raises(ArgumentError, match=r"set_num_threads: .*Expected is 1 or more \(at most 4096\)"):
        zg.set_num_threads(count)
    assert zg.get_num_threads() == before


def test_integers_of_numpy_are_numbers():
    before = zg.get_num_threads()
    zg.set_num_threads(np.int64(2))
    assert zg.get_num_threads() == 2
    zg.set_num_threads(before)


def test_calls_from_many_python_threads_are_independent(lib):
    d = zg.partial(lib.bump, "x")
    rng = np.random.default_rng(0)
    points = [(rng.normal(size=(500, 4)), rng.normal(size=(500, 4)), k % 4) for k in range(16)]
    expected = [d(*point) for point in points]
    seen = [None] * len(points)

    def work(k):
        for _ in range(20):
            seen[k] = d(*points[k])

    threads = [threading.Thread(target=work, args=(k,)) for k in range(len(points))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one, other in zip(seen, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_long_call_lets_other_python_threads_run(lib):
    """The kernel's loop holds no lock of Python's: a counting thread goes on meanwhile."""
    zg.grad(lib.bump, "x").build()
    x = np.zeros(20_000_000)
    count, stop = 0, threading.Event()

    def tick():
        nonlocal count
        while not stop.is_set():
            count += 1
            stop.wait(0.0005)

    thread = threading.Thread(target=tick)
    thread.start()
    before = count
    lib.bump(x, x)
    during = count - before
    stop.set()
    thread.join()
    assert during >= 3


def test_derivatives_that_are_built_in_threads_do_not_wait_for_each_other(lib, monkeypatch):
    both = threading.Barrier(2)
    build = pipeline.build

    def build_together(*args):
        both.wait(timeout=60)
        return build(*args)

    monkeypatch.setattr(pipeline, "build", build_together)
    derivatives = [zg.vjp(zg.jvp(lib.bump, "x"), "y"), zg.vjp(zg.jvp(lib.bump, "y"), "x")]
    with ThreadPoolExecutor(2) as workers:
        for built in [workers.submit(derivative.build) for derivative in derivatives]:
            built.result()
