"""threads: how many times as fast two threads are as one, in batches of the problems D and bundle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from contenders import CONTENDERS
from figure import Figure
from goals import Figures, Goal
from race import Race, prepare
from timing import Call, Effort, seconds

import zymogen as zg
from problems import bundle_adjustment, d_model

NAME = "threads"
_QUANTITIES = {"D": ("Jacobian in x", "Hessian"), "BA": ("Jacobian",)}
_COUNTS = (1, 2)


def _speed_up(problem: str, quantity: str) -> Goal:
    def values(figures: Figures) -> tuple[float, ...]:
        one, two = (figures.samples(NAME, problem, quantity, _contender(count)) for count in _COUNTS)
        return tuple(a / b for a, b in zip(one, two, strict=True))

    return Goal(f"threads: 2 over 1, {problem}, {quantity}", 1.8, values, at_least=True)


GOALS = tuple(_speed_up(problem, quantity) for problem, quantities in _QUANTITIES.items() for quantity in quantities)


def measure(effort: Effort) -> Iterator[Figure]:
    races: dict[str, Race] = {
        "D": d_model.race(d_model.SIZE, effort.rows(20_000)),
        "BA": bundle_adjustment.race(bundle_adjustment.SIZE, effort.rows(10**5)),
    }
    for problem, race in races.items():
        for quantity in _QUANTITIES[problem]:
            yield from _both(problem, quantity, race.of(quantity), effort)


def _both(problem: str, quantity: str, race: Race, effort: Effort) -> Iterator[Figure]:
    ((_, prepared),) = prepare(race, CONTENDERS[0], effort)
    if isinstance(prepared, str):
        for count in _COUNTS:
            yield Figure(NAME, problem, quantity, _contender(count), missing=prepared)
        return
    call = prepared.call
    names = {**call.names, "set_threads": zg.set_num_threads}
    calls = {count: Call(f"set_threads({count}); {call.statement}", names) for count in _COUNTS}
    try:
        for count, samples in seconds(calls, replace(effort, clock="wall")).items():
            yield Figure(NAME, problem, quantity, _contender(count), tuple(samples))
    finally:
        zg.set_num_threads(1)


def _contender(count: int) -> str:
    return f"zymogen, {count} thread{'s' if count > 1 else ''}"
