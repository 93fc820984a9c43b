"""Batches that take long get code for their sizes, which is built meanwhile and takes over."""

from __future__ import annotations

import gc
import os
import resource
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
import warnings
import weakref
from pathlib import Path

import numpy as np
import pytest

import zymogen as zg
from zymogen import _core
from zymogen.runtime import promotion

pytestmark = pytest.mark.toolchain

KERNELS = r"""
#include <span>
#include <stdexcept>
#include <zymogen/kernel.hpp>

double cubes(std::span<const double> x, double m) {
    double s = 0;
    for (double e : x) s += (e - m) * (e - m) * (e - m);
    return s;
}
ZYMOGEN_KERNEL(cubes, "x(n), m() -> ()");

double inverse(std::span<const double> x) { return x[0] / x[1]; }
ZYMOGEN_KERNEL(inverse, "x(n) -> ()");

double picky(std::span<const double> x) {
    if (x[0] == 13) throw std::invalid_argument("x has a 13");
    return x[0] * x[0];
}
ZYMOGEN_KERNEL(picky, "x(n) -> ()");

void doubled(std::span<const double> x, std::span<double> y) {
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = 2 * x[i];
}
ZYMOGEN_KERNEL(doubled, "x(n) -> y(n)");

double square(double x) { return x * x; }
ZYMOGEN_KERNEL(square, "x() -> ()");
"""


@pytest.fixture(scope="module")
def lib() -> zg.Library:
    return zg.compile(KERNELS)


@pytest.fixture
def at_once(monkeypatch):
    """Every batch takes long."""
    monkeypatch.setattr(promotion, "_ENOUGH", 0.0)
    zg.set_specialization("auto")
    yield
    monkeypatch.undo()
    zg.set_specialization("auto")


def settled(kernel) -> list[str]:
    """What has become of all sizes, once nothing is being built any more."""
    for _ in range(1200):
        states = [state for _, state in promotion.state_of(kernel.ufunc)]
        if "being built" not in states:
            return states
        time.sleep(0.05)
    pytest.fail("it is being built for a minute")


def rows(count: int, n: int = 3) -> np.ndarray:
    return np.random.default_rng(count).normal(size=(count, n))


def test_code_for_the_sizes_takes_over_and_gives_the_same_numbers(lib, at_once):
    grad, x = zg.grad(lib.cubes, "x"), rows(200)
    before = grad(x, 0.5)
    assert settled(grad) == ["in use"]
    np.testing.assert_array_equal(grad(x, 0.5), before)
    np.testing.assert_allclose(before, 3 * (x - 0.5) ** 2, rtol=1e-14)
    assert "code for n = 3, where rows go 8 at a time: in use" in str(zg.explain(grad))


def test_results_may_be_nested(lib, at_once):
    both, x = zg.value_and_grad(lib.cubes, ("x", "m")), rows(80)
    _, (of_x, of_m) = both(x, 0.5)
    assert settled(both) == ["in use"]
    _, again = both(x, 0.5)
    np.testing.assert_allclose(again[0], of_x, rtol=1e-13)
    np.testing.assert_allclose(again[1], of_m, rtol=1e-13)
    np.testing.assert_allclose(of_m, -of_x.sum(axis=-1), rtol=1e-13)


def test_other_sizes_keep_the_general_code_until_they_have_their_own(lib, at_once):
    entry, x = zg.partial(lib.cubes, ("x", 1), "m"), rows(100, 4)
    np.testing.assert_allclose(entry(x, 0.5), -6 * (x[:, 1] - 0.5), rtol=1e-14)
    assert settled(entry) == ["in use"]
    for n in (2, 5):
        few = rows(70, n)
        np.testing.assert_allclose(entry(few, 0.5), -6 * (few[:, 1] - 0.5), rtol=1e-14)
    assert settled(entry) == ["in use"] * 3
    with pytest.raises(IndexError):
        entry(rows(70, 1), 0.5)


def test_arrays_of_any_layout_show_what_was_computed(lib, at_once):
    grad = zg.grad(lib.cubes, "m")
    x = np.asfortranarray(rows(130, 6))[::-1, ::2]
    before = grad(x, np.linspace(0, 1, 130))
    assert settled(grad) == ["in use"]
    np.testing.assert_array_equal(grad(x, np.linspace(0, 1, 130)), before)


def test_small_batches_are_not_looked_at(lib, at_once):
    value = lib.cubes
    value(rows(10), 0.5)
    assert promotion.state_of(value.ufunc) == []


