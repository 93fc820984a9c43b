"""A function without derivative may keep what it likes between calls."""

from __future__ import annotations

import numpy as np
import pytest

import zymogen as zg
from zymogen.errors import UnsupportedConstructError

pytestmark = pytest.mark.toolchain

KERNEL = r"""
#include <zymogen/kernel.hpp>

// A size that is found at the first call, as libraries ask for those of the processor's caches.
std::size_t asked() {
    volatile std::size_t size = 4;
    return size;
}
std::size_t block() {
    static const std::size_t found = asked();
    return found;
}
RULE

double in_blocks(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += (1 + i / block()) * x[i] * x[i] * x[i];
    return s;
}
ZYMOGEN_KERNEL(in_blocks, "x(n) -> ()");
"""
POINT = np.array([1.0, 2.0, 3.0, 4.0, 5.0])


def test_static_memory_of_an_inactive_function_is_no_obstacle():
    kernel = zg.compile(KERNEL.replace("RULE", "ZYMOGEN_INACTIVE(block);"))["in_blocks"]
    factor = np.array([1, 1, 1, 1, 2])
    np.testing.assert_array_equal(zg.grad(kernel)(POINT), 3 * factor * POINT**2)
    np.testing.assert_array_equal(zg.hessian(kernel, mode="forward")(POINT), np.diag(6 * factor * POINT))
    np.testing.assert_array_equal(zg.hessian(kernel, mode="reverse")(POINT), np.diag(6 * factor * POINT))


def test_static_memory_of_other_functions_is_refused():
    kernel = zg.compile(KERNEL.replace("RULE", ""))["in_blocks"]
    with pytest.raises(UnsupportedConstructError, match="a static variable is made when"):
        zg.grad(kernel)(POINT)
