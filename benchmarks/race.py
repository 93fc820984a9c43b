"""One problem at one size: what is wanted, what is right, and how each contender computes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from contenders import CONTENDERS, Contender, Result, result
from figure import Figure
from timing import Call, Effort, seconds, timer

import zymogen as zg

Functions = Mapping[str, Callable[..., Any] | Mapping[str, Callable[..., Any]]]
"""For each quantity one function of the race's arguments; or several, by name, of which the fastest takes part."""


@dataclass(frozen=True, eq=False)
class Race:
    """What contenders compute, from the same numbers, in turns."""

    problem: str
    size: str
    source: str
    """C++ text with the kernel, and with its derivatives written by hand."""
    arguments: tuple[Any, ...]
    """NumPy arrays and numbers, in the order in which all functions take them."""
    reference: Mapping[str, Result]
    """The right result of each quantity; its keys are the quantities."""
    implementations: Mapping[str, Callable[..., Functions]]
    """By `Contender.implementation`. Those with flags are given the library that the text was compiled to."""

    def of(self, *quantities: str) -> Race:
        """The same race for some of its quantities."""
        return replace(self, reference={quantity: self.reference[quantity] for quantity in quantities})


@dataclass(frozen=True, eq=False)
class Entry:
    """A contender with one quantity of a race."""

    race: Race
    quantity: str
    contender: Contender

    def figure(self, samples: Sequence[float] = (), *, missing: str = "", note: str = "") -> Figure:
        race = self.race
        return Figure(race.problem, race.size, self.quantity, self.contender.name, tuple(samples), missing, note)


@dataclass(frozen=True)
class Prepared:
    """What has given the right result, and can be timed."""

    call: Call
    way: str
    """Which one of several; empty where there is one."""


def run(*races: Race, effort: Effort, contenders: Iterable[Contender] = CONTENDERS) -> Iterator[Figure]:
    """A figure for each contender and quantity, the times of all `races` taken in turns."""
    prepared = {
        entry: call
        for race, contender in product(races, contenders)
        for entry, call in prepare(race, contender, effort)
    }
    calls = {entry: call for entry, call in prepared.items() if isinstance(call, Prepared)}
    samples = seconds({entry: call.call for entry, call in calls.items()}, effort)
    for entry, call in prepared.items():
        if isinstance(call, Prepared):
            yield entry.figure(samples[entry], note=call.way)
        else:
            yield entry.figure(missing=call)


def prepare(race: Race, contender: Contender, effort: Effort) -> Iterator[tuple[Entry, Prepared | str]]:
    """For each quantity the call to time; or why there is none."""
    functions: Functions = {}
    reason = contender.absent
    if effort.contenders and contender.name not in effort.contenders:
        reason = "not asked for"
    elif contender.implementation not in race.implementations:
        reason = "not written for this problem"
    if not reason:
        functions = _functions(race, contender)
    for quantity, right in race.reference.items():
        entry = Entry(race, quantity, contender)
        if quantity not in functions:
            yield entry, reason or "left out at this size"
            continue
        yield entry, _fastest_right(race, contender, ways_of(functions[quantity]), right, effort)


def _functions(race: Race, contender: Contender) -> Functions:
    make = race.implementations[contender.implementation]
    if not contender.math:
        return make()
    functions = make(zg.compile(race.source, math=contender.math))
    functions = {quantity: functions[quantity] for quantity in race.reference if quantity in functions}
    ways = [way for quantity in functions.values() for way in ways_of(quantity).values()]
    with ThreadPoolExecutor(2) as pool:  # first calls build, in processes of their own
        list(pool.map(lambda way: way(*race.arguments), ways))
    return functions


def ways_of(quantity: Callable[..., Any] | Mapping[str, Callable[..., Any]]) -> Mapping[str, Callable[..., Any]]:
    return {"": quantity} if callable(quantity) else quantity


def _fastest_right(
    race: Race, contender: Contender, ways: Mapping[str, Callable[..., Any]], right: Result, effort: Effort
) -> Prepared | str:
    times: dict[str, float] = {}
    calls: dict[str, Call] = {}
    reasons: list[str] = []
    for name, function in ways.items():
        call = contender.call(function, race.arguments, right)
        if error := error_of(result(call), right, contender.tolerance):
            reasons.append(f"wrong: {name + ', ' if name else ''}{error}")
            continue
        calls[name], times[name] = call, min(timer(call, effort).repeat(3 if len(ways) > 1 else 1, 1))
    if not calls:
        return "; ".join(reasons)
    best = min(times, key=times.__getitem__)
    if times[best] > effort.longest_seconds:
        return f"left out: one call takes {times[best]:.2g} s"
    return Prepared(calls[best], best)


def error_of(found: Result, right: Result, tolerance: float) -> str:
    """What is wrong with a result; empty if it is right."""
    pairs = zip(found, right, strict=True) if isinstance(right, tuple) else [(found, right)]
    for got, expected in pairs:
        if got.shape != expected.shape:
            return f"the shape is {got.shape} and not {expected.shape}"
        if got.dtype != np.float64:
            return f"the type is {got.dtype} and not float64"
        error = np.max(np.abs(got - expected), initial=0) / (np.max(np.abs(expected), initial=0) or 1)
        if not error <= tolerance:
            return f"an error of {error:.1e} of the largest entry"
    return ""
