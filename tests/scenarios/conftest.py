"""The product of operators and scenarios, whose derivatives are built two at a time while tests run."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

import pytest

import zymogen as zg
from zymogen.errors import EnzymeError, UnsupportedConstructError
from zymogen.runtime.choice import Choice

# Kernels in which real numbers decide how the code goes on: two reverse levels are refused, in all of them.
DECIDED_BY_NUMBERS = (
    "arithmetic_geometric_mean",
    "complex_functions",
    "crossing",
    "interpolated",
    "kepler",
    "optional_roots",
    "piecewise",
    "series",
    "with_exceptions",
)

# Through pointers to functions Enzyme is right in reverse mode alone.
FORWARD = (
    "jvp(f)",
    "partial(f)",
    "jacobian(f, mode='forward')",
    "hessian(f, mode='forward')",
    "hessian(f, mode='reverse')",
    "hessian(f, mode='auto')",
    "hessian_diagonal(f)",
    "hvp(f)",
    "gradient_and_hvp(f)",
    "value_gradient_and_hessian(f)",
    "jvp(grad(f))",
    "vjp(grad(f))",
    "partial(partial(f))",
    "vjp(partial(f))",
    "partial(partial(partial(f)))",
    "jacobian(hessian(f))",
)

# All that is refused: by us, before Enzyme is wrong, or by Enzyme.
REFUSED: dict[tuple[str, str], type[EnzymeError]] = {
    **{("vjp(grad(f))", name): UnsupportedConstructError for name in DECIDED_BY_NUMBERS},
    **{(operator, "by_virtual_calls"): UnsupportedConstructError for operator in FORWARD},
}

# What a build meets is decided by two things: how its levels are started (one-hot tangents in the place of an array,
# given tangents, several in one pass; the cotangent 1, given ones, or each row of the result in turn), which is code
# of ours, and the order of modes, which is what Enzyme makes of the kernel. Each result of each kernel is tested with
# each of these kinds that an operator has for it: `covering` takes the operator with most of the kinds that are not
# there yet, and of equals the one that was taken least often before, so that operators take turns. First derivatives
# count where they are compared themselves. Third orders, two reverse levels and mode="auto" add no kind; they and all
# other operators are applied to the kernels that differ most in shape (DIVERSE), to one of their results in turn.
# What is left of the product is marked `exhaustive`.
KINDS = {
    "jvp(f)": {"given tangents", "forward"},
    "vjp(f)": {"given cotangents", "reverse"},
    "partial(f)": {"one component", "forward"},
    "grad(f)": {"rows", "reverse"},
    "value_and_grad(f)": {"rows", "reverse"},
    "jacobian(f, mode='forward')": {"lanes", "forward"},
    "jacobian(f, mode='reverse')": {"rows", "reverse"},
    "hessian(f, mode='forward')": {"lanes", "forward over forward"},
    "hessian(f, mode='reverse')": {"rows", "lanes", "forward over reverse"},
    "hessian_diagonal(f)": {"forward over forward"},
    "hvp(f)": {"rows", "given tangents", "forward over reverse"},
    "gradient_and_hvp(f)": {"rows", "given tangents", "reverse", "forward over reverse"},
    "value_gradient_and_hessian(f)": {"rows", "lanes", "reverse", "forward over reverse"},
    "derivative(f, order=1)": {"one component", "forward"},
    "derivative(f, order=2)": {"one component", "forward over forward"},
    "jvp(grad(f))": {"rows", "given tangents", "reverse", "forward over reverse"},
    "jvp(vjp(f))": {"given cotangents", "given tangents", "reverse", "forward over reverse"},
    "partial(partial(f))": {"one component", "forward over forward"},
    "vjp(partial(f))": {"one component", "given cotangents", "reverse over forward"},
}

# Ranks, sizes 0 and 1, several results, integers, in-place updates, branches and templates: all operators.
DIVERSE = ("bump", "kepler", "leapfrog", "matrix_product", "roughness", "summary")


@dataclass(frozen=True)
class Cell:
    """One operator on one scenario, for one of its results."""

    operator: zg.testing.Operator
    scenario: zg.testing.Scenario
    output: str

    def __str__(self) -> str:
        return f"{self.operator}-{self.scenario.name}-{self.output}"

    @property
    def refusal(self) -> type[EnzymeError] | None:
        return REFUSED.get((self.operator.name, self.scenario.name))

    @property
    def kinds(self) -> set[str]:
        """The kinds of levels that it tests; a number has but one row, whose cotangent is 1."""
        return KINDS.get(self.operator.name, set()) if self.refusal is None else set()

    def built(self) -> Sequence[zg.Kernel]:
        """The derivatives, compiled; of a choice, each call compiles the way that it takes."""
        derivatives = self.operator.derivatives(self.scenario, self.output)
        return [item if isinstance(item, Choice) else item.build() for item in derivatives]


@cache
def product() -> tuple[Cell, ...]:
    """Every operator on every result of every scenario."""
    return tuple(
        Cell(operator, scenario, output)
        for scenario in zg.testing.scenarios().values()
        for operator in zg.testing.OPERATORS
        for output in operator.outputs(scenario)
    )


@cache
def tested_by_default() -> frozenset[Cell]:
    """What is not marked as exhaustive."""
    chosen: set[Cell] = set()
    taken: Counter[str] = Counter()
    for scenario, cells in itertools.groupby(product(), lambda cell: cell.scenario):
        of_scenario = list(cells)
        given = one_of_each_operator(of_scenario) if scenario.name in DIVERSE else []
        # What is refused before Enzyme runs takes no time; Enzyme may take minutes before it gives up.
        given += itertools.islice((cell for cell in of_scenario if cell.refusal is UnsupportedConstructError), 1)
        chosen |= set(covering(of_scenario, given, taken))
    return frozenset(chosen)


def one_of_each_operator(cells: Sequence[Cell]) -> list[Cell]:
    """Each operator once, on the results in turn."""
    turns = itertools.count()
    groups = (list(group) for _, group in itertools.groupby(cells, lambda cell: cell.operator.name))
    return [group[next(turns) % len(group)] for group in groups]


def covering(cells: Sequence[Cell], given: Sequence[Cell], taken: Counter[str]) -> list[Cell]:
    """What is given, and few others of one scenario so that each of its results is tested with all kinds of levels.

    Counts in `taken` how often operators are chosen.
    """
    chosen = list(given)
    for output in {cell.output: None for cell in cells}:
        candidates = [cell for cell in cells if cell.output == output or cell.operator.takes_all]
        missing = {kind for cell in candidates for kind in cell.kinds}
        missing -= {kind for cell in candidates if cell in chosen for kind in cell.kinds}
        while missing:
            best = min(candidates, key=lambda cell: (-len(cell.kinds & missing), taken[cell.operator.name]))
            chosen.append(best)
            taken[best.operator.name] += 1
            missing -= best.kinds
    return chosen


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "cell" in metafunc.fixturenames:
        default = tested_by_default()
        marks = {True: (), False: (pytest.mark.exhaustive, pytest.mark.timeout(1200))}  # Enzyme may try for minutes
        metafunc.parametrize(
            "cell", [pytest.param(cell, id=str(cell), marks=marks[cell in default]) for cell in product()]
        )


@pytest.fixture(scope="session")
def all_cells() -> Sequence[Cell]:
    return product()


@pytest.fixture(scope="session")
def default_cells() -> frozenset[Cell]:
    return tested_by_default()


@pytest.fixture(scope="session")
def refusals() -> dict[tuple[str, str], type[EnzymeError]]:
    return REFUSED


@pytest.fixture(scope="session")
def builds(request: pytest.FixtureRequest) -> Iterator[dict[str, Future[Sequence[zg.Kernel]]]]:
    """Derivatives of all cells that this session tests, by the cell's name, as they become ready."""
    wanted = [
        item.callspec.params["cell"] for item in request.session.items if "cell" in getattr(item, "fixturenames", ())
    ]
    with ThreadPoolExecutor(2) as workers:
        yield {str(cell): workers.submit(cell.built) for cell in wanted}
        workers.shutdown(cancel_futures=True)
