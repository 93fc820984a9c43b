"""The command line of the linker, as a pure function of a toolchain, options and paths."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zymogen.toolchain.tools import Options, Toolchain

_RAW_LINKERS = frozenset({"ld.lld", "ld", "ld64.lld"})
_ENDINGS = (".so", ".a", ".dylib", ".o")
_TAKEN_IN = (".a", ".o")
_SYSTEM_LIBRARY_FOLDERS = (
    "/usr/local/lib",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
)


def library_file(name: str) -> Path | None:
    """The file that one of a user's libraries is named by; None for a bare name, which the linker seeks in folders."""
    return Path(name).absolute() if "/" in name or name.endswith(_ENDINGS) else None


def link_command(
    toolchain: Toolchain, options: Options, objects: Sequence[Path], result: Path, *, portable: bool = False
) -> list[str]:
    """Objects to a shared library, in which only the entries are visible.

    One that is portable has no tables of a debugger, and seeks shared libraries that are named by path beside itself:
    nothing in it is about the machine that builds.

    A raw linker names undefined symbols as warnings, because the C library is not there to resolve them
    (see `undefined_symbols`); a compiler that links knows the C library and refuses them itself.
    """
    raw = any(Path(part).name in _RAW_LINKERS for part in toolchain.linker)
    forms = _raw_flags() if raw else _driver_flags()
    stripped = ["--strip-debug" if raw else "-Wl,--strip-debug"] if portable else []
    return [
        *toolchain.linker,
        *forms,
        *stripped,
        *(str(item) for item in objects),
        *_library_arguments(options, raw=raw, portable=portable),
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


def _library_arguments(options: Options, *, raw: bool, portable: bool) -> list[str]:
    """Give the user's libraries, and where the running program shall look for those that are shared."""
    searched = [str(Path(folder).absolute()) for folder in options.library_folders]
    run_paths = [] if portable else list(searched)
    beside, arguments = [], []
    for name in options.libraries:
        file = library_file(name)
        if file is None:
            arguments.append(f"-l{name}")
        elif portable and file.suffix not in _TAKEN_IN:
            # By its name alone: of a library that has no SONAME, the linker would note the path.
            arguments.append(f"-l:{file.name}")
            beside.append(str(file.parent))
        else:
            arguments.append(str(file))
            if not portable:
                run_paths.append(str(file.parent))
    if beside:
        run_paths.append("$ORIGIN")
    search = [*beside, *searched, *(_SYSTEM_LIBRARY_FOLDERS if raw else ())] if options.libraries else []
    prefix = "-rpath=" if raw else "-Wl,-rpath,"
    return [
        *(f"-L{folder}" for folder in dict.fromkeys(search)),
        *arguments,
        *(f"{prefix}{folder}" for folder in dict.fromkeys(run_paths)),
    ]
