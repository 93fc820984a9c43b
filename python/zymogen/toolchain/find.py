"""Finding the tools: those the environment names, else the installed ones. Never downloads anything."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from zymogen.errors import ToolchainError
from zymogen.toolchain.enzyme import DriverEnzyme
from zymogen.toolchain.layout import Layout, toolchain_folder
from zymogen.toolchain.lock import Lock, read_lock
from zymogen.toolchain.manifest import damage
from zymogen.toolchain.system_tools import system_tools
from zymogen.toolchain.tools import Toolchain

if TYPE_CHECKING:
    from pathlib import Path

_variables = (
    "ZYMOGEN_TOOLCHAIN_DIR",
    "ZYMOGEN_CLANG",
    "ZYMOGEN_ENZYME",
    "ZYMOGEN_OPT",
    "XDG_DATA_HOME",
    "HOME",
    "PATH",
)


def find_toolchain() -> Toolchain:
    """Find the compiler, Enzyme and the linker.

    The environment variables ZYMOGEN_CLANG and ZYMOGEN_ENZYME (and ZYMOGEN_OPT) choose tools of the system;
    without them it is the toolchain that `zymogen toolchain install` put into the user's data folder, or
    into ZYMOGEN_TOOLCHAIN_DIR. Looks at a handful of files, once per process.

    Raises
    ------
    ToolchainError
        That says what is missing, where it was looked for, and what to do.
    """
    return _find(tuple(os.environ.get(name) for name in _variables))


@cache
def _find(_environment: tuple[str | None, ...]) -> Toolchain:
    chosen = system_tools()
    if chosen is not None:
        return chosen
    lock = read_lock()
    layout = layout_of(lock)
    problem = damage(layout, lock)
    if problem is not None:
        raise ToolchainError(
            f"zymogen: no toolchain to compile with: {problem}. Expected are clang {lock.clang} and Enzyme "
            f"in {layout.root}. Run `zymogen toolchain install` once on this machine (about 190 MB to "
            "download; `--from FOLDER` when offline), or set ZYMOGEN_TOOLCHAIN_DIR to where they are."
        )
    return installed_toolchain(layout, lock)


def toolchain_identity() -> str:
    """Give `find_toolchain().identity`, also before there is a toolchain: finished builds need none."""
    chosen = system_tools()
    return _identity(read_lock()) if chosen is None else chosen.identity


def _identity(lock: Lock) -> str:
    versions = ", ".join(f"{wheel.package} {wheel.version}" for wheel in lock.wheels)
    return f"{lock.digest} ({versions})"


def layout_of(lock: Lock, folder: Path | None = None) -> Layout:
    """Where this platform's toolchain is, or will be, installed."""
    machine = lock.platform.partition("-")[2]
    return Layout((folder or toolchain_folder()) / lock.digest, machine)


def installed_toolchain(layout: Layout, lock: Lock) -> Toolchain:
    """Describe the toolchain that is installed at `layout`."""
    zig = str(layout.zig)
    return Toolchain(
        clang=(zig, "clang"),
        clang_flags=layout.clang_flags,
        linker=(zig, "ld.lld"),
        linker_inputs=layout.linker_inputs,
        enzyme=DriverEnzyme(layout.driver),
        identity=_identity(lock),
    )
