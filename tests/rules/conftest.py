"""Kernels that call functions with rules, compiled once."""

from __future__ import annotations

from pathlib import Path

import pytest

import zymogen as zg
from zymogen.toolchain import stages
from zymogen.toolchain.find import find_toolchain
from zymogen.toolchain.tools import Options


@pytest.fixture(scope="session")
def numbers() -> zg.Library:
    return zg.compile(Path(__file__).with_name("numbers.cpp"))


@pytest.fixture(scope="session")
def shared_library(tmp_path_factory):
    """A library of this source, which the compiler of kernels does not see."""

    def make(text):
        folder = tmp_path_factory.mktemp("library")
        toolchain, workspace = find_toolchain(), stages.Workspace(folder)
        (folder / "source.cpp").write_text(text)
        stages.compile_to_ir(toolchain, Options(), folder / "source.cpp", folder / "source.ll", workspace)
        stages.compile_to_object(toolchain, Options(), folder / "source.ll", folder / "source.o", workspace)
        stages.link(toolchain, Options(), [folder / "source.o"], folder / "libsource.so", workspace)
        return str(folder / "libsource.so")

    return make
