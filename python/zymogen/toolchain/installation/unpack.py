"""Unpacking of what is used from the wheels."""

from __future__ import annotations

import shutil
import stat
import zipfile
from typing import TYPE_CHECKING

from zymogen.errors import ToolchainError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zymogen.toolchain.layout import Layout
    from zymogen.toolchain.lock import Wheel

# Sources from which the C++ run time is built; removed afterwards.
_build_only = (
    "libcxx/src",
    "libcxx/libc",
    "libcxxabi/src",
    "libunwind",
)
_headers = ("include", "libcxx/include", "libcxxabi/include")


def unpack_compiler(wheel: Path, layout: Layout, advance: Callable[[int], None]) -> None:
    """Take clang, its headers and, until `remove_sources`, the sources of its C++ library."""
    library = layout.library
    wanted = [*_headers, *_build_only, *(str(folder.relative_to(library)) for folder in layout.c_headers)]
    licences = {f"lib/{name}" for name in ("libcxx/LICENSE.TXT", "libcxxabi/LICENSE.TXT", "libunwind/LICENSE.TXT")}
    licences |= {"LICENSE", "lib/libc/glibc/LICENSES"}

    def place(name: str) -> Path | None:
        if not name.startswith("ziglang/"):
            return None
        inner = name.removeprefix("ziglang/")
        if inner == "zig":
            return layout.zig
        if inner in licences:
            return layout.root / "licences" / "ziglang" / inner.replace("/", "-")
        if any(inner == f"lib/{part}" or inner.startswith(f"lib/{part}/") for part in wanted):
            return layout.library / inner.removeprefix("lib/")
        return None

    _unpack(wheel, place, {layout.zig}, advance)


def unpack_enzyme(wheel: Path, layout: Layout, advance: Callable[[int], None]) -> None:
    """Take the compiler driver."""

    def place(name: str) -> Path | None:
        if name.endswith(".data/data/bin/catalyst"):
            return layout.driver
        if name.endswith(".dist-info/licenses/LICENSE"):
            return layout.root / "licences" / "pennylane-catalyst" / "LICENSE"
        return None

    _unpack(wheel, place, {layout.driver}, advance)


def unpacked_size(wheel: Wheel) -> int:
    """Estimate the bytes that are unpacked from a wheel, for the progress bar."""
    return 4 * wheel.size


def remove_sources(layout: Layout) -> None:
    """Remove what only the C++ run time's build needed."""
    for name in _build_only:
        shutil.rmtree(layout.library / name)


def _unpack(
    wheel: Path,
    place: Callable[[str], Path | None],
    required: set[Path],
    advance: Callable[[int], None],
) -> None:
    folders: set[Path] = set()
    missing = set(required)
    try:
        with zipfile.ZipFile(wheel) as archive:
            for member in archive.infolist():
                target = None if member.is_dir() else place(member.filename)
                if target is None:
                    continue
                if ".." in target.parts:
                    raise zipfile.BadZipFile(f"unsafe file name {member.filename}")
                if target.parent not in folders:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    folders.add(target.parent)
                with archive.open(member) as source, target.open("wb") as sink:
                    while block := source.read(1 << 20):
                        sink.write(block)
                        advance(len(block))
                if target in required:
                    target.chmod(target.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
                    missing.discard(target)
    except zipfile.BadZipFile as problem:
        raise ToolchainError(
            f"zymogen toolchain install: {wheel} cannot be unpacked ({problem}). Expected is a wheel. "
            "Remove it and install again."
        ) from problem
    if missing:
        names = ", ".join(sorted(path.name for path in missing))
        raise ToolchainError(
            f"zymogen toolchain install: {wheel} has no {names}. Expected is the wheel named in the lock "
            "file. Install zymogen again; if that does not help, report it."
        )
