"""Derivatives built with other flags: whether they are right, and what they take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median

from contenders import CONTENDERS, result
from problems import (
    a_one_component,
    b_third_derivative,
    bundle_adjustment,
    c_by_a_scalar,
    d_model,
    gaussian_mixture,
    summed,
)
from race import Race, error_of, ways_of
from report import time
from timing import Call, Effort, seconds
from variations import AS_IS, Variation, built_with

import zymogen as zg
from zymogen.errors import ZymogenError


@dataclass(frozen=True)
class Column:
    """One quantity of a race: the median seconds with each variation, or why there are none."""

    race: Race
    quantity: str
    outcomes: Mapping[Variation, float | str]

    @property
    def title(self) -> str:
        return f"{self.race.problem}, {self.race.size}: {self.quantity}"


def columns(math: str, variations: Sequence[Variation], effort: Effort, only: Sequence[str]) -> Iterator[Column]:
    """The quantities of all problems, or of those of `only`; times with all variations are taken in turns."""
    for race in _races(effort):
        if only and race.problem not in only:
            continue
        built = {variation: _calls(race, math, variation) for variation in variations}
        for quantity in race.reference:
            outcomes: dict[Variation, float | str] = {}
            calls: dict[tuple[Variation, str], Call] = {}
            for variation, made in built.items():
                for way, call in made[quantity].items():
                    if isinstance(call, Call):
                        calls[variation, way] = call
                    else:
                        outcomes[variation] = call
            for (variation, _), samples in seconds(calls, effort).items():
                before = outcomes.get(variation)
                taken = median(samples)
                outcomes[variation] = min(taken, before) if isinstance(before, float) else taken
            yield Column(race, quantity, outcomes)


def as_markdown(math: str, variations: Sequence[Variation], measured: Iterable[Column]) -> str:
    """A row for each variation; times are shown of what zymogen does, and ratios of them of the others."""
    measured = list(measured)
    rows = [
        f'`math="{math}"`',
        "",
        f"| stage | flags | {' | '.join(column.title for column in measured)} |",
        f"|---|---|{'---|' * len(measured)}",
    ]
    for variation in variations:
        cells = " | ".join(_cell(column.outcomes, variation) for column in measured)
        rows.append(f"| {variation.stage} | {variation.name} | {cells} |")
    return "\n".join(rows)


def _cell(outcomes: Mapping[Variation, float | str], variation: Variation) -> str:
    usual, taken = outcomes[AS_IS], outcomes[variation]
    if isinstance(usual, str) or isinstance(taken, str):
        return str(taken)
    return time(taken, "s") if variation is AS_IS else f"{taken / usual:.2f}"


def _races(effort: Effort) -> Iterator[Race]:
    yield a_one_component.race("n = 1e3", effort.rows(1000)).of("one partial", "gradient in x")
    yield a_one_component.race("n = 1e6", effort.rows(10**6)).of("gradient in x")
    yield b_third_derivative.race("1e5 rows", effort.rows(10**5)).of("third derivative")
    yield c_by_a_scalar.race("1e5 rows", effort.rows(10**5)).of("derivative in m")
    model = d_model.race(d_model.SIZE, effort.rows(20_000))
    yield model.of(*(quantity for quantity in model.reference if quantity != "evaluation"))
    yield gaussian_mixture.race(effort).of("gradient")
    yield bundle_adjustment.race(bundle_adjustment.SIZE, effort.rows(10**5)).of("Jacobian")
    yield summed.race(summed.SIZE, effort.rows(10**6))


def _calls(race: Race, math: str, variation: Variation) -> Mapping[str, Mapping[str, Call | str]]:
    """By quantity and way: what to time, or how it was refused or wrong."""
    contender = next(one for one in CONTENDERS if one.implementation == "zymogen" and one.math == math)

    def prepared(quantity: str, way: str) -> Call | str:
        right = race.reference[quantity]
        call = contender.call(functions[quantity][way], race.arguments, right)
        try:
            found = result(call)  # the first call builds, in processes of its own
        except ZymogenError as error:
            return type(error).__name__
        return error_of(found, right, contender.tolerance) or call

    with built_with(variation), ThreadPoolExecutor(2) as pool:
        made = race.implementations["zymogen"](zg.compile(race.source, math=contender.math))
        functions = {quantity: ways_of(made[quantity]) for quantity in race.reference}
        waiting = {
            quantity: {way: pool.submit(prepared, quantity, way) for way in ways}
            for quantity, ways in functions.items()
        }
        return {quantity: {way: future.result() for way, future in ways.items()} for quantity, ways in waiting.items()}
