"""Facts about the tools and the machine they compile for."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from zymogen.cli.amounts import readable_size
from zymogen.cli.page import Fact
from zymogen.errors import ZymogenError
from zymogen.toolchain.enzyme import ClangPlugin, DriverEnzyme, OptPlugin
from zymogen.toolchain.find import find_toolchain, layout_of
from zymogen.toolchain.lock import read_lock
from zymogen.toolchain.manifest import read_manifest, thorough_damage
from zymogen.toolchain.system_tools import system_tools

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zymogen.toolchain.tools import Toolchain

# What matters for numerical loops, in the words of /proc/cpuinfo.
_features = (
    "sse4_2",
    "avx",
    "avx2",
    "fma",
    "avx512f",
    "avx512dq",
    "avx512vl",
    "amx_tile",
    "neon",
    "asimd",
    "sve",
)
_mend = "Run `zymogen toolchain install`."


def tool_facts() -> Iterator[Fact]:
    """Which tools are used, and whether they start."""
    try:
        toolchain = find_toolchain()
    except ZymogenError as problem:
        yield Fact("toolchain", "not found", str(problem))
        return
    chosen = system_tools() is not None
    origin = "ZYMOGEN_CLANG and ZYMOGEN_ENZYME" if chosen else "installed by `zymogen toolchain install`"
    yield Fact("origin", origin)
    yield _version("clang", toolchain.clang)
    yield _version("linker", toolchain.linker)
    yield from _enzyme(toolchain)
    if not chosen:
        yield from _installation()
    yield Fact("identity", toolchain.identity)


def _enzyme(toolchain: Toolchain) -> Iterator[Fact]:
    match toolchain.enzyme:
        case DriverEnzyme(path):
            yield _version("Enzyme's driver", (str(path),))
        case OptPlugin(opt, plugin):
            yield _version("opt", (str(opt),))
            yield Fact("Enzyme's plugin", str(plugin))
        case ClangPlugin(_, plugin):
            yield Fact("Enzyme's plugin", str(plugin))


def _installation() -> Iterator[Fact]:
    lock = read_lock()
    layout = layout_of(lock)
    for wheel in lock.wheels:
        yield Fact(wheel.package, f"{wheel.version}  sha256 {wheel.sha256[:16]}…")
    manifest = read_manifest(layout)
    if manifest is not None:
        yield Fact("folder", f"{layout.root}  ({manifest.files} files, {readable_size(manifest.bytes)})")
    damaged = list(thorough_damage(layout))
    if damaged:
        more = f" and {len(damaged) - 1} more" if len(damaged) > 1 else ""
        yield Fact("files", f"{damaged[0]}{more}", _mend)
    if not lock.tested:
        yield Fact("platform", f"{lock.platform}: not tried by anybody yet; please tell us how it goes")


def machine_facts() -> Iterator[Fact]:
    """Name the processor that kernels are compiled for, and what it can do."""
    processor = _processor()
    yield Fact("system", f"{platform.system()} {platform.release()} on {platform.machine()}, {_c_library()}")
    yield Fact("processor", processor.get("model name") or platform.processor() or platform.machine())
    flags = set((processor.get("flags") or processor.get("Features") or "").split())
    used = [name for name in _features if name in flags]
    yield Fact("vector features", " ".join(used) or "none known")


def _version(name: str, command: tuple[str, ...]) -> Fact:
    place = " ".join(command)
    try:
        done = subprocess.run(
            [*command, "--version"], capture_output=True, text=True, errors="replace", timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        return Fact(name, f"{place}: {problem}", _mend)
    lines = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    if done.returncode != 0 or not lines:
        said = lines[0] if lines else f"ended with status {done.returncode}"
        return Fact(name, f"{place}: {said}", f"The program does not run here. {_mend}")
    telling = next((line for line in lines if "version" in line.lower()), lines[0])
    return Fact(name, f"{telling}  {place}")


def _processor() -> dict[str, str]:
    """First entry of /proc/cpuinfo; empty elsewhere than on Linux."""
    try:
        text = Path("/proc/cpuinfo").read_text().partition("\n\n")[0]
    except OSError:
        return {}
    pairs = (line.partition(":") for line in text.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _c_library() -> str:
    name, version = platform.libc_ver()
    return f"{name} {version}" if name else "C library unknown"
