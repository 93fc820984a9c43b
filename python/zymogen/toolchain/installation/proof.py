"""Proof that unpacked tools work on this machine: compile, differentiate, link, load and throw."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from zymogen.errors import ToolchainError
from zymogen.toolchain.enzyme import DriverEnzyme
from zymogen.toolchain.process import run

if TYPE_CHECKING:
    from pathlib import Path

    from zymogen.toolchain.layout import Layout

# Throws and catches with the bundled C++ library; the message is long enough to be on the heap.
_source = """
#include <stdexcept>
#include <string>
extern "C" int zymogen_proof(int n) {
    try {
        throw std::runtime_error(std::string(static_cast<std::size_t>(n), 'x') + std::to_string(n));
    } catch (const std::exception& error) {
        return static_cast<int>(std::string(error.what()).size());
    }
}
"""

_intermediate = """
define double @square(double %x) {
  %y = fmul double %x, %x
  ret double %y
}
define double @slope(double %x) {
  %d = call double (...) @__enzyme_autodiff_square(ptr @square, double %x)
  ret double %d
}
declare double @__enzyme_autodiff_square(...)
"""

_time_limit = 120.0


def prove(layout: Layout, scratch: Path) -> None:
    """Build and run two small programs with the tools.

    Raises
    ------
    ToolchainError
        With the output of the tool that failed, and what to do.
    """
    _prove_driver(layout, scratch)
    _prove_compiler(layout, scratch)


def _prove_driver(layout: Layout, scratch: Path) -> None:
    source = scratch / "square.ll"
    source.write_text(_intermediate)
    result = scratch / "slope.ll"
    command = DriverEnzyme(layout.driver).command(source, result, scratch, fast_math=False)
    text = _run(command.line, scratch, "driver", result)
    derivative = result.read_text(errors="replace")
    if "@slope" not in derivative or "call double (...) @__enzyme_autodiff" in derivative:
        raise ToolchainError(
            "zymogen toolchain install: Enzyme's driver ran and did not differentiate x*x. "
            f"Expected is LLVM IR without calls of __enzyme_autodiff.\n{text}\n"
            "The download may be damaged: remove the wheel from your mirror or cache and install again."
        )


def _prove_compiler(layout: Layout, scratch: Path) -> None:
    source, item, library = scratch / "throw.cpp", scratch / "throw.o", scratch / "throw.so"
    source.write_text(_source)
    zig = str(layout.zig)
    compile_it = (zig, "clang", *layout.clang_flags, "-std=c++23", "-O2", "-fPIC", "-c")
    _run((*compile_it, str(source), "-o", str(item)), scratch, "compiler")
    link_it = (zig, "ld.lld", "-shared", "--eh-frame-hdr", "--gc-sections", "--exclude-libs", "ALL")
    _run((*link_it, str(item), *layout.linker_inputs, "-o", str(library)), scratch, "linker")
    # In a process of its own, because a C++ library that does not work may end the process.
    program = f"import ctypes; assert ctypes.CDLL({str(library)!r}).zymogen_proof(40) == 42"
    _run((sys.executable, "-I", "-c", program), scratch, "compiled program")


def _run(command: tuple[str, ...], scratch: Path, name: str, output: Path | None = None) -> str:
    messages = scratch / f"{name}.log"
    outcome = run(command, folder=scratch, messages=messages, output=output, limit=_time_limit)
    text = messages.read_text(errors="replace").strip()[-2000:]
    if outcome.succeeded:
        return text
    end = "did not end in time" if outcome.timed_out else f"ended with status {outcome.status}"
    raise ToolchainError(f"zymogen toolchain install: the {name} {end} on this machine.\n{text}\n{_cure(text)}")


def _cure(text: str) -> str:
    if "error while loading shared libraries" in text:
        return (
            "The system lacks that library. Install it: on Debian and Ubuntu `apt install zlib1g "
            "libstdc++6`, on Fedora and its relatives `dnf install zlib libstdc++`, or load the module "
            "your cluster has for it."
        )
    if "GLIBC_" in text or "GLIBCXX_" in text:
        return (
            "The system's C or C++ library is too old: glibc 2.28 is needed (Debian 10, RHEL 8, Ubuntu "
            "20.04 or newer). Use a container, or set ZYMOGEN_CLANG and ZYMOGEN_ENZYME to tools of your "
            "own."
        )
    return (
        "The tools need Linux on x86-64 with glibc 2.28 or newer, and a folder from which programs may be "
        "run (not mounted noexec). Set ZYMOGEN_TOOLCHAIN_DIR to another folder, or ZYMOGEN_CLANG and "
        "ZYMOGEN_ENZYME."
    )
