"""Times of calls that take turns, so that a busy or a hot machine slows all of them alike."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from time import perf_counter, process_time
from timeit import Timer
from typing import Any, Literal, TypeVar

Name = TypeVar("Name", bound=Hashable)

_LEAST_SAMPLES = 5


@dataclass(frozen=True)
class Call:
    """A statement to time, and the objects that its names stand for."""

    statement: str
    names: Mapping[str, Any]


@dataclass(frozen=True)
class Effort:
    """How much time to spend."""

    samples: int = 41
    batches: int = 3
    """Of which a sample is the least: an interruption can only make a batch longer."""
    batch_seconds: float = 2e-3
    """Calls are repeated until one batch takes about this long: the clock's own cost then vanishes."""
    most_seconds: float = 5.0
    """For calls that take turns; samples beyond the fifth are left out when it is used up."""
    longest_seconds: float = 0.5
    """Who takes longer for one call does not take part: the others would wait for it, and its ratio is clear."""
    most_rows: int | None = None
    """Batches and arrays are cut to this length, whatever their problem calls them."""
    processes: int = 9
    """New processes for each figure that needs them."""
    kernels: int = 5
    """Different kernels to build."""

    clock: Literal["wall", "cpu"] = "wall"
    """Of one thread, `cpu` leaves out what a busy machine spends on others; it is also blind to waiting."""
    contenders: tuple[str, ...] = ()
    """Only these take part; without any, all."""

    def rows(self, number: int) -> int:
        """The length of a batch or an array that is to have `number` rows."""
        return number if self.most_rows is None else min(number, self.most_rows)


USUAL = Effort()
FULL = Effort(samples=101, batches=5, most_seconds=60.0, longest_seconds=5.0)
QUICK = Effort(samples=3, batches=1, batch_seconds=1e-4, most_rows=100, processes=1, kernels=1)
"""Shows that everything runs; its figures mean nothing."""


def timer(call: Call, effort: Effort) -> Timer:
    """What runs the call a number of times and tells the seconds."""
    clock = process_time if effort.clock == "cpu" else perf_counter
    return Timer(call.statement, timer=clock, globals=dict(call.names))


def seconds(calls: Mapping[Name, Call], effort: Effort) -> dict[Name, list[float]]:
    """Seconds of one call, up to `effort.samples` for each of `calls`.

    Before each batch its call runs once: otherwise it finds the caches as its neighbour has left them, and whoever
    comes after a gradient of a million entries looks slow. The batches of all calls take turns, so that sample k of
    one call can be compared with sample k of another; what still disturbs shows in the spread of the samples.
    """
    timers = {name: timer(call, effort) for name, call in calls.items()}
    numbers = {name: _calls_per_batch(one, effort.batch_seconds) for name, one in timers.items()}
    samples: dict[Name, list[float]] = {name: [] for name in calls}
    start = perf_counter()
    for number in range(effort.samples):
        if number >= _LEAST_SAMPLES and perf_counter() - start > effort.most_seconds:
            break
        least = dict.fromkeys(calls, float("inf"))
        for _ in range(effort.batches):
            for name, one in timers.items():
                one.timeit(1)
                least[name] = min(least[name], one.timeit(numbers[name]) / numbers[name])
        for name, value in least.items():
            samples[name].append(value)
    return samples


def _calls_per_batch(one: Timer, batch_seconds: float) -> int:
    one.timeit(1)  # puts memory in place
    number = 1
    while (taken := min(one.timeit(number) for _ in range(3))) < batch_seconds / 2:
        number = max(2 * number, int(number * batch_seconds / max(taken, 1e-9) / 2))
    return max(1, round(number * batch_seconds / taken))
