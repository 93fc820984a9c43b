"""Memory for derivative code, which threads keep from call to call."""

import resource

import numpy as np
import pytest

MEGABYTE = 1 << 20
# The C library gives a block above 32 megabytes back as soon as it is freed; threads keep 64 megabytes in all.
KEPT, TOO_MUCH = 40 * MEGABYTE, 100 * MEGABYTE


@pytest.fixture
def caches(make):
    return make("caches", "()->()", [("input", []), ("output", [])])


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


def test_what_is_too_much_to_keep_is_given_back(caches):
    caches(TOO_MUCH)
    assert page_faults(caches, TOO_MUCH) > TOO_MUCH / 4096 / 2


def test_it_works_after_rows_that_release_nothing(caches):
    for _ in range(100):
        with pytest.raises(RuntimeError, match="the kernel threw"):
            caches(0.0)
    np.testing.assert_array_equal(caches(np.full(20, 1e6)), 1)
