"""Command lines of the compiler and the linker, as pure functions of a toolchain, options and paths."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from zymogen.toolchain import (
    alignment,
    intrinsics,
    outliving,
    overwriting,
    pointer_steps,
    row_memory,
    rules,
    throwing,
    vector_loops,
    vector_math,
)
from zymogen.toolchain.enzyme import DriverEnzyme
from zymogen.toolchain.tools import Options, Toolchain

if TYPE_CHECKING:
    from collections.abc import Sequence

AssemblySyntax = Literal["intel", "att"]

# What is fixed before Enzyme: it differentiates plain loops best, so vector code is made after it. Loops
# made into vectors first gave NaN second derivatives (https://github.com/EnzymeAD/Enzyme/issues/3165).
_BEFORE_ENZYME = (
    "-O2",
    "-fno-vectorize",
    "-fno-slp-vectorize",
    "-fno-unroll-loops",
    "-mllvm",
    "-opt-disable=memcpyopt",
    # Enzyme names a shadow after what it is the shadow of; the proof of inactivity reads these names.
    "-fno-discard-value-names",
    # Only entries are visible, so that a function which no kernel needs may lack what it calls.
    "-fvisibility=hidden",
)

# Where rows go side by side, the loop over them is the one to become vector code, so all loops inside it are written
# out and all calls are inlined. What must not be written out says so itself. That the loop did not become vector code
# is an error then, and another way is taken. Before Enzyme it stays as it is, whatever its pragma says: calls of
# elementary functions would become calls of vectors of them, which nobody has.
_UNROLL = ("-mllvm", "-unroll-threshold=5000")
_BLOCKS_AFTER_ENZYME = (
    *_UNROLL,
    "-mllvm",
    "-inline-threshold=100000",
    "-mllvm",
    "-enable-interleaved-mem-accesses=false",  # needs more rows than there are where a row's last number is not read
    "-mllvm",
    "-memory-check-merge-threshold=1000000",  # or hundreds of results are found to be too many
    "-Werror=pass-failed",
)

# Messages name lines, and functions with rules are found by the names of scopes: tables of lines are always made.
_WITHOUT_LINES = frozenset({"-g0", "-ggdb0"})

_NOT_OPTIMISED = ("-Xclang", "-disable-llvm-passes")

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

# `-funsafe-math-optimizations` is `-ffast-math` without the promise that no NaN or infinity occurs; unlike
# `-ffast-math` it leaves complex arithmetic alone.
_MATH = {
    "strict": ("-fno-math-errno", "-ffp-contract=off"),
    "fast": ("-fno-math-errno", "-funsafe-math-optimizations"),
}

_DIAGNOSTICS = (
    "-fno-color-diagnostics",
    "-ferror-limit=10",
    "-ftemplate-backtrace-limit=6",
    "-fno-crash-diagnostics",
)

_RAW_LINKERS = frozenset({"ld.lld", "ld", "ld64.lld"})
_SYSTEM_LIBRARY_FOLDERS = (
    "/usr/local/lib",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
)


@cache
def recipe() -> tuple[str, ...]:
    """All that is done to every source whatever the user's options; part of every key of the cache."""
    tools = Toolchain(("clang",), (), ("ld.lld",), (), DriverEnzyme(Path("enzyme")), "")
    source, result = Path("source"), Path("result")
    passes = (
        intrinsics,
        row_memory,
        alignment,
        overwriting,
        outliving,
        pointer_steps,
        rules,
        throwing,
        vector_loops,
        vector_math,
    )
    versions = [module.VERSION for module in passes]
    words = [f"text {'.'.join(map(str, versions))}"]
    for options in (Options(), Options(math="fast")):
        words += front_end_command(tools, options, source, result, Path("dependencies"))
        words += front_end_command(tools, options, source, result, Path("dependencies"), blocks=True)
        words += plain_command(tools, options, source, result, Path("dependencies"), order=1)
        words += optimise_command(tools, options, source, result)
        words += tools.enzyme.command(source, result, Path("scratch"), fast_math=options.math == "fast").line
        words += vector_math_command(tools, Path("include"), source, result)
        words += back_end_command(tools, options, source, result)
        words += back_end_command(tools, options, source, result, blocks=True)
        words += link_command(tools, options, [source], result)
    return tuple(words)


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
        *_unrolled(blocks),
        "-MD",
        "-MF",
        str(dependencies),
        "-S",
        "-emit-llvm",
        "-x",
        "c++",
        str(source),
        "-o",
        str(result),
        *(flag for flag in options.flags if flag not in _WITHOUT_LINES),
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
    return [*command, f"-DZYMOGEN_ORDER={order}", *rules.WITHOUT_INTRINSICS, *_NOT_OPTIMISED]


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
    target = [flag for flag in toolchain.clang_flags if flag.startswith(("--target=", "--no-default-config"))]
    return [
        *toolchain.clang,
        *target,
        f"-march={arch}",
        *_BEFORE_ENZYME,
        *_unrolled(blocks),
        *_MATH[options.math],
        "-fPIC",
        *_DIAGNOSTICS,
        "-S",
        "-emit-llvm",
        "-x",
        "ir",
        str(source),
        "-o",
        str(result),
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
    return [*command, *_NOT_OPTIMISED]


def precompile_command(toolchain: Toolchain, options: Options, result: Path, *, arch: str = "native") -> list[str]:
    """Headers of the C++ library to a file that `with_precompiled` gives to commands with equal options.

    The headers are named by flags, and the source is empty: compilers look at each precompiled file that is not the
    toolchain's again.
    """
    headers = (word for header in PRECOMPILED for word in ("-include", header))
    return [*_read(toolchain, options, arch=arch), *headers, "-x", "c++-header", "-", "-o", str(result)]


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
        *_DIAGNOSTICS,
        *_BEFORE_ENZYME,
        *_MATH[options.math],
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
        *_DIAGNOSTICS,
        *_BEFORE_ENZYME,
        *_MATH["strict"],
        "-S",
        "-emit-llvm",
        "-x",
        "c++",
        str(source),
        "-o",
        str(result),
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
    return [*_generate(toolchain, options, arch, blocks), "-c", "-x", "ir", str(source), "-o", str(result)]


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
    return [*_generate(toolchain, options, arch, blocks), *dialect, "-S", "-x", "ir", str(source), "-o", str(result)]


def _unrolled(blocks: bool) -> tuple[str, ...]:
    """Flags that come after those that leave loops as they are."""
    return ("-funroll-loops", *_UNROLL, "-mllvm", "-opt-disable=loop-vectorize") if blocks else ()


def _generate(toolchain: Toolchain, options: Options, arch: str, blocks: bool) -> list[str]:
    target = [flag for flag in toolchain.clang_flags if flag.startswith(("--target=", "--no-default-config"))]
    return [
        *toolchain.clang,
        *target,
        f"-march={arch}",
        "-O3",
        *_MATH[options.math],
        "-fPIC",
        "-ffunction-sections",
        "-fdata-sections",
        *_DIAGNOSTICS,
        *(_BLOCKS_AFTER_ENZYME if blocks else ()),
    ]


def link_command(
    toolchain: Toolchain, options: Options, objects: Sequence[Path], result: Path, *, strip: bool = False
) -> list[str]:
    """Objects to a shared library, in which only the entries are visible.

    A raw linker names undefined symbols as warnings, because the C library is not there to resolve them
    (see `undefined_symbols`); a compiler that links knows the C library and refuses them itself.
    """
    raw = any(Path(part).name in _RAW_LINKERS for part in toolchain.linker)
    forms = _raw_flags() if raw else _driver_flags()
    stripped = ["--strip-debug" if raw else "-Wl,--strip-debug"] if strip else []
    return [
        *toolchain.linker,
        *forms,
        *stripped,
        *(str(item) for item in objects),
        *_library_arguments(options, raw=raw),
        *toolchain.linker_inputs,
        "-o",
        str(result),
    ]


def _raw_flags() -> list[str]:
    return [
        "-shared",
        "--eh-frame-hdr",  # without it an exception ends the process
        "--gc-sections",
        "--exclude-libs",
        "ALL",
        "-z",
        "defs",
        "--warn-unresolved-symbols",
        "--color-diagnostics=never",
    ]


def _driver_flags() -> list[str]:
    # No math flags here: with them clang links code that switches denormal numbers off for the whole process.
    if sys.platform == "darwin":
        return ["-shared", "-Wl,-dead_strip"]
    return ["-shared", "-Wl,--gc-sections", "-Wl,--exclude-libs,ALL", "-Wl,-z,defs"]


def _library_arguments(options: Options, *, raw: bool) -> list[str]:
    """Give the user's libraries, and where the running program shall look for those that are shared."""
    folders = [str(Path(folder).absolute()) for folder in options.library_folders]
    arguments = []
    search = [*folders, *(_SYSTEM_LIBRARY_FOLDERS if raw else ())] if options.libraries else []
    for name in options.libraries:
        if "/" in name or name.endswith((".so", ".a", ".dylib", ".o")):
            path = Path(name).absolute()
            arguments.append(str(path))
            folders.append(str(path.parent))
        else:
            arguments.append(f"-l{name}")
    prefix = "-rpath=" if raw else "-Wl,-rpath,"
    run_paths = [f"{prefix}{folder}" for folder in dict.fromkeys(folders)]
    return [*(f"-L{folder}" for folder in search), *arguments, *run_paths]
