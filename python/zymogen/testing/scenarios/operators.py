"""The operators of the table: how each is applied to a scenario, and how what it gives is compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from zymogen import operators as zg
from zymogen.operators.jacobians import Mode
from zymogen.runtime.kernel import Kernel
from zymogen.testing.scenarios import comparisons
from zymogen.testing.scenarios.comparisons import Pair
from zymogen.testing.scenarios.point import Point
from zymogen.testing.scenarios.scenario import Scenario

Derive = Callable[[Scenario, str | None], Sequence[Kernel]]


@dataclass(frozen=True)
class Operator:
    """One row of the table: an operator, or a composition of several.

    Parameters
    ----------
    name : how it is written
    derive : gives the derivatives to call, from a scenario and the name of a result (None if the kernel has but one)
    compare : calls one of them at a point; gives what it found, beside the exact results for that result
    applies : whether the operator makes sense for a scenario and one of its results
    takes_all : whether it takes all results at once, so that it is applied once for a scenario
    """

    name: str
    derive: Derive
    compare: Callable[[Kernel, Point, str], Iterator[Pair]]
    applies: Callable[[Scenario, str], bool] = lambda scenario, _: bool(scenario.real)
    takes_all: bool = False

    def __str__(self) -> str:
        return self.name

    def outputs(self, scenario: Scenario) -> tuple[str, ...]:
        """The results of a scenario to which it is applied, one after the other."""
        outputs = tuple(output for output in real_results(scenario) if self.applies(scenario, output))
        return outputs[:1] if self.takes_all else outputs

    def derivatives(self, scenario: Scenario, output: str) -> Sequence[Kernel]:
        """The derivatives to call for one of these results."""
        return self.derive(scenario, output if len(scenario.results) > 1 else None)


def real_results(scenario: Scenario) -> tuple[str, ...]:
    """Names of the results that have derivatives."""
    return Point(scenario).outputs


def _is_number(scenario: Scenario, output: str) -> bool:
    return bool(scenario.real) and Point(scenario).values[output].ndim == 0


def _has_several(scenario: Scenario, output: str) -> bool:
    return bool(scenario.real) and not (len(scenario.results) == 1 and _is_number(scenario, output))


def _has_scalar(scenario: Scenario, _: str) -> bool:
    return bool(_scalars(scenario))


def _scalars(scenario: Scenario) -> list[str]:
    return [name for name in scenario.real if np.ndim(scenario.arguments[name]) == 0]


def _jacobian(mode: Mode) -> Derive:
    return lambda s, output: [zg.jacobian(s.kernel, s.real, mode=mode, output=output)]


def _hessian(mode: Mode) -> Derive:
    return lambda s, output: [zg.hessian(s.kernel, s.real, mode=mode, output=output)]


def _derivative(order: int) -> Derive:
    return lambda s, output: [zg.derivative(s.kernel, name, order, output=output) for name in _scalars(s)]


_MODES: tuple[Mode, ...] = ("forward", "reverse", "auto")

OPERATORS = (
    Operator("f", lambda s, _: [s.kernel], comparisons.value, lambda *_: True, takes_all=True),
    Operator("jvp(f)", lambda s, _: [zg.jvp(s.kernel, s.real)], comparisons.tangents, takes_all=True),
    Operator("vjp(f)", lambda s, _: [zg.vjp(s.kernel, s.real)], comparisons.cotangents, takes_all=True),
    Operator(
        "partial(f)",
        lambda s, o: [zg.partial(s.kernel, s.real[0], output=o)],
        comparisons.component,
    ),
    Operator("grad(f)", lambda s, o: [zg.grad(s.kernel, s.real, output=o)], comparisons.gradient, _is_number),
    Operator(
        "value_and_grad(f)",
        lambda s, o: [zg.value_and_grad(s.kernel, s.real, output=o)],
        comparisons.value_and_gradient,
        _is_number,
    ),
    *(
        Operator(
            f"jacobian(f, mode={mode!r})",
            _jacobian(mode),
            comparisons.gradient,
        )
        for mode in _MODES
    ),
    *(
        Operator(
            f"hessian(f, mode={mode!r})",
            _hessian(mode),
            comparisons.blocks,
        )
        for mode in _MODES
    ),
    Operator(
        "hessian_diagonal(f)", lambda s, o: [zg.hessian_diagonal(s.kernel, s.real, output=o)], comparisons.diagonal
    ),
    Operator("hvp(f)", lambda s, o: [zg.hvp(s.kernel, s.real, output=o)], comparisons.product, _is_number),
    Operator(
        "gradient_and_hvp(f)",
        lambda s, o: [zg.gradient_and_hvp(s.kernel, s.real, output=o)],
        comparisons.gradient_and_product,
        _is_number,
    ),
    Operator(
        "value_gradient_and_hessian(f)",
        lambda s, o: [zg.value_gradient_and_hessian(s.kernel, s.real, output=o)],
        comparisons.value_gradient_and_blocks,
        _is_number,
    ),
    *(
        Operator(
            f"derivative(f, order={order})",
            _derivative(order),
            comparisons.by_scalar,
            _has_scalar,
        )
        for order in (1, 2, 3)
    ),
    Operator(
        "jvp(grad(f))",
        lambda s, o: [zg.jvp(zg.grad(s.kernel, s.real, output=o), s.real)],
        comparisons.gradient_tangents,
        _is_number,
    ),
    Operator(
        "jvp(vjp(f))",
        lambda s, _: [zg.jvp(zg.vjp(s.kernel, s.real), s.real)],
        comparisons.cotangent_tangents,
        _has_several,
        takes_all=True,
    ),
    Operator(
        "vjp(grad(f))",
        lambda s, o: [zg.vjp(zg.grad(s.kernel, s.real, output=o), s.real)],
        comparisons.gradient_cotangents,
        _is_number,
    ),
    Operator(
        "partial(partial(f))",
        lambda s, o: [zg.partial(s.kernel, s.real[0], s.real[-1], output=o)],
        comparisons.second_component,
    ),
    Operator(
        "vjp(partial(f))",
        lambda s, o: [zg.vjp(zg.partial(s.kernel, s.real[0], output=o), s.real)],
        comparisons.component_cotangents,
    ),
    Operator(
        "partial(partial(partial(f)))",
        lambda s, o: [zg.partial(s.kernel, s.real[0], s.real[-1], s.real[0], output=o)],
        comparisons.third_component,
    ),
    Operator(
        "jacobian(hessian(f))",
        lambda s, o: [zg.jacobian(zg.hessian(s.kernel, s.real[0], output=o), s.real[0])],
        comparisons.third_blocks,
    ),
)
