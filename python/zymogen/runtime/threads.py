"""How many threads a batch may use."""

from __future__ import annotations

import os

from zymogen import _core
from zymogen.errors import ArgumentError

VARIABLE = "ZYMOGEN_NUM_THREADS"


def set_num_threads(count: int) -> None:
    """Let batches use up to `count` threads from now on, in all kernels of this process.

    Small batches stay on the calling thread whatever the number; results do not depend on it.

    Raises
    ------
    ValueError
        If `count` is less than 1.
    """
    if count < 1:
        raise ArgumentError(f"set_num_threads: {count} threads were asked for. Expected is 1 or more.")
    _core.set_num_threads(count)


def get_num_threads() -> int:
    """The number of threads that a batch may use."""
    return int(_core.get_num_threads())


def usable_cores() -> int:
    """Cores that this process may run on: affinity counts, the machine's other cores do not."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def apply_environment() -> None:
    """Take the number of threads from ZYMOGEN_NUM_THREADS, else from the usable cores."""
    text = os.environ.get(VARIABLE)
    if text is None:
        _core.set_num_threads(usable_cores())
        return
    if not text.strip().isdigit() or int(text) < 1:
        raise ArgumentError(f"{VARIABLE} is {text!r}. Expected is a number of threads, 1 or more. Correct or unset it.")
    _core.set_num_threads(int(text))
