"""Results of sweeps over several arguments are named after these, and authors may have taken such a name."""

from __future__ import annotations

import numpy as np
import pytest

import zymogen as zg

pytestmark = pytest.mark.toolchain

KERNELS = """#include <zymogen/kernel.hpp>
double taken(double x, double y, double dout_x, double dout_bar_x) { return x * x * y * dout_x * dout_bar_x; }
ZYMOGEN_KERNEL(taken, "x(), y(), dout_x(), dout_bar_x() -> out()");
"""


@pytest.fixture(scope="module")
def taken() -> zg.Kernel:
    return zg.compile(KERNELS).taken


def test_results_of_several_arguments(taken):
    in_x, in_y = zg.jacobian(taken, ("x", "y"), mode="forward")(2.0, 3.0, 5.0, 7.0)
    np.testing.assert_array_equal([in_x, in_y], [420.0, 140.0])


def test_cotangents_of_several_arguments(taken):
    d = zg.vjp(zg.jacobian(taken, ("x", "y"), mode="forward"), "x")
    assert len(set(d.arguments)) == 6
    np.testing.assert_array_equal(d(2.0, 3.0, 5.0, 7.0, 1.0, 10.0), 210.0 + 10 * 140.0)
