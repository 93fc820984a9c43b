"""A package that is installed as editable is built again when its sources have changed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from .conftest import PROGRAMS, new_environment, written

pytestmark = [pytest.mark.toolchain, pytest.mark.exhaustive]

PROJECT = {
    "pyproject.toml": """\
[build-system]
requires = ["scikit-build-core", "pybind11", "zymogen"]
build-backend = "scikit_build_core.build"

[project]
name = "edited"
version = "1"
""",
    "CMakeLists.txt": """\
cmake_minimum_required(VERSION 3.24)
project(edited LANGUAGES CXX)
find_package(zymogen REQUIRED)
zymogen_add_module(edited SOURCES kernel.cpp INCLUDE . DERIVATIVES "grad(scaled, x)" ARCH native DESTINATION .)
""",
    "factor.hpp": "constexpr double factor = 2;\n",
    "kernel.cpp": """\
#include "factor.hpp"
#include <zymogen/kernel.hpp>
double scaled(double x) { return factor * x; }
ZYMOGEN_KERNEL(scaled, "x() -> ()");
""",
}
SLOPE = "import edited, zymogen as zg; print(float(zg.grad(edited.scaled)(5.0)))"


def test_a_changed_header_and_a_changed_source_are_built_at_the_next_import(tmp_path):
    project = written(PROJECT, tmp_path / "project")
    python, _ = new_environment(tmp_path / "venv")
    environment = {**os.environ, "PATH": PROGRAMS}

    def run(*command: str | Path) -> str:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines()[-1]

    settings = ("editable.rebuild=true", f"build-dir={tmp_path / 'build'}")
    words = [word for setting in settings for word in ("--config-settings", setting)]
    run(python, "-m", "pip", "install", "--no-build-isolation", "--no-deps", *words, "--editable", project)
    assert run(python, "-c", SLOPE) == "2.0"
    (project / "factor.hpp").write_text("constexpr double factor = 3;\n")
    assert run(python, "-c", SLOPE) == "3.0"
    (project / "kernel.cpp").write_text(PROJECT["kernel.cpp"].replace("factor * x", "factor * x * x"))
    assert run(python, "-c", SLOPE) == "30.0"
