"""What a derivative shows of itself: activity, passes, C++ text, IR, assembly, and how its tangents are made."""

import subprocess
import sys

import numpy as np
import pytest

import zymogen as zg
from zymogen.build.artifact import AFTER
from zymogen.errors import ArgumentError
from zymogen.toolchain.commands import back_end_command
from zymogen.toolchain.find import find_toolchain
from zymogen.toolchain.flags import target_flags

pytestmark = pytest.mark.toolchain

X, Y = np.array([1.0, 2.0, -0.5]), np.array([0.5, 2.25, 0.25])


def test_activity_and_passes(lib):
    assert zg.partial(lib.bump, ("x", 0)).activity == {"x": "Duplicated", "y": "Const"}
    assert zg.grad(lib.bump, ("x", "y")).activity == {"x": "Duplicated", "y": "Duplicated"}
    assert zg.grad(zg.partial(lib.bump, "x"), "y").activity == {"x": "Duplicated", "y": "Duplicated"}
    assert lib.bump.activity == {"x": "Const", "y": "Const"}
    assert lib.bump.passes == 0
    assert zg.grad(lib.bump, "x").passes == 1


def test_the_source_is_the_text_that_was_compiled(lib):
    text = zg.grad(lib.bump, "x").source()
    assert "__enzyme_autodiff" in text
    assert "enzyme_const, y" in text
    assert "int zymogen_entry_0(" in text


def test_the_ir_before_has_calls_of_enzyme_and_after_has_none(lib):
    d = zg.grad(lib.bump, "x")
    assert "__enzyme_autodiff" in d.ir("before")
    assert "call void @_Z17__enzyme" not in d.ir("after")
    assert d.ir() == d.ir("after")
    with pytest.raises(ArgumentError, match=r"there is no stage 'during'\. Expected is 'before' or 'after'"):
        d.ir("during")


def test_the_assembly_has_the_entry(lib):
    assert "zymogen_entry_0:" in zg.grad(lib.bump, "x").assembly()


@pytest.mark.parametrize("blocks", [False, True])
def test_the_assembly_is_that_of_the_code_that_runs(lib, tmp_path, blocks):
    d = zg.hessian(lib.bump, "x", mode="forward")
    d = d.specialize(n=3) if blocks else d
    assert d.artifact.facts.variant.blocks is blocks
    built, shown = tmp_path / "built.o", tmp_path / "shown.o"
    tools, listing = find_toolchain(), d.artifact.entry.path(AFTER)
    subprocess.run(back_end_command(tools, d.unit.options, listing, built, blocks=blocks), check=True)
    (tmp_path / "shown.s").write_text(d.assembly())
    assemble = [
        *tools.clang,
        *target_flags(tools),
        "-march=native",
        "-masm=intel",
        "-c",
        tmp_path / "shown.s",
        "-o",
        shown,
    ]
    subprocess.run(assemble, check=True)
    assert shown.stat().st_size > 0
    assert instructions(shown) == instructions(built)


def instructions(file):
    listing = subprocess.run(["objdump", "-d", "--no-show-raw-insn", file], capture_output=True, text=True, check=True)
    return listing.stdout.splitlines()[4:]


def test_a_partial_of_bump_has_no_array_of_seeds_and_allocates_nothing(lib):
    d = zg.partial(lib.bump, ("x", 1))
    assert d.seed == "implicit"
    assert d.plan.scratch == ()
    level = d.ir().split("level_1E")[-1]
    body = level[: level.index("\n}")]
    assert "alloca" not in body
    for allocator in ("@malloc", "@calloc", "@_Znwm", "@_Znam"):
        assert allocator not in body
    expected = -2 * (X[1] - Y[1]) * np.exp(-np.sum((X - Y) ** 2))
    np.testing.assert_allclose(d(X, Y), expected, rtol=1e-14)


def test_a_helper_that_is_not_inlined_gets_a_dense_seed_and_right_numbers(lib):
    d = zg.partial(lib.norms, "x")
    assert d.seed == "dense"
    np.testing.assert_allclose(d(X, Y, [0, 1, 2, 1]), 2 * X[[0, 1, 2, 1]] * np.sum(Y**2), rtol=1e-14)


def test_where_there_is_no_one_hot_there_is_no_seed(lib):
    assert zg.grad(lib.bump, "x").seed is None
    assert zg.partial(lib.power_sum, "m").seed is None


def test_testing_is_an_attribute_that_costs_nothing_until_it_is_used():
    program = "import sys, zymogen as zg; assert 'zymogen.testing' not in sys.modules; zg.testing.assert_inactive"
    subprocess.run([sys.executable, "-c", program], check=True)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        zg.nothing  # noqa: B018
