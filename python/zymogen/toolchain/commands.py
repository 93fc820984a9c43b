"""Command lines of the compiler, as pure functions of a toolchain, options and paths."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from zymogen.toolchain.flags import (
    BEFORE_ENZYME,
    BLOCKS_AFTER_ENZYME,
    BLOCKS_BEFORE_ENZYME,
    DIAGNOSTICS,
    MATH,
    NOT_OPTIMISED,
    WITHOUT_INTRINSICS,
    WITHOUT_LINES,
    target_flags,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zymogen.toolchain.tools import Options, Toolchain

AssemblySyntax = Literal["intel", "att"]

# What headers of ours include, and what kernels include most.
PRECOMPILED = (
    "algorithm",
    "array",
    "bit",
    "cmath",
    "complex",
    "cstddef",
    "cstdint",
    "cstdio",
    "cstdlib",
    "cstring",
    "exception",
    "functional",
    "limits",
    "mdspan",
    "memory",
    "new",
    "numbers",
    "numeric",
    "optional",
    "span",
    "stdexcept",
    "string",
    "tuple",
    "type_traits",
    "utility",
    "variant",
    "vector",
)

_TO_IR = ("-S", "-emit-llvm")


def front_end_command(
    toolchain: Toolchain,
    options: Options,
    source: Path,
    result: Path,
    dependencies: Path,
    *,
    arch: str = "native",
    blocks: bool = False,
) -> list[str]:
    """C++ to LLVM IR in text form, ready for Enzyme; the files read are listed in `dependencies`."""
    return [
        *_read(toolchain, options, arch=arch),
        *(BLOCKS_BEFORE_ENZYME if blocks else ()),
        "-MD",
        "-MF",
        str(dependencies),
        *_from(source, "c++", _TO_IR, result),
        *(flag for flag in options.flags if flag not in WITHOUT_LINES),
    ]


def plain_command(
    toolchain: Toolchain,
    options: Options,
    source: Path,
    result: Path,
    dependencies: Path,
    *,
    order: int,
    arch: str = "native",
    blocks: bool = False,
) -> list[str]:
    """C++ to LLVM IR as `front_end_command` does, but not optimised yet; for derivatives of an order."""
    command = front_end_command(toolchain, options, source, result, dependencies, arch=arch, blocks=blocks)
    return [*command, f"-DZYMOGEN_ORDER={order}", *WITHOUT_INTRINSICS, *NOT_OPTIMISED]


def optimise_command(
    toolchain: Toolchain,
    options: Options,
    source: Path,
    result: Path,
    *,
    arch: str = "native",
    blocks: bool = False,
) -> list[str]:
    """What `plain_command` gave to what `front_end_command` gives."""
    return [
        *_reading_ir(toolchain, arch),
        *BEFORE_ENZYME,
        *(BLOCKS_BEFORE_ENZYME if blocks else ()),
        *MATH[options.math],
        "-fPIC",
        *DIAGNOSTICS,
        *_from(source, "ir", _TO_IR, result),
    ]


def description_command(
    toolchain: Toolchain,
    options: Options,
    source: Path,
    result: Path,
    dependencies: Path,
    *,
    arch: str = "native",
) -> list[str]:
    """C++ to LLVM IR whose constants alone are of interest: as `front_end_command`, but not optimised at all."""
    command = front_end_command(toolchain, options, source, result, dependencies, arch=arch)
    return [*command, *NOT_OPTIMISED]


def precompile_command(toolchain: Toolchain, options: Options, result: Path, *, arch: str = "native") -> list[str]:
    """Headers of the C++ library to a file that `with_precompiled` gives to commands with equal options.

    The headers are named by flags, and the source is empty: compilers look at each precompiled file that is not the
    toolchain's again.
    """
    headers = (word for header in PRECOMPILED for word in ("-include", header))
    return [*_read(toolchain, options, arch=arch), *headers, *_from("-", "c++-header", (), result)]


def with_precompiled(command: Sequence[str], headers: Path) -> list[str]:
    """A command that reads C++, and need not read the headers of `precompile_command` any more."""
    return [*command, "-include-pch", str(headers)]


def _read(toolchain: Toolchain, options: Options, *, arch: str) -> list[str]:
    """What decides what a source means, but for the source."""
    return [
        *toolchain.clang,
        f"-std={options.standard}",
        f"-march={arch}",
        "-DNDEBUG",
        *(f"-D{macro}" for macro in options.define),
        *(part for folder in options.include for part in ("-I", str(Path(folder).absolute()))),
        *toolchain.clang_flags,
        *DIAGNOSTICS,
        *BEFORE_ENZYME,
        *MATH[options.math],
        # Otherwise complex division becomes a call of __divdc3, whose derivative is silently wrong.
        "-fcomplex-arithmetic=improved",
        "-gline-tables-only",
        # Enzyme's messages then name files by their whole path, and the IR does not depend on the folder.
        "-fdebug-compilation-dir=/",
        "-fPIC",
    ]


def vector_math_command(
    toolchain: Toolchain, include: Path, source: Path, result: Path, *, arch: str = "native"
) -> list[str]:
    """The functions of `vector_math.SOURCE` to LLVM IR, for the processor that the rest is compiled for.

    Their arithmetic is that of the text whatever the options are: sums that carry errors must not be rearranged.
    """
    return [
        *toolchain.clang,
        "-std=c++23",
        f"-march={arch}",
        "-I",
        str(include),
        *toolchain.clang_flags,
        *DIAGNOSTICS,
        *BEFORE_ENZYME,
        *MATH["strict"],
        *_from(source, "c++", _TO_IR, result),
    ]


def back_end_command(
    toolchain: Toolchain,
    options: Options,
    source: Path,
    result: Path,
    *,
    arch: str = "native",
    blocks: bool = False,
) -> list[str]:
    """LLVM IR to an object file, with everything that the optimiser can do."""
    return [*_generate(toolchain, options, arch, blocks), *_from(source, "ir", ("-c",), result)]


def assembly_command(
    toolchain: Toolchain,
    options: Options,
    source: Path,
    result: Path,
    *,
    arch: str = "native",
    blocks: bool = False,
    syntax: AssemblySyntax = "intel",
) -> list[str]:
    """LLVM IR to the assembly text of what `back_end_command` makes."""
    # Clang refuses the option for a processor without two syntaxes, and AT&T's is the default.
    dialect = ["-masm=intel"] if syntax == "intel" else []
    return [*_generate(toolchain, options, arch, blocks), *dialect, *_from(source, "ir", ("-S",), result)]


def _reading_ir(toolchain: Toolchain, arch: str) -> list[str]:
    """How each command begins that is given LLVM IR."""
    return [*toolchain.clang, *target_flags(toolchain), f"-march={arch}"]


def _from(source: Path | str, language: str, form: Sequence[str], result: Path) -> list[str]:
    """What is read, as what, and what is written, in which form."""
    return [*form, "-x", language, str(source), "-o", str(result)]


def _generate(toolchain: Toolchain, options: Options, arch: str, blocks: bool) -> list[str]:
    return [
        *_reading_ir(toolchain, arch),
        "-O3",
        *MATH[options.math],
        "-fPIC",
        "-ffunction-sections",
        "-fdata-sections",
        *DIAGNOSTICS,
        *(BLOCKS_AFTER_ENZYME if blocks else ()),
    ]
