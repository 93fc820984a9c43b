"""The command line of the linker, as a pure function of a toolchain, options and paths."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zymogen.toolchain.tools import Options, Toolchain

_RAW_LINKERS = frozenset({"ld.lld", "ld", "ld64.lld"})
_SYSTEM_LIBRARY_FOLDERS = (
    "/usr/local/lib",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
)


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
