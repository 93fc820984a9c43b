"""Memory for derivative code, which threads keep from call to call."""

import math
import resource
from pathlib import Path

import numpy as np
import pytest

from zymogen import _core

MEGABYTE = 1 << 20
# The C library gives a block above 32 megabytes back as soon as it is freed; threads keep 64 megabytes in all.
KEPT, TOO_MUCH = 40 * MEGABYTE, 100 * MEGABYTE
OTHER_SIZES = 30 * MEGABYTE, 15 * MEGABYTE


@pytest.fixture
def caches(make):
    return make("caches", "()->()", [("input", []), ("output", [])])


@pytest.fixture
def scratch(make):
    return make(
        "scratch", "(n)->()", [("input", [0]), ("output", [])], [_core.Scratch(8, [0], True), _core.Scratch(8, [0, 0])]
    )


@pytest.fixture
def three_threads():
    before = _core.get_num_threads()
    _core.set_num_threads(3)
    yield
    _core.set_num_threads(before)


def resident_bytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def page_faults(call, *args):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    assert call(*args) == 1
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def test_released_memory_comes_again(caches):
    sizes = np.repeat([1000.0, 70000.0, 3e6, 70000.0], 50)
    np.testing.assert_array_equal(caches(sizes), 1)


def test_the_next_call_finds_memory_in_place(caches):
    caches(KEPT)
    assert page_faults(caches, KEPT) < KEPT / 4096 / 100


def test_memory_of_earlier_calls_makes_room(caches):
    for size in (TOO_MUCH, *OTHER_SIZES, KEPT):
        caches(size)
    assert page_faults(caches, KEPT) < KEPT / 4096 / 100


def test_what_is_too_much_to_keep_is_given_back(caches):
    caches(TOO_MUCH)
    assert page_faults(caches, TOO_MUCH) > TOO_MUCH / 4096 / 2


def test_it_works_after_rows_that_release_nothing(caches):
    for _ in range(100):
        with pytest.raises(RuntimeError, match="the kernel threw"):
            caches(0.0)
    np.testing.assert_array_equal(caches(np.full(20, 1e6)), 1)


def test_threads_that_help_keep_few_of_the_caches(caches, three_threads):
    caches(KEPT)
    before = resident_bytes()
    np.testing.assert_array_equal(caches(np.full(50, float(KEPT))), 1)
    assert resident_bytes() - before < KEPT / 2


def test_threads_that_help_keep_little_working_memory(scratch, three_threads):
    size = math.isqrt(KEPT // 8)
    scratch(np.zeros(size))
    before = resident_bytes()
    np.testing.assert_array_equal(scratch(np.zeros((50, size))), 1)
    assert resident_bytes() - before < KEPT / 2
