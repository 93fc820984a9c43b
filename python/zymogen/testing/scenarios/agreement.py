"""Whether what an operator gives for a scenario is what exact results say."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from zymogen.errors import WrongDerivativeError
from zymogen.runtime.kernel import Kernel
from zymogen.testing.scenarios.operators import OPERATORS, Operator
from zymogen.testing.scenarios.point import Array, Point
from zymogen.testing.scenarios.scenario import Scenario

TOLERANCES = {False: 1e-12, True: 1e-5}
"""Relative to the largest entry of a result, by whether it is float32: some thousand roundings, and some dozens."""


@dataclass(frozen=True)
class Disagreement:
    """A result that is not the exact one."""

    derivative: str
    point: int
    result: str
    found: str
    """What was found, and what was expected."""

    def __str__(self) -> str:
        return f"{self.derivative} at point {self.point}: {self.result} {self.found}"


def disagreements(
    operator: Operator, scenario: Scenario, output: str, derivatives: Sequence[Kernel], rtol: float | None = None
) -> Iterator[Disagreement]:
    """Everything that derivatives give differently from exact results, at all points and in all element types."""
    for derivative, number, kind in itertools.product(
        derivatives, range(len(scenario.points)), element_types(scenario)
    ):
        point = Point(scenario, number, kind)
        # Vectorised code also divides in lanes whose results are thrown away, and that sets the processor's flags.
        with np.errstate(all="ignore"):
            pairs = list(operator.compare(derivative, point, output))
        untouched = scenario.point(number, kind)
        for name, array, original in zip(scenario.arguments, point.arguments, untouched, strict=True):
            if array.tobytes() != original.tobytes():
                yield Disagreement(derivative.name, number, name, f"is {array}. Expected is that it stays {original}.")
        for result, found, exact in pairs:
            problem = _problem(found, exact, kind, rtol)
            if problem:
                yield Disagreement(derivative.name, number, result, problem)


def check_scenario(scenario: Scenario, operators: Iterable[Operator] = OPERATORS, *, rtol: float | None = None) -> None:
    """Compare derivatives of a scenario with exact results, at all of its points.

    Parameters
    ----------
    scenario : one of your own, or of `zg.testing.scenarios()`
    operators : rows of `zg.testing.OPERATORS`, all by default; those that do not apply are left out
    rtol : tolerance relative to the largest entry of a result, default 1e-12, and 1e-5 for float32

    Raises
    ------
    WrongDerivativeError
        At the first result that differs, with its worst component.
    """
    for operator in operators:
        for output in operator.outputs(scenario):
            derivatives = operator.derivatives(scenario, output)
            for found in disagreements(operator, scenario, output, derivatives, rtol):
                raise WrongDerivativeError(f"check_scenario({scenario.name}): {found}")


def element_types(scenario: Scenario) -> tuple[str | None, ...]:
    """The types to convert real arguments to: none, and for kernels that are templates also float32."""
    return (None, "f") if len(scenario.kernel.plan.declaration.instances) > 1 else (None,)


def _problem(found: Array, exact: Array, kind: str | None, rtol: float | None) -> str:
    """How a result differs from the exact one; empty where it does not."""
    if found.shape != exact.shape:
        return f"has shape {found.shape}. Expected is {exact.shape}."
    if kind and found.dtype.kind == "f" and found.dtype.char != kind:
        return f"has element type {found.dtype}. Expected is {np.dtype(kind)}."
    tolerance = TOLERANCES[found.dtype.char == "f"] if rtol is None else rtol
    error = np.abs(found - exact)
    if not error.size or error.max() <= tolerance * np.abs(exact).max():  # false for NaN
        return ""
    worst = np.unravel_index(np.argmax(np.where(np.isnan(error), np.inf, error)), error.shape)
    component = f"[{', '.join(map(str, worst))}] " if worst else ""
    return f"{component}is {found[worst]}. Expected is {exact[worst]}."
