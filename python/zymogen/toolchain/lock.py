"""The lock: which wheels make the toolchain of each platform, with their sums."""

from __future__ import annotations

import json
import platform
import sys
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

from zymogen.errors import ToolchainError
from zymogen.resources import lock_file

if TYPE_CHECKING:
    from pathlib import Path

# Raise this whenever what is unpacked from the wheels or built from them changes:
# it is part of the digest, so that an older installation is not taken for a new one.
recipe = 2


@dataclass(frozen=True)
class Wheel:
    """One file of the package index."""

    package: str
    version: str
    file: str
    sha256: str
    size: int

    @property
    def platform_tags(self) -> tuple[str, ...]:
        """What `pip download --platform` is to be told."""
        return tuple(self.file.removesuffix(".whl").split("-")[-1].split("."))


@dataclass(frozen=True)
class Lock:
    """The pinned toolchain of one platform."""

    platform: str
    tested: bool
    clang: str
    """Version of the compiler."""
    compiler: Wheel
    enzyme: Wheel

    @property
    def wheels(self) -> tuple[Wheel, Wheel]:
        """Both, in the order of use."""
        return (self.compiler, self.enzyme)

    @property
    def digest(self) -> str:
        """Names this toolchain: the contents of both wheels and what is made of them."""
        text = "\n".join([self.platform, str(recipe), *(wheel.sha256 for wheel in self.wheels)])
        return sha256(text.encode()).hexdigest()[:16]


def platform_name() -> str:
    """Name the machine in the lock's words, such as `linux-x86_64`."""
    system = {"darwin": "macos"}.get(sys.platform, sys.platform)
    machine = platform.machine().lower()
    return f"{system}-{ {'amd64': 'x86_64'}.get(machine, machine) }"


@cache
def read_lock(file: Path | None = None, name: str | None = None) -> Lock:
    """Read the lock of one platform, by default of this one.

    Raises
    ------
    ToolchainError
        If the file cannot be read, or knows nothing of the platform; the message lists those it knows.
    """
    file = file or lock_file()
    name = name or platform_name()
    try:
        text = json.loads(file.read_text())
        platforms = text["platforms"]
        if name not in platforms:
            raise ToolchainError(
                f"zymogen toolchain: this machine is {name}. A toolchain is pinned for "
                f"{', '.join(platforms)}. Use a clang and an Enzyme plugin of your own: "
                "set ZYMOGEN_CLANG and ZYMOGEN_ENZYME."
            )

        def wheel(package: str) -> Wheel:
            return Wheel(package, text["packages"][package]["version"], **platforms[name]["wheels"][package])

        return Lock(
            platform=name,
            tested=platforms[name]["tested"],
            clang=text["clang"],
            compiler=wheel("ziglang"),
            enzyme=wheel("pennylane-catalyst"),
        )
    except (OSError, ValueError, KeyError, TypeError) as problem:
        if isinstance(problem, ToolchainError):
            raise
        raise ToolchainError(
            f"zymogen toolchain: the lock file {file} cannot be read ({problem!r}). It comes with the "
            "package. Install zymogen again with `python -m pip install --force-reinstall zymogen`."
        ) from problem
