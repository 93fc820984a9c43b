"""The generated text of some plans, as it lies in golden/: a change of it must be meant.

Write them anew with ZYMOGEN_WRITE_GOLDEN=1 in the environment, and read the difference.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from zymogen.codegen.text import source
from zymogen.planning.plan import Plan
from zymogen.planning.request import Forward, OneHot, Request, Reverse, Select

GOLDEN = Path(__file__).with_name("golden")

PLANS = {
    "bump": ("bump", (), "implicit"),
    "partial_of_bump": ("bump", (OneHot(("x",)),), "implicit"),
    "partial_of_bump_with_a_dense_seed": ("bump", (OneHot(("x",)),), "dense"),
    "gradient_of_partial_of_bump": ("bump", (OneHot(("x",)), Reverse(("x", "y"), value=True)), "implicit"),
    "vjp_of_jvp_of_model": ("model", (Forward(("M", "x"), value=True), Reverse(("M",), cotangent="given")), "implicit"),
    "gradient_of_a_template_in_the_style_of_c": ("legacy", (Reverse(("x",)),), "implicit"),
    "jacobian_of_model": ("model", (OneHot(("x",), "all"),), "implicit"),
    "listed_rows_and_columns_of_the_jacobian_of_model": (
        "model",
        (Select((0,), listed=True), OneHot(("x",), "listed")),
        "dense",
    ),
    "jacobian_of_model_by_rows": ("model", (Reverse(("M", "x"), "all"),), "implicit"),
    "listed_columns_of_listed_rows_of_model": (
        "model",
        (Reverse(("x",), "listed"), Select((0,), listed=True)),
        "implicit",
    ),
    "blocks_of_the_hessian_of_bump": ("bump", (OneHot(("x", "y"), "all"), OneHot(("x", "y"), "symmetric")), "implicit"),
    "cotangents_of_the_hessian_of_model": (
        "model",
        (OneHot(("x",), "all"), OneHot(("x",), "symmetric"), Reverse(("M",), "given")),
        "implicit",
    ),
    "value_gradient_and_hessian_of_bump": (
        "bump",
        (Reverse(("x",), value=True), OneHot(("x",), "all", value=True), Select((0, 1, 3))),
        "implicit",
    ),
    "jvp_of_an_update_in_place": ("step", (Forward(("row", "class")),), "implicit"),
}


def generated(declaration, levels, seed):
    plans = [Plan(declaration, instance, Request(levels), seed) for instance in declaration.instances]
    return source(plans, '#include "kernels.cpp"')


@pytest.mark.parametrize("name", PLANS)
def test_generated_text_is_what_it_was(kernels, name):
    kernel, levels, seed = PLANS[name]
    text = generated(kernels[kernel], levels, seed)
    file = GOLDEN / f"{name}.cpp"
    if os.environ.get("ZYMOGEN_WRITE_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def test_every_golden_file_belongs_to_a_plan():
    assert {file.stem for file in GOLDEN.glob("*.cpp")} == set(PLANS)


@pytest.mark.parametrize("name", PLANS)
def test_what_is_at_namespace_scope_has_a_name_that_no_user_takes(kernels, name):
    kernel, levels, seed = PLANS[name]
    declared = re.findall(r"^(?:namespace|int) (\w+)", generated(kernels[kernel], levels, seed), re.MULTILINE)
    assert declared
    assert all(symbol.startswith("zymogen_") for symbol in declared)


@pytest.mark.parametrize("name", PLANS)
def test_lines_fit_on_a_screen(kernels, name):
    kernel, levels, seed = PLANS[name]
    assert max(map(len, generated(kernels[kernel], levels, seed).splitlines())) <= 110