def test_what_may_throw_stays_as_it_is(lib, at_once):
    grad = zg.grad(lib.picky)
    grad(rows(100))
    (state,) = settled(grad)
    assert state == "not to be had: the kernel may throw, or the compiler does not know that it never does"
    with pytest.raises(ValueError, match="x has a 13"):
        grad([[13.0]])


def test_code_whose_results_differ_does_not_take_over(lib, at_once, monkeypatch):
    compared = []
    monkeypatch.setattr(promotion, "agree", lambda *results: compared.append(results))
    jvp, x = zg.jvp(lib.cubes, "m"), rows(90)
    before = jvp(x, 0.5, 1.0)
    assert settled(jvp) == ["not to be had: its results differ"]
    (found, expected, math), *_ = compared
    assert math == "strict"
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(jvp(x, 0.5, 1.0)[1], before[1])


def test_it_can_be_switched_off(lib, at_once):
    zg.set_specialization("off")
    hessian = zg.hessian_diagonal(lib.cubes, "x")
    hessian(rows(100), 0.5)
    assert zg.get_specialization() == "off"
    assert promotion.state_of(hessian.ufunc) == []


def test_what_is_being_built_does_not_take_over_once_it_is_switched_off(lib, at_once, monkeypatch):
    agree, switched_off = promotion.agree, threading.Event()
    monkeypatch.setattr(promotion, "agree", lambda *results: switched_off.wait(60) and agree(*results))
    grad = zg.grad(lib.inverse)
    grad(rows(100, 2))
    zg.set_specialization("off")
    switched_off.set()
    assert settled(grad) == ["not to be had: it was switched off meanwhile"]


def test_rows_that_are_computed_again_warn_nobody_again(lib, at_once):
    inverse, x = lib.inverse, np.ones((100, 2))
    x[0, 1] = 0
    with np.errstate(divide="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error")
        inverse(x)
        assert settled(inverse) == ["in use"]


def test_where_no_thread_can_be_started_all_goes_on(lib, at_once, monkeypatch):
    def refuse(_):
        raise RuntimeError("can't start new thread")

    grad, x = zg.grad(lib.inverse), rows(100, 2)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        grad(x)
    assert settled(grad) == ["not to be had: can't start new thread"]


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_waits_for_nothing_that_its_parent_does(lib, at_once, monkeypatch):
    forked = threading.Event()
    monkeypatch.setattr(promotion, "agree", lambda *_: forked.wait(60))
    grad = zg.grad(lib.inverse)
    grad(rows(100, 2))
    with promotion._lock:
        child = os.fork()
        if child == 0:
            signal.alarm(10)  # for where it waits for ever
            states = [state for _, state in promotion.state_of(grad.ufunc)]
            os._exit(int(states != ["not to be had: the process was forked meanwhile"]))
    forked.set()
    assert os.waitpid(child, 0)[1] == 0
    assert settled(grad) == ["in use"]


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_that_is_forked_at_the_end_of_a_build_knows_how_it_ended(lib, at_once, monkeypatch):
    ends = []

    class Forking(list):
        def remove(self, item):
            child = os.fork()
            if child == 0:
                signal.alarm(10)  # for where it waits for ever
                os._exit(int(promotion.state_of(item.ufunc) != [(item.sizes, "in use")]))
            ends.append(os.waitpid(child, 0)[1])
            super().remove(item)

    monkeypatch.setattr(promotion, "_being_built", Forking())
    grad = zg.grad(lib.inverse)
    grad(rows(100, 2))
    assert settled(grad) == ["in use"]
    assert ends == [0]


