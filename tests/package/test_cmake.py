"""What CMake says to mistakes in zymogen's functions."""

from __future__ import annotations

import itertools
import re
import shlex
import subprocess
import sys
import venv
from pathlib import Path

import pybind11
import pytest

from zymogen.build.prebuilt import Prebuilt
from zymogen.resources import cmake_folder
from zymogen.toolchain.tools import Options

CMAKE = Path(sys.executable).parent / "cmake"
NINJA = CMAKE.with_name("ninja")
CONFIGURE = [CMAKE, "-G", "Ninja", f"-DCMAKE_MAKE_PROGRAM={NINJA}", "-B", "build", f"-Dzymogen_ROOT={cmake_folder()}"]

OPTIONS = ("source", "derivative", "define")
"""Of the command that CMake writes into the build file."""


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            "zymogen_add_module(kernels k.cpp MATH fast)",
            "(kernels): k.cpp is not understood. Expected are SOURCES, DERIVATIVES, MATH, ",
        ),
        (
            "zymogen_add_module(kernels SOURCES k.cpp DERIVATIVES grad(k, x))",
            'CMake takes it apart. Write DERIVATIVES "grad(f, x)" "',
        ),
        (
            "zymogen_add_module(kernels MATH fast)",
            "zymogen_add_module(kernels): there are no SOURCES. Name the C++ files ",
        ),
        ("zymogen_add_module(kernels SOURCES none.cpp)", "none.cpp is not there. Correct SOURCES."),
        ("zymogen_differentiate(model SOURCES k.cpp)", "(model): there is no target model. Make it first, with "),
        (
            'zymogen_add_module(kernels SOURCES k.cpp DERIVATES "grad(k, x)")',
            "(kernels): DERIVATES was taken for a file of SOURCES, and /",
        ),
        (
            "zymogen_add_module(kernels SOURCES k.cpp DERIVATES standard)",
            "Is it a misspelled keyword? Keywords are SOURCES, DERIVATIVES, MATH, ARCH, INCLUDE, ",
        ),
        (
            "zymogen_add_module(kernels SOURCES k.cpp INCLUDE . MATHS fast)",
            "MATHS was taken for a folder of INCLUDE, and ",
        ),
        (
            'zymogen_differentiate(model SOURCES k.cpp DERIVATES "grad(k, x)")',
            "zymogen_differentiate(model): DERIVATES was taken for a file of SOURCES, and ",
        ),
        (
            "zymogen_add_executable(model main.cpp SOURCS k.cpp)",
            "zymogen_add_executable(model): SOURCS was taken for a file of the program, and /",
        ),
        (
            "zymogen_add_executable(model SOURCES k.cpp MATH strict main.cpp)",
            "zymogen_add_executable(model): there is no file with main(). Name the program's files before SOURCES, ",
        ),
        (
            "zymogen_add_module(kernels SOURCES k.cpp LIBRARIES lib/libmine.a)",
            "lib/libmine.a is not there. Correct LIBRARIES; what the project itself makes is named by its target.",
        ),
        (
            "zymogen_add_module(kernels SOURCES k.cpp LIBRARIES gsl -lm)",
            "(kernels): -lm of LIBRARIES is not understood. Expected are paths, targets, and names alone, such as ",
        ),
        (
            "zymogen_add_module(kernels SOURCES k.cpp LIBRARIES gsl NOSOURCES)",
            "NOSOURCES was taken for a library of LIBRARIES, and /",
        ),
        ("zymogen_add_module(my-kernels SOURCES k.cpp)", "my-kernels is no name that Python can import. Use letters, "),
    ],
)
def test_a_mistake_is_explained(tmp_path, call, message):
    (tmp_path / "k.cpp").touch()
    script = tmp_path / "script.cmake"
    script.write_text(
        f"cmake_minimum_required(VERSION 3.24)\ninclude({cmake_folder().as_posix()}/zymogenConfig.cmake)\n{call}\n"
    )
    done = subprocess.run([CMAKE, "-P", script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert message in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("main.cpp", "(model): there are no SOURCES. Name the C++ files that register kernels."),
        (
            "main.cpp SOURCES k.cpp MATH strict extra.cpp",
            "(model): extra.cpp is not understood. Expected are SOURCES, ",
        ),
    ],
)
def test_a_mistake_in_what_follows_the_files_of_a_program_is_explained(tmp_path, arguments, message):
    for name in ("k.cpp", "main.cpp"):
        (tmp_path / name).touch()
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.24)\nproject(mine LANGUAGES NONE)\nfind_package(zymogen REQUIRED)\n"
        f"zymogen_add_executable(model {arguments})\n"
    )
    done = subprocess.run(CONFIGURE, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert message in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("library", "message"),
    [
        (
            "flags",
            "(mine): flags of LIBRARIES is a target of type INTERFACE_LIBRARY. Expected are targets that are one ",
        ),
        ("libscript.so", "libscript.so of LIBRARIES is no shared library: "),
    ],
)
def test_what_cannot_be_linked_is_explained(tmp_path, library, message):
    (tmp_path / "k.cpp").touch()
    (tmp_path / "libscript.so").write_text("INPUT(-lm)\n")
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.24)\nproject(mine LANGUAGES CXX)\nfind_package(zymogen REQUIRED)\n"
        f"add_library(flags INTERFACE)\nzymogen_add_module(mine SOURCES k.cpp LIBRARIES {library})\n"
    )
    done = subprocess.run(CONFIGURE, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode != 0
    assert message in " ".join(done.stderr.split())


def test_a_list_in_quotation_marks_is_a_list(tmp_path):
    """As it comes from a variable, `DERIVATIVES "${wanted}"`, also with an empty item."""
    for name in ("f.cpp", "g.cpp"):
        (tmp_path / name).touch()
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.24)\nproject(mine LANGUAGES CXX)\nfind_package(zymogen REQUIRED)\n"
        "set(wanted \"partial(f, ('x', 0));;grad(g, y)\")\n"
        'zymogen_add_module(mine SOURCES "f.cpp;g.cpp" DERIVATIVES "${wanted}" standard DEFINE "A=1;B")\n'
    )
    found = [f"-DPython_EXECUTABLE={sys.executable}", f"-Dpybind11_ROOT={pybind11.get_cmake_dir()}"]
    subprocess.run([*CONFIGURE, *found], cwd=tmp_path, check=True, timeout=120)
    ninja = subprocess.run([NINJA, "-C", "build", "-t", "commands"], cwd=tmp_path, capture_output=True, check=True)
    (command,) = (line for line in ninja.stdout.decode().splitlines() if "build-ahead" in line)
    words = shlex.split(command)
    given = {option: [words[k + 1] for k, word in enumerate(words) if word == f"--{option}"] for option in OPTIONS}
    assert given == {
        "source": [str(tmp_path / "f.cpp"), str(tmp_path / "g.cpp")],
        "derivative": ["partial(f, ('x', 0))", "grad(g, y)", "standard"],
        "define": ["A=1", "B"],
    }


