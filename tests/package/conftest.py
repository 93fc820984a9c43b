"""Packages as their authors write them, built to wheels by pip, and installed where there is no compiler."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
PROGRAMS = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
"""Where those that build a package are found: CMake and ninja are beside the tests' Python."""


@dataclass(frozen=True)
class Installed:
    """A package in an environment of its own, which sees the packages of the tests' environment after its own."""

    python: Path
    wheel: Path
    folder: Path

    def run(self, *arguments: str | Path, **environment: str) -> str:
        """What Python prints there; PATH has no program, and there is no toolchain."""
        clean = {
            "PATH": str(self.folder / "empty"),
            "ZYMOGEN_TOOLCHAIN_DIR": str(self.folder / "empty"),
            "ZYMOGEN_CACHE_DIR": str(self.folder / "cache"),
            **environment,
        }
        done = subprocess.run(
            [self.python, *arguments], env=clean, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def assert_it_can_be_published(self) -> None:
        command = [sys.executable, "-m", "auditwheel", "show", self.wheel]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert 'platform tag: "manylinux_' in " ".join(said.split())


def written(files: Mapping[str, str], project: Path) -> Path:
    """A project of these files, by their names in it."""
    for name, text in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)
    return project


def new_environment(folder: Path) -> tuple[Path, Path]:
    """The Python of a new environment, and where its packages are: behind them it sees those of the tests."""
    venv.create(folder, with_pip=False)
    (site,) = (folder / "lib").glob("python*/site-packages")
    # What the tests' environment has, zymogen among it, also where that is installed as editable.
    ours = Path(pytest.__file__).parents[1]
    (site / "ours.pth").write_text(f"import site; site.addsitedir({str(ours)!r})\n")
    return folder / "bin" / "python", site


def wheel_of(project: Path, folder: Path) -> Path:
    """A wheel, made from a copy of the project with the tests' own zymogen."""
    source = shutil.copytree(project, folder / "project")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        source,
        "--no-deps",
        "--no-build-isolation",
        "-w",
        folder / "wheels",
    ]
    done = subprocess.run(
        command, env={**os.environ, "PATH": PROGRAMS}, capture_output=True, text=True, timeout=800, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = (folder / "wheels").glob("*.whl")
    return wheel


def installed(project: Path, folder: Path) -> Installed:
    """The project's wheel in a new environment."""
    wheel = wheel_of(project, folder)
    shutil.rmtree(folder / "project")
    (folder / "empty").mkdir()
    python, site = new_environment(folder / "venv")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", site, wheel],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return Installed(python, wheel, folder)


@pytest.fixture(scope="session")
def mykernels(tmp_path_factory):
    return installed(EXAMPLES / "package", tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="session")
def heatkernels(tmp_path_factory):
    return installed(EXAMPLES / "c_package", tmp_path_factory.mktemp("c_package"))
