"""What a figure depends on besides the code: the machine, the versions, and how busy it was."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import zymogen as zg
from zymogen.errors import ToolchainError
from zymogen.toolchain.find import find_toolchain


def description() -> dict[str, object]:
    """Values that JSON can hold, for the head of the report."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load": [round(value, 2) for value in os.getloadavg()],
        "system": platform.platform(),
        "python": platform.python_version(),
        **{name: _version(name) for name in ("numpy", "jax", "torch", "numba")},
        "zymogen": zg.__version__,
        "toolchain": _toolchain(),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def _toolchain() -> str:
    try:
        return find_toolchain().identity
    except ToolchainError as error:
        return str(error)
