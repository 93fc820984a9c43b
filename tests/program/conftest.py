"""C++ programs as their authors build them: CMake, ninja and the system's compiler."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from zymogen.resources import cmake_folder

BIN = Path(sys.executable).parent
WARNINGS = "-Wall -Wextra -Wpedantic -Werror"


def configured(project: Path, folder: Path) -> Path:
    """The build folder of a project, after CMake has seen it."""
    command = [BIN / "cmake", "-G", "Ninja", f"-DCMAKE_MAKE_PROGRAM={BIN / 'ninja'}", "-S", project, "-B", folder]
    command += [f"-Dzymogen_ROOT={cmake_folder()}", f"-DPython_EXECUTABLE={sys.executable}"]
    command += [f"-DCMAKE_CXX_FLAGS={WARNINGS}", f"-DCMAKE_INSTALL_PREFIX={folder / 'installed'}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def build(folder: Path, *targets: str) -> subprocess.CompletedProcess[str]:
    """What the build says."""
    command = [BIN / "cmake", "--build", folder, "--target", *(targets or ("all",))]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)


def output(program: Path) -> str:
    """What a program prints, where there is no Python and no compiler."""
    done = subprocess.run([program], env={"PATH": os.devnull}, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def numbers(text: str) -> list[tuple[str, list[float]]]:
    """Lines of a name and numbers."""
    lines = (line.split() for line in text.splitlines())
    return [(name, [float(word) for word in words]) for name, *words in lines]


def project(folder: Path, main: str, kernels: str, cmake: str) -> Path:
    """A folder with a program."""
    folder.mkdir()
    (folder / "main.cpp").write_text(main)
    (folder / "kernels.cpp").write_text(kernels)
    (folder / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.24)\nproject(mine LANGUAGES CXX)\nfind_package(zymogen REQUIRED)\n" + cmake
    )
    return folder


@pytest.fixture(scope="session")
def cases(tmp_path_factory):
    """The example, built and installed."""
    example = Path(__file__).parents[2] / "examples" / "cpp"
    folder = configured(example, tmp_path_factory.mktemp("cpp"))
    done = build(folder, "install")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder
