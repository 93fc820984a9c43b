"""Every operator on scenarios of every kind, against exact results."""

from __future__ import annotations

import pytest

from zymogen.errors import EnzymeError, UnsupportedConstructError
from zymogen.testing.scenarios.agreement import disagreements

pytestmark = pytest.mark.toolchain

# What Enzyme refuses, or is refused before because Enzyme would be wrong.
REFUSED = {
    ("partial(f)", "by_virtual_calls"): UnsupportedConstructError,
    ("partial(partial(f))", "by_virtual_calls"): UnsupportedConstructError,
    ("value_gradient_and_hessian(f)", "by_virtual_calls"): UnsupportedConstructError,
    ("value_gradient_and_hessian(f)", "sorted_weights"): EnzymeError,
    ("vjp(grad(f))", "kepler"): UnsupportedConstructError,
}


def test_derivative_is_exact(cell, builds):
    refusal = REFUSED.get((cell.operator.name, cell.scenario.name))
    if refusal is not None:
        with pytest.raises(refusal) as seen:
            list(disagreements(cell.operator, cell.scenario, cell.output, builds[str(cell)].result()))
        assert type(seen.value) is refusal
        return
    found = list(disagreements(cell.operator, cell.scenario, cell.output, builds[str(cell)].result()))
    assert not found, "\n".join(map(str, found))


def test_every_refusal_is_tested(all_cells):
    """A row of the table above that belongs to no cell would test nothing."""
    assert {(cell.operator.name, cell.scenario.name) for cell in all_cells} >= REFUSED.keys()
