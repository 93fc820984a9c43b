"""What a call costs relative to another: medians over runs that take turns, so that a busy machine slows all alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter


@dataclass(frozen=True)
class Cost:
    """Time of one call in seconds, and how many times that of the first call it was compared with."""

    seconds: float
    relative: float


def compare(calls: dict[str, Callable[[], object]], rounds: int) -> dict[str, Cost]:
    """Costs of `calls`, relative to the first of them."""
    for call in calls.values():
        call()  # compiled, and memory in place
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            start = perf_counter()
            call()
            seconds[name].append(perf_counter() - start)
    medians = {name: median(times) for name, times in seconds.items()}
    first = next(iter(medians.values()))
    return {name: Cost(time, time / first) for name, time in medians.items()}
