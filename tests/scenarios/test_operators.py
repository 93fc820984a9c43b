"""Every operator on scenarios of every kind, against exact results."""

from __future__ import annotations

import itertools

import pytest

from zymogen.planning.request import Forward, OneHot, Reverse, Select
from zymogen.testing.scenarios.agreement import disagreements


@pytest.mark.toolchain
def test_derivative_is_exact(cell, builds):
    if cell.refusal is not None:
        with pytest.raises(cell.refusal) as seen:
            list(disagreements(cell.operator, cell.scenario, cell.output, builds[str(cell)].result()))
        assert type(seen.value) is cell.refusal
        return
    found = list(disagreements(cell.operator, cell.scenario, cell.output, builds[str(cell)].result()))
    assert not found, "\n".join(map(str, found))


class TestTheDefaultRun:
    """The cells that are not marked as exhaustive."""

    def test_has_every_kind_of_level_for_every_result(self, all_cells, default_cells):
        for scenario, cells in itertools.groupby(all_cells, lambda cell: cell.scenario):
            of_scenario = list(cells)
            for output in {cell.output for cell in of_scenario}:
                of_output = [cell for cell in of_scenario if cell.output == output or cell.operator.takes_all]
                possible = {kind for cell in of_output for kind in cell.kinds}
                tested = {kind for cell in of_output if cell in default_cells for kind in cell.kinds}
                assert tested == possible, (scenario, output)

    def test_has_every_operator_on_several_scenarios(self, all_cells, default_cells):
        scenarios = {name: set() for name in {cell.operator.name for cell in all_cells}}
        for cell in default_cells:
            scenarios[cell.operator.name].add(cell.scenario.name)
        assert min(map(len, scenarios.values())) >= 2

    def test_has_a_refusal_of_every_scenario_that_has_any(self, all_cells, default_cells):
        assert {cell.scenario.name for cell in default_cells if cell.refusal} == {
            cell.scenario.name for cell in all_cells if cell.refusal
        }


def test_every_refusal_is_tested(all_cells, refusals):
    """An entry of the table that belongs to no cell would test nothing."""
    assert {(cell.operator.name, cell.scenario.name) for cell in all_cells} >= refusals.keys()


@pytest.mark.toolchain
def test_kinds_are_those_of_the_levels(all_cells):
    seeds = {Forward: "given tangents", OneHot: "one component"}
    modes = {Forward: "forward", OneHot: "forward", Reverse: "reverse"}
    for cell in all_cells:
        if cell.scenario.name not in ("bump", "leapfrog") or not cell.kinds:
            continue
        for derivative in cell.operator.derivatives(cell.scenario, cell.output):
            levels = [level for level in derivative.request.levels if not isinstance(level, Select)]
            kinds = {" over ".join(modes[type(level)] for level in reversed(levels))}
            for level in levels:
                if isinstance(level, Reverse):
                    kinds.add("given cotangents" if level.cotangent == "given" else "rows")
                elif isinstance(level, Forward) or level.components == "one":
                    kinds.add(seeds[type(level)])
                elif level is levels[-1] and level.components != "diagonal":
                    kinds.add("lanes")
            # Some that end with a forward level also give the first derivatives themselves.
            assert kinds <= cell.kinds <= kinds | {"reverse"}, cell
