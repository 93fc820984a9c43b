"""A clang and an Enzyme plugin of the user's own, chosen by environment variables."""

from __future__ import annotations

import os
from pathlib import Path

from zymogen.errors import ToolchainError
from zymogen.toolchain.enzyme import ClangPlugin, Enzyme, OptPlugin
from zymogen.toolchain.tools import Toolchain

_advice = (
    "Set ZYMOGEN_CLANG to clang++ and ZYMOGEN_ENZYME to LLVMEnzyme-N.so (with ZYMOGEN_OPT, if `opt` is not "
    "beside clang++) or ClangEnzyme-N.so, all of the same LLVM; or unset all of them to use the installed "
    "toolchain."
)


def system_tools() -> Toolchain | None:
    """Give the toolchain that ZYMOGEN_CLANG, ZYMOGEN_ENZYME and ZYMOGEN_OPT name; None without them.

    Raises
    ------
    ToolchainError
        If some are set and others are missing, or one names no usable file.
    """
    names = ("ZYMOGEN_CLANG", "ZYMOGEN_ENZYME", "ZYMOGEN_OPT")
    given = {name: os.environ[name] for name in names if os.environ.get(name)}
    if not given:
        return None
    for name in names[:2]:
        if name not in given:
            raise ToolchainError(f"zymogen: {' and '.join(given)} set, but not {name}. {_advice}")
    clang = _program("ZYMOGEN_CLANG", given["ZYMOGEN_CLANG"])
    plugin = _file("ZYMOGEN_ENZYME", given["ZYMOGEN_ENZYME"])
    tools = [clang, plugin]
    enzyme: Enzyme
    if plugin.name.startswith("ClangEnzyme"):
        enzyme = ClangPlugin(clang, plugin)
    elif plugin.name.startswith("LLVMEnzyme"):
        opt = _program("ZYMOGEN_OPT", given.get("ZYMOGEN_OPT") or str(_beside(clang)))
        tools.append(opt)
        enzyme = OptPlugin(opt, plugin)
    else:
        raise ToolchainError(
            f"zymogen: ZYMOGEN_ENZYME is {plugin}. Expected is a file called LLVMEnzyme-N.so or "
            f"ClangEnzyme-N.so, from whose name the way to load it follows. {_advice}"
        )
    return Toolchain(
        clang=(str(clang),),
        clang_flags=(),
        linker=(str(clang),),
        linker_inputs=(),
        enzyme=enzyme,
        identity="; ".join(_identity(path) for path in tools),
    )


def _program(variable: str, value: str) -> Path:
    import shutil

    found = shutil.which(value)
    if found is None:
        raise ToolchainError(f"zymogen: {variable} is {value}, which is no program that can be run. {_advice}")
    # Not resolved: clang++ is often a link to clang, and knows by its own name that it compiles C++.
    return Path(found).absolute()


def _file(variable: str, value: str) -> Path:
    path = Path(value).absolute()
    if not path.is_file():
        raise ToolchainError(f"zymogen: {variable} is {value}, and there is no such file. {_advice}")
    return path


def _beside(clang: Path) -> Path:
    """`opt` of the same LLVM: `opt` for clang++, `opt-19` for clang++-19."""
    _, dash, version = clang.name.rpartition("-")
    return clang.resolve().parent / "opt" if not dash else clang.with_name(f"opt-{version}")


def _identity(path: Path) -> str:
    seen = path.stat()
    return f"{path} {seen.st_size} {seen.st_mtime_ns}"
