"""How many threads a batch may use."""

from __future__ import annotations

import operator
import os

from zymogen import _core
from zymogen.errors import ArgumentError

VARIABLE = "ZYMOGEN_NUM_THREADS"
_MOST = 4096


def set_num_threads(count: int) -> None:
    """Let batches use up to `count` threads from now on, in all kernels of this process.

    Small batches stay on the calling thread whatever the number; results do not depend on it,
    but for sums over a batch, which are rounded alike for one number of threads only.

    Raises
    ------
    ValueError
        If `count` is no integer, less than 1, or more than 4096.
    """
    try:
        number = None if isinstance(count, bool) else operator.index(count)
    except TypeError:
        number = None
    if number is None or not 1 <= number <= _MOST:
        seen = f"{count!r} was given" if number is None else f"{number} threads were asked for"
        raise ArgumentError(f"set_num_threads: {seen}. Expected is 1 or more (at most {_MOST}), an integer.")
    _core.set_num_threads(number)


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
        _core.set_num_threads(min(usable_cores(), _MOST))
        return
    digits = text.strip()
    # A text of many digits is not even read: Python refuses to make a number of some thousand.
    count = int(digits) if digits.isdecimal() and len(digits) <= 18 else 0
    if not 1 <= count <= _MOST:
        raise ArgumentError(
            f"{VARIABLE} is {text!r}. Expected is a number of threads, 1 or more (at most {_MOST}). "
            "Correct or unset it."
        )
    _core.set_num_threads(count)
