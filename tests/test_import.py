"""The import of the package stays short: what few processes need is imported by those."""

from __future__ import annotations

import subprocess
import sys

import pytest

# What compiles, stores, compares and explains, and what NumPy's own import leaves out.
NEEDED_LATER = (
    "zymogen.build.pipeline",
    "zymogen.build.store",
    "zymogen.codegen",
    "zymogen.extension.making",
    "zymogen.ir",
    "zymogen.planning.levels",
    "zymogen.runtime.checks",
    "zymogen.runtime.explanation",
    "zymogen.runtime.recovery",
    "zymogen.sparse",
    "zymogen.testing",
    "zymogen.toolchain",
    "hashlib",
    "numpy.typing",
    "platformdirs",
    "rich",
    "typer",
)

NEEDED_AT_ONCE = {
    "zymogen.runtime.checks",
    "zymogen.runtime.checks.gate",
    "zymogen.runtime.checks.policy",
    "zymogen.sparse",
    "zymogen.sparse.operators",
    "zymogen.toolchain",
    "zymogen.toolchain.tools",
}


def import_of(module: str) -> str:
    """A script that prints what the import of `module` loads beyond NumPy."""
    return f"import sys, numpy; before = set(sys.modules); import {module}; print(*sorted(set(sys.modules) - before))"


def too_early(loaded: str) -> set[str]:
    """Of the modules that were loaded, those that could have been imported later."""
    later = {module for module in loaded.split() if any(f"{module}.".startswith(f"{name}.") for name in NEEDED_LATER)}
    return later - NEEDED_AT_ONCE


def run(script: str) -> str:
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout


def test_the_package_is_imported_without_what_compiles_and_compares():
    assert not too_early(run(import_of("zymogen")))


@pytest.mark.parametrize("name", ["explain", "testing"])
def test_names_that_are_imported_later_are_names_of_the_package(name):
    run(f"import zymogen as zg; assert {name!r} in dir(zg) and {name!r} in zg.__all__; zg.{name}")
    run(f"from zymogen import {name}")


def test_a_name_that_is_not_there_is_no_attribute():
    run("import zymogen as zg; assert not hasattr(zg, 'nothing')")
