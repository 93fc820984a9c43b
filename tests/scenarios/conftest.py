"""The cross product of operators and scenarios, whose derivatives are built two at a time while tests run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest

import zymogen as zg

# On every scenario: the value, first derivatives in both modes, and the usual way to second derivatives.
OF_NUMBERS = ("vjp(f)", "partial(f)", "value_gradient_and_hessian(f)")
OF_ARRAYS = ("jvp(f)", "vjp(f)", "partial(f)", "hessian(f, mode='reverse')")

# Ranks, sizes 0 and 1, several results, integers, in-place updates, branches and templates: all operators.
DIVERSE = ("bump", "kepler", "leapfrog", "matrix_product", "roughness", "summary")

# Constructs of C++ on which Enzyme's forward mode of forward mode has been wrong.
TWICE_FORWARD = (
    "by_recursion",
    "by_virtual_calls",
    "complex_functions",
    "in_std_vector",
    "on_the_heap",
    "solve",
    "sorted_weights",
    "with_exceptions",
)


@dataclass(frozen=True)
class Cell:
    """One operator on one scenario, for one of its results."""

    operator: zg.testing.Operator
    scenario: zg.testing.Scenario
    output: str

    def __str__(self) -> str:
        return f"{self.operator}-{self.scenario.name}-{self.output}"

    def built(self) -> Sequence[zg.Kernel]:
        """The derivatives, compiled but not loaded: before Python 3.12 all cached properties share one lock."""
        derivatives = self.operator.derivatives(self.scenario, self.output)
        for derivative in derivatives:
            assert derivative.location.is_dir()
        return derivatives


def is_tested(operator: zg.testing.Operator, scenario: zg.testing.Scenario) -> bool:
    everywhere = OF_NUMBERS if len(scenario.results) == 1 and np.ndim(scenario.exact.value) == 0 else OF_ARRAYS
    twice_forward = operator.name == "partial(partial(f))" and scenario.name in TWICE_FORWARD
    return scenario.name in DIVERSE or operator.name in everywhere or twice_forward


def cells() -> list[Cell]:
    return [
        Cell(operator, scenario, output)
        for scenario in zg.testing.scenarios().values()
        for operator in zg.testing.OPERATORS
        if is_tested(operator, scenario)
        for output in operator.outputs(scenario)
    ]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "cell" in metafunc.fixturenames:
        metafunc.parametrize("cell", cells(), ids=str)


@pytest.fixture(scope="session")
def all_cells() -> list[Cell]:
    return cells()


@pytest.fixture(scope="session")
def builds(request: pytest.FixtureRequest) -> Iterator[dict[str, Future[Sequence[zg.Kernel]]]]:
    """Derivatives of all cells that this session tests, by the cell's name, as they become ready."""
    wanted = [
        item.callspec.params["cell"] for item in request.session.items if "cell" in getattr(item, "fixturenames", ())
    ]
    with ThreadPoolExecutor(2) as workers:
        yield {str(cell): workers.submit(cell.built) for cell in wanted}
        workers.shutdown(cancel_futures=True)