def test_the_line_to_add_is_one_that_cmake_takes(tmp_path):
    built = ("grad(energy, (x, y))", "standard", "partial(energy, ('x', 0))")
    said = Prebuilt("mine", 0, Options(), tmp_path, "", {}, built, has_sources=True).advice('vjp(f, "x")', "...")
    (arguments,) = re.findall(r"zymogen_add_module\(mine \.\.\. (DERIVATIVES .*)\)\.$", said)
    (tmp_path / "k.cpp").touch()
    (tmp_path / "script.cmake").write_text(f"""
cmake_minimum_required(VERSION 3.24)
include({cmake_folder().as_posix()}/zymogenBuild.cmake)
function(read)
  _zymogen_begin()
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "${{_zymogen_one}}" "${{_zymogen_many}}")
  _zymogen_read("read" "")
  list(JOIN _zymogen_options "\\n" lines)
  message("${{lines}}")
endfunction()
read(SOURCES k.cpp {arguments})
""")
    done = subprocess.run([CMAKE, "-P", "script.cmake"], cwd=tmp_path, capture_output=True, text=True, check=True)
    lines = done.stderr.splitlines()
    asked = [value for option, value in itertools.pairwise(lines) if option == "--derivative"]
    assert asked == [*built, 'vjp(f, "x")']


@pytest.mark.parametrize("function", ["zymogen_add_module(mine ", 'zymogen_add_executable(mine "k.cpp;main.cpp" '])
def test_functions_are_whole_where_another_folder_has_found_the_package(tmp_path, function):
    (tmp_path / "deep").mkdir()
    for name in ("k.cpp", "main.cpp"):
        (tmp_path / name).touch()
    (tmp_path / "deep" / "CMakeLists.txt").write_text("find_package(zymogen REQUIRED)\n")
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.24)\nproject(mine LANGUAGES CXX)\n"
        f"add_subdirectory(deep)\n{function}SOURCES k.cpp)\n"
    )
    found = [f"-DPython_EXECUTABLE={sys.executable}", f"-Dpybind11_ROOT={pybind11.get_cmake_dir()}"]
    subprocess.run([*CONFIGURE, *found], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True)
    made = (tmp_path / "build" / "build.ninja").read_text()
    ours = cmake_folder().as_posix()
    assert f"{ours}/module.cpp" in made or f"-I{ours}/../zymogen/include" in made


@pytest.mark.parametrize(
    "call", ["zymogen_add_module(mine SOURCES k.cpp)", "zymogen_add_executable(mine k.cpp SOURCES k.cpp)"]
)
def test_a_python_without_zymogen_is_found_before_anything_is_built(tmp_path, call):
    """As where pip builds in an environment of its own, and pyproject.toml does not ask for zymogen there."""
    venv.create(tmp_path / "venv", with_pip=False)
    (tmp_path / "k.cpp").touch()
    (tmp_path / "CMakeLists.txt").write_text(
        f"cmake_minimum_required(VERSION 3.24)\nproject(mine LANGUAGES CXX)\nfind_package(zymogen REQUIRED)\n{call}\n"
    )
    command = [*CONFIGURE, f"-DPython_EXECUTABLE={tmp_path / 'venv' / 'bin' / 'python'}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode != 0
    said = " ".join(done.stderr.split())
    assert f"{call.partition('(')[0].replace('add_executable', 'differentiate')}(mine): CMake finds zymogen in " in said
    assert "does not run it (" in said
    assert "No module named zymogen" in said
    assert '[build-system] should have requires = ["scikit-build-core", "pybind11", "zymogen"].' in said
