"""The installed toolchain, and a folder in which kernels are compiled stage by stage."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from zymogen.resources import include_folder
from zymogen.toolchain import stages
from zymogen.toolchain.find import find_toolchain
from zymogen.toolchain.stages import Workspace
from zymogen.toolchain.tools import Options, Toolchain

# What generated code looks like: flat wrappers around the kernel, and Enzyme's call in an exported function.
PRELUDE = """
#include <cmath>
#include <cstddef>
#include <span>
#include <zymogen/enzyme.hpp>
#define IN const double* __restrict
#define OUT double* __restrict
#define EXPORT extern "C" __attribute__((visibility("default")))
"""

GRADIENT = """
static void kernel_flat(IN x, OUT out, std::size_t n) { *out = kernel({x, n}); }
EXPORT void value(IN x, OUT out, std::size_t n) { kernel_flat(x, out, n); }
EXPORT void gradient(IN x, OUT g, std::size_t n) {
    double out, seed = 1;
    zymogen::clear(g, n);
    __enzyme_autodiff<void>((void*)kernel_flat, enzyme_dup, x, g, enzyme_dupnoneed, &out, &seed,
                            enzyme_const, n);
}
"""


@pytest.fixture(scope="session")
def toolchain() -> Toolchain:
    return find_toolchain()


@dataclass
class Bench:
    """Compiles C++ text, a stage at a time, in a folder of its own."""

    toolchain: Toolchain
    folder: Path
    options: Options = field(default_factory=Options)
    call: str = 'grad(kernel, "x")'

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.folder, self.call)

    def write(self, text: str, name: str = "kernel.cpp") -> Path:
        file = self.folder / name
        file.write_text(text)
        return file

    def compiled(self, text: str) -> Path:
        """IR of a C++ text, before Enzyme."""
        result = self.folder / "before.ll"
        options = Options(
            include=(*self.options.include, str(include_folder())),
            define=self.options.define,
            math=self.options.math,
            flags=self.options.flags,
        )
        stages.compile_to_ir(self.toolchain, options, self.write(text), result, self.workspace)
        return result

    def differentiated(self, kernel: str, entries: str = GRADIENT) -> Path:
        """IR of a kernel and the entries that Enzyme derived from it."""
        before, result = self.compiled(PRELUDE + kernel + entries), self.folder / "after.ll"
        stages.differentiate(self.toolchain, self.options, before, result, self.workspace)
        return result

    def linked(self, ir: Path) -> Path:
        objects, result = [self.folder / "kernel.o"], self.folder / "kernel.so"
        stages.compile_to_object(self.toolchain, self.options, ir, objects[0], self.workspace)
        stages.link(self.toolchain, self.options, objects, result, self.workspace)
        return result

    def built(self, kernel: str, entries: str = GRADIENT) -> ctypes.CDLL:
        return ctypes.CDLL(str(self.linked(self.differentiated(kernel, entries))))


@pytest.fixture
def bench(toolchain: Toolchain, tmp_path: Path) -> Bench:
    return Bench(toolchain, tmp_path)
