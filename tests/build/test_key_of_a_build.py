"""A build is found again only where every way in which it may have been written is still the same."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest
from tests.test_layers import PACKAGE, imports, modules

import zymogen as zg
from zymogen.build import environment, pipeline

pytestmark = pytest.mark.toolchain

KERNEL = r"""
#include <span>
#include <zymogen/kernel.hpp>
double cubes(std::span<const double> x) {
    double s = 0;
    for (double e : x) s += e * e * e;
    return s;
}
ZYMOGEN_KERNEL(cubes, "x(n) -> ()");
"""


def key(derivative) -> str:
    return pipeline._key(derivative.plans_of, derivative.unit)


@pytest.fixture(scope="module")
def hessian():
    ways = zg.hessian(zg.compile(KERNEL).cubes).ways
    return next(way for way in ways if way.plan.has_one_hot and way.plan.has_lanes)


WAYS = {
    "blocks": lambda plan: plan.blocks,
    "blocks of one direction at a time": lambda plan: plan.blocks and not plan.wide,
    "seeds in memory": lambda plan: not plan.blocks and plan.seed == "dense",
    "one direction at a time": lambda plan: not plan.blocks and not plan.wide and plan.seed == "implicit",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_mended_generator_of_any_way_finds_nothing_old(hessian, monkeypatch, way):
    special = hessian.specialize(n=3)
    before, of_the_general = key(special), key(hessian)
    generate = pipeline.generated_source

    def mended(plans, include):
        text = generate(plans, include)
        return f"{text}// mended" if WAYS[way](plans[0]) else text

    monkeypatch.setattr(pipeline, "generated_source", mended)
    assert key(special) != before
    assert (key(hessian) != of_the_general) is ("blocks" not in way)


def test_a_build_is_found_without_the_modules_that_make_builds():
    code = (
        f"import sys, zymogen as zg; print(zg.grad(zg.compile({KERNEL!r}).cubes)([2.0]))\n"
        "print(*(name for name in sys.modules if name.endswith(('.stages', '.rules', '.compilation', '.traps'))))"
    )
    printed = [subprocess.check_output([sys.executable, "-c", code], text=True) for _ in range(2)]
    assert printed[1] == "[12.]\n\n"


@pytest.fixture
def package(monkeypatch, tmp_path):
    """A copy of what this package decides builds by: its modules and headers."""
    folder = tmp_path / "package"
    for name in environment._FOLDERS:
        shutil.copytree(environment._PACKAGE / name, folder / name, dirs_exist_ok=True)
    shutil.copytree(environment.include_folder(), folder / "include")
    monkeypatch.setattr(environment, "_PACKAGE", folder)
    monkeypatch.setattr(environment, "include_folder", lambda: folder / "include")
    return folder


@pytest.mark.parametrize(
    "module",
    [
        "build/shortcuts.py",
        "build/variants.py",
        "ir/prefix.py",
        "toolchain/enzyme.py",
        "toolchain/linking.py",
        "toolchain/messages/enzyme_messages.py",
        "toolchain/remedies/pointer_loops.py",
        "include/zymogen/kernel.hpp",
    ],
)
def test_other_decisions_find_nothing_old(package, module):
    decided = environment._package_digest.__wrapped__
    before = decided()
    assert decided() == before
    with (package / module).open("a") as file:
        file.write("\n")
    assert decided() != before


def test_every_folder_that_builds_go_through_is_part_of_their_key():
    found, waiting = set(), ["build.compilation"]
    while waiting:
        module = waiting.pop()
        if module in modules() and module not in found:
            found.add(module)
            waiting += imports(modules()[module])
    folders = {modules()[module].parent.relative_to(PACKAGE).as_posix() for module in found}
    in_the_generated_code, of_the_store = {"planning", "codegen"}, {"build/store"}
    assert folders - in_the_generated_code - of_the_store - {"."} == set(environment._FOLDERS)


def test_headers_are_told_apart_by_their_folders(package):
    decided = environment._package_digest.__wrapped__
    before = decided()
    (package / "include" / "zymogen" / "program").rename(package / "include" / "zymogen" / "programs")
    assert decided() != before