@pytest.fixture
def watch():
    """`_core.set_watch`, undone at the end."""
    yield _core.set_watch
    zg.set_specialization("auto")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_that_is_forked_while_batches_are_counted_computes_on(lib, watch):
    square, x = lib.square.ufunc, np.ones(64)
    watch(lambda *_: None, 1e9)
    square(x)
    done = threading.Event()

    def compute() -> None:
        while not done.is_set():
            square(x)

    threads = [threading.Thread(target=compute) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        deadline = time.monotonic() + 4
        for _ in range(300):
            child = os.fork()
            if child == 0:
                signal.alarm(10)  # for where it waits for ever
                square(x)
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
            if time.monotonic() > deadline:
                break
    finally:
        done.set()
        for thread in threads:
            thread.join()


def test_sizes_that_take_turns_count_each_by_itself(lib, watch):
    told = []
    watch(lambda ufunc, loop, sizes: told.append(sizes), 0.1)
    doubled = lib.doubled
    batches = [np.ones((5000, n)) for n in (20, 40, 60)]
    deadline = time.monotonic() + 20
    while len(told) < 3 and time.monotonic() < deadline:
        for x in batches:
            doubled(x)
    assert sorted(told) == [(20,), (40,), (60,)]


def test_a_size_that_takes_long_is_found_among_many_that_do_not(lib, watch):
    told = []
    watch(lambda ufunc, loop, sizes: told.append(sizes), 0.1)
    doubled = zg.jvp(lib.doubled)
    few = [np.ones((64, n)) for n in range(1, 30)]
    many = np.ones((5000, 50))
    deadline = time.monotonic() + 20
    while (50,) not in told and time.monotonic() < deadline:
        for x in few:
            doubled(x, x)
        doubled(many, many)
    assert (50,) in told


def test_nothing_is_copied_of_rows_that_are_too_long_for_code_of_their_own(lib, at_once):
    value, x = zg.partial(lib.cubes, "m"), np.broadcast_to(rows(1, 100_000), (64, 100_000))
    value(x[:10], 0.5)
    tracemalloc.start()
    try:
        value(x, 0.5)
        assert tracemalloc.get_traced_memory()[1] < x[:16].size  # an eighth of what 16 rows would take
    finally:
        tracemalloc.stop()
    (state,) = settled(value)
    assert state.startswith("not to be had: a row has 100002 numbers")


@pytest.mark.skipif(sys.platform != "linux", reason="limits its own memory")
def test_a_batch_is_done_also_where_there_is_no_memory_to_compare_its_rows(lib, watch, monkeypatch):
    cubes, x = lib.cubes, np.broadcast_to(rows(1, 1_000_000), (64, 1_000_000))
    expected = cubes(x, 0.5)
    raised = []
    monkeypatch.setattr(sys, "unraisablehook", lambda what: raised.append(what.exc_type))
    watch(lambda *_: print, 0.0)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + 2**26, before[1]))
    try:
        found = cubes(x, 0.5)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
    np.testing.assert_array_equal(found, expected)
    assert raised == [MemoryError]


def test_ctrl_c_reaches_the_caller_also_where_it_comes_in_the_listener(lib, watch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    watch(interrupted, 0.0)
    try:
        with pytest.raises(KeyboardInterrupt):  # noqa: PT012  it may come after the call
            zg.grad(lib.square)(np.ones(64))
            time.sleep(10)
    finally:
        signal.signal(signal.SIGINT, before)


def test_batches_that_are_written_over_their_arguments_are_not_compared(lib, at_once):
    for kernel, x in (
        (lib.square, rows(100)[:, 0].copy()),
        (zg.grad(lib.square), np.ones(100)),
        (lib.doubled, rows(100)),
    ):
        expected = kernel(x[:20])
        kernel(x, out=x)
        np.testing.assert_array_equal(x[:20], expected)
        assert promotion.state_of(kernel.ufunc) == []
        kernel(x)
        assert settled(kernel) == ["in use"]


def test_a_ufunc_that_is_not_used_any_more_is_let_go(lib, at_once):
    grad, x = zg.grad(lib.cubes, "x"), rows(100, 2)
    grad(x, 0.5)
    assert settled(grad) == ["in use"]
    _, (_, _, derived) = _core.recipe_of(grad.ufunc)
    known = weakref.ref(derived)
    del grad, derived
    deadline = time.monotonic() + 10
    while known() is not None and time.monotonic() < deadline:  # the thread that built it may not have ended yet
        gc.collect()
        time.sleep(0.01)
    assert known() is None


ENDING = """
import sys, threading, time
import numpy as np
import zymogen as zg
from zymogen import _core

def listen(*_):
    while True:
        time.sleep(0)

_core.set_watch(listen, 0.0)
square = zg.compile(open(sys.argv[1]).read()).square
x = np.ones(int(sys.argv[2]))
square(x[:1])

def work():
    while True:
        square(x)

for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.1)
"""


@pytest.mark.parametrize("count", [20, 100], ids=["in a call", "in the listener of a call"])
def test_daemon_threads_may_be_at_work_when_the_interpreter_ends(lib, tmp_path, count):
    (tmp_path / "kernels.cpp").write_text(KERNELS)
    command = [sys.executable, "-c", ENDING, str(tmp_path / "kernels.cpp"), str(count)]
    for _ in range(2):
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")


def test_other_modes_are_refused(monkeypatch):
    with pytest.raises(ValueError, match=r"'sometimes' was given\. Expected is 'auto' or 'off'"):
        zg.set_specialization("sometimes")
    monkeypatch.setenv("ZYMOGEN_SPECIALIZATION", "of")
    with pytest.raises(ValueError, match="ZYMOGEN_SPECIALIZATION is 'of'"):
        promotion.apply_environment()
