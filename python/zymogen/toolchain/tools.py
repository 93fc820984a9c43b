"""What a build needs: the tools, by the commands that start them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from zymogen.toolchain.enzyme import Enzyme

Math = Literal["strict", "fast"]


@dataclass(frozen=True)
class Options:
    """What a user says about the compilation of one source; every field is part of the cache key."""

    include: tuple[str, ...] = ()
    """Folders searched for headers, before the system's."""
    define: tuple[str, ...] = ()
    """Macros, as `NAME` or `NAME=VALUE`."""
    standard: str = "c++23"
    flags: tuple[str, ...] = ()
    """Further flags for the front end, as they are."""
    libraries: tuple[str, ...] = ()
    """Libraries to link: a path to a shared library or archive, or a bare name for `-lNAME`."""
    library_folders: tuple[str, ...] = ()
    math: Math = "strict"
    arch: str = "native"
    """The processor to compile for, as clang's `-march=` names it."""


@dataclass(frozen=True)
class Toolchain:
    """The compiler, Enzyme and the linker, found or installed.

    `clang` and `linker` are command prefixes such as `("/path/zig", "clang")`.
    """

    clang: tuple[str, ...]
    clang_flags: tuple[str, ...]
    """Flags that this clang always needs: target, header folders, configuration of its C++ library."""
    linker: tuple[str, ...]
    linker_inputs: tuple[str, ...]
    """What every shared library is linked with: the C++ run-time archives, stubs of libm, libc and libgcc_s."""
    enzyme: Enzyme
    identity: str
    """Names the versions and contents of all of the above; part of every cache key."""
