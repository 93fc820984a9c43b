"""From a source to the kernels it registers: one quick compilation, remembered until a file that it read changes."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from zymogen.build.environment import common_key, toolchain_for, user_files, with_own_headers, workspace_in
from zymogen.build.key import digest
from zymogen.build.libraries import checksums
from zymogen.build.manifest import Manifest
from zymogen.build.precompiled import find_headers
from zymogen.build.source import Unit
from zymogen.build.store import Store
from zymogen.declaration import Declaration, declarations
from zymogen.errors import CompileError

# What the macros mean until the header defines them.
_WITHOUT_HEADER = "".join(
    f"#define {macro}(function, signature) "
    'static_assert(false, "zymogen: " #function ": the line #include <zymogen/kernel.hpp> is missing before it.")\n'
    for macro in ("ZYMOGEN_KERNEL", "ZYMOGEN_KERNEL_TEMPLATE")
)


def describe(unit: Unit, store: Store) -> tuple[Unit, tuple[Declaration, ...]]:
    """The kernels that a source registers, and the same unit, knowing the headers that it includes.

    Raises
    ------
    CompileError
        If the source does not compile, or registers no kernel.
    NotCompiledError
        If the source must be compiled and there is no toolchain.
    """
    manifest = Manifest(store)
    source = unit.source
    key = digest("describe", common_key(unit.options), source.content, source.name, source.folder)
    known = manifest.lookup(key)
    if known is None:
        since = time.time_ns()
        headers, constants = _compiled(unit, store)
        known = {"headers": list(headers), "constants": constants}
        manifest.record(key, headers, known, since)
    found = declarations(known["constants"])
    if not found:
        raise CompileError(
            f"compile: {source.name} registers no kernel. Add one line beside the function: "
            'ZYMOGEN_KERNEL(name, "x(n) -> ()"); and include <zymogen/kernel.hpp>.'
        )
    source = source.with_headers(tuple(known["headers"]))
    return replace(unit, source=source, libraries=checksums(unit.options)), found


def _compiled(unit: Unit, store: Store) -> tuple[tuple[str, ...], str]:
    """Headers of the user's that the compilation read, and the lines of IR that hold the declarations."""
    import tempfile

    from zymogen.toolchain import stages

    source = unit.source
    call = f"compile({source.name})"
    toolchain = toolchain_for(call, store)
    with tempfile.TemporaryDirectory(prefix="zymogen-") as folder:
        scratch = Path(folder)
        include, root = source.place(scratch)
        file, result = scratch / "unit.cpp", scratch / "unit.ll"
        file.write_bytes(f"{_WITHOUT_HEADER}{include}\n".encode("utf-8", "surrogateescape"))
        options = with_own_headers(unit.options, root)
        workspace = workspace_in(scratch, store, call, options, root, precompiled=find_headers(unit, store))
        read = stages.compile_description(toolchain, options, file, result, workspace)
        lines = result.read_text(encoding="utf-8").splitlines()
        main = None if source.path is None else source.path.resolve()
        headers = tuple(file for file in user_files(read, scratch) if Path(file).resolve() != main)
    constants = "\n".join(line for line in lines if 'c"zymogen-kernel-' in line)
    return headers, constants
