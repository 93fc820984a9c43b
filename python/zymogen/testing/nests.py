"""The ways to make a derivative of some order, and the dot-product test between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from zymogen.declaration import REAL
from zymogen.operators import jvp, vjp
from zymogen.runtime.checks.directions import generator, random_direction
from zymogen.runtime.checks.level import Entry
from zymogen.runtime.checks.point import results_of
from zymogen.runtime.checks.projection import label, unravelled
from zymogen.runtime.checks.row import Row
from zymogen.runtime.kernel import Derivative, Kernel
from zymogen.testing.report import Finding, Verdict

SINGLES = 32
"""Components that are compared one by one."""

_MODES = {4: 1e-3, 8: 1e-8}  # by bytes of an element: how far two modes may be apart


@dataclass(frozen=True)
class Seeds:
    """Random tangents and cotangents, which all nests share."""

    active: tuple[str, ...]
    tangents: tuple[Mapping[str, np.ndarray], ...]
    """For each order, of every active argument."""
    cotangents: tuple[np.ndarray, ...]
    """Of every real result."""

    @classmethod
    def random(cls, f: Kernel, arguments: Mapping[str, np.ndarray], active: tuple[str, ...], order: int) -> Seeds:
        rng = generator(tuple(arguments.values()))
        results = [value for value in results_of(f.opened, arguments) if value.dtype.kind == "f"]
        tangents = tuple(
            {name: random_direction(arguments[name], "relative", rng) for name in active} for _ in range(order)
        )
        return cls(active, tangents, tuple(random_direction(np.ones_like(value), "relative", rng) for value in results))

    def with_last(self, last: Mapping[str, np.ndarray]) -> Seeds:
        """The same with other tangents of the last order."""
        return Seeds(self.active, (*self.tangents[:-1], last), self.cotangents)

    def up_to(self, order: int) -> Seeds:
        return Seeds(self.active, self.tangents[:order], self.cotangents)


@dataclass(frozen=True)
class Nest:
    """One way to make a derivative."""

    name: str
    derivative: Derivative
    results: int
    """How many of the last results of its ufunc are the derivative of the highest order."""
    levels: tuple[str, ...]
    """From the innermost on: "forward", or "reverse", which takes all cotangents."""

    @property
    def is_forward(self) -> bool:
        return "reverse" not in self.levels

    def named(self, seeds: Seeds) -> dict[str, np.ndarray]:
        """Tangents and cotangents by the names that the derivative has for them."""
        values: list[np.ndarray] = []
        tangents = iter(seeds.tangents)
        for position, level in enumerate(self.levels):
            if level == "forward":
                values.extend(next(tangents).values())
            else:
                # Inside of the reverse level, each forward level has doubled the number of results.
                values.extend(np.zeros_like(w) for _ in range(2**position - 1) for w in seeds.cotangents)
                values.extend(seeds.cotangents)
        names = self.derivative.arguments[len(self.derivative.arguments) - len(values) :]
        return dict(zip(names, values, strict=True))

    def evaluate(self, row: Row, seeds: Seeds) -> tuple[np.ndarray, ...]:
        """The derivative of the highest order."""
        with np.errstate(all="ignore"):
            return results_of(self.derivative.opened, {**row.arguments, **self.named(seeds)})[-self.results :]


def nests(f: Kernel, active: tuple[str, ...], order: int) -> Iterator[Nest]:
    """The nests that are compared with each other, the one in forward mode alone first."""
    real = sum(operand.element in REAL for operand in f.plan.outputs)
    forward = jvp(f, active)
    for _ in range(order - 1):
        forward = jvp(forward, active)
    yield Nest(" over ".join(["forward"] * order), forward, real, ("forward",) * order)
    mixed = vjp(f, active)
    for _ in range(order - 1):
        mixed = jvp(mixed, active)
    names = ("reverse", *["forward"] * (order - 1))
    yield Nest(" over ".join(reversed(names)), mixed, len(active), names)
    if order == 2:
        yield Nest("reverse over forward", vjp(jvp(f, active), active), len(active), ("forward", "reverse"))


def with_other_mode(forward: Nest, nest: Nest, row: Row, seeds: Seeds, rtol: float | None) -> Finding:
    """The dot-product test: components of adjoints, and forward derivatives along these components."""
    allowed = _MODES[min(w.dtype.itemsize for w in seeds.cotangents)] if rtol is None else rtol
    entries = list(_entries(forward, nest, row, seeds, allowed))
    wrong = [entry for entry in entries if entry.off > entry.error]
    worst = max(wrong or entries, key=lambda entry: entry.off if wrong else entry.share, default=None)
    verdict: Verdict = "differs" if wrong else "agrees" if entries else "unknown"
    return Finding(len(seeds.tangents), seeds.active, nest.name, forward.name, verdict, worst)


def _entries(forward: Nest, nest: Nest, row: Row, seeds: Seeds, allowed: float) -> Iterator[Entry]:
    """What the two modes say of components, where both say something."""
    adjoints = nest.evaluate(row, seeds)
    outputs = nest.derivative.plan.outputs[-nest.results :]
    rng = generator(tuple(row.arguments.values()))
    for name, adjoint, output in zip(seeds.active, adjoints, outputs, strict=True):
        for number in rng.permutation(adjoint.size)[:SINGLES]:
            component = unravelled(int(number), adjoint.shape)
            last = {other: np.zeros_like(u) for other, u in seeds.tangents[-1].items()}
            last[name][component] = 1
            along = forward.evaluate(row, seeds.with_last(last))
            terms = [w.astype(np.float64) * tangent for w, tangent in zip(seeds.cotangents, along, strict=True)]
            given, expected = float(adjoint[component]), sum(float(term.sum()) for term in terms)
            size = sum(float(np.abs(term).sum()) for term in terms) + float(np.max(np.abs(adjoint)))
            if np.isfinite(given - expected) and np.isfinite(size):
                yield Entry(f"{output.name}{label(component)}", given, expected, allowed * size)
