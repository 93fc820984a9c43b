"""Arguments that are not named are inactive in every operator: proven from the IR."""

from __future__ import annotations

import pytest

import zymogen as zg
from zymogen.errors import ActiveArgumentError
from zymogen.ir.listing import read
from zymogen.testing import assert_inactive
from zymogen.testing.enzyme_calls import enzyme_arguments
from zymogen.testing.inactivity import findings
from zymogen.testing.memory import Memory

pytestmark = pytest.mark.toolchain


def assert_named_alone_are_active(d, names):
    """Proven for those that are Const, and not for those that are Duplicated."""
    for name in names:
        if d.activity[name] == "Const":
            assert_inactive(d, name)
        else:
            with pytest.raises(ActiveArgumentError, match=f"it passes {name} to Enzyme as enzyme_dup"):
                assert_inactive(d, name)


def test_of_an_array(of_an_array, seen):
    assert of_an_array.activity["w"] == "Const"
    assert_named_alone_are_active(of_an_array, seen.field.arguments)


def test_of_a_number_in_both_precisions(of_a_number, seen):
    assert of_a_number.activity["w"] == "Const"
    assert_named_alone_are_active(of_a_number, seen.energy.arguments)


def test_with_dense_tangents(dense):
    dense.build()
    assert dense.seed == "dense"
    assert dense.activity["w"] == "Const"
    assert_named_alone_are_active(dense, ("x", "w"))


@pytest.mark.parametrize("lane", [0, 3, 7])
def test_a_shadow_in_any_lane_is_found(seen, lane):
    d = zg.jacobian(seen.apart, "x", mode="forward")
    before = d.ir("before")
    memory = Memory(read(before), "zymogen_entry_0")
    name, call = next(
        (function.name, instruction)
        for function in memory.reached.values()
        for instruction in function.instructions
        if "__enzyme_fwddiff" in instruction.callee
    )
    shadows = next(shadows for _, _, shadows in enzyme_arguments(memory.module, name, call) if shadows)
    assert len(shadows) == 8
    arguments = list(call.arguments)
    arguments[arguments.index(shadows[lane])] = "ptr noundef %w"
    planted = before.replace(", ".join(call.arguments), ", ".join(arguments))
    assert planted != before
    found = [item.reason for item in findings(read(planted), read(d.ir()), d.built_plans[0], 0, "w")]
    assert "it passes w to Enzyme as a shadow" in found
