"""What a call copies of arrays that compiled code cannot use where they lie is what `explain` says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

MEASURED = Path("/proc/self/status")
BLOCK = 262144
SLACK = 3_000_000  # bytes of anything else that a first call does

SCRIPT = """
import sys
import numpy as np
import zymogen as zg

library = zg.compile('''
#include <span>
#include <zymogen/kernel.hpp>
double squares(std::span<const double> x) { double s = 0; for (double t : x) s += t * t; return s; }
ZYMOGEN_KERNEL(squares, "x(n) -> ()");
''')
zg.set_num_threads(2)
gradient = zg.grad(library.squares)
for _ in range(3):
    gradient(np.ones((10, 4)))
x = {
    "dense": lambda: np.ones((500_000, 16)),
    "every second": lambda: np.ones((500_000, 32))[:, ::2],
    "columns": lambda: np.ones((16, 500_000)).T,
    "long rows": lambda: np.ones((4, 4_000_000))[:, ::2],
    "shared": lambda: np.broadcast_to(np.ones(8_000_000)[::2], (3, 4_000_000)),
    "another type": lambda: np.ones((500_000, 16), "f"),
    "another byte order": lambda: np.ones((500_000, 16), ">f8"),
}[sys.argv[1]]()
out = np.ones(x.shape)


def peak():
    line = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


before = peak()
gradient(x, out=out)
print(peak() - before)
"""

COPIED = {
    "dense": (0, 0),
    "every second": (0, 2 * BLOCK),
    "columns": (0, 2 * BLOCK),
    "long rows": (2_000_000 * 8, 2 * 2_000_000 * 8),  # by one thread or both
    "shared": (4_000_000 * 8, 4_000_000 * 8),
    "another type": (500_000 * 16 * 8, 500_000 * 16 * 8),
    "another byte order": (500_000 * 16 * 8, 500_000 * 16 * 8),
}


@pytest.mark.skipif(not MEASURED.exists(), reason="only Linux says how much memory a process has had")
@pytest.mark.parametrize("layout", COPIED)
def test_a_call_copies_what_explain_says(layout):
    run = subprocess.run([sys.executable, "-c", SCRIPT, layout], check=True, capture_output=True, text=True)
    least, most = COPIED[layout]
    assert least - SLACK < int(run.stdout) < most + SLACK
