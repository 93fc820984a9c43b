"""Where everything lies in an installed toolchain, and the flags that its clang needs therefore."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from zymogen.errors import ToolchainError

# How the bundled libc++ is configured: the same for its archives and for every kernel.
libcxx_configuration = (
    "-D__GLIBC_MINOR__=28",  # headers as of glibc 2.28, the oldest that Enzyme's driver runs on
    "-D_LIBCPP_ABI_VERSION=1",
    "-D_LIBCPP_ABI_NAMESPACE=__1",
    "-D_LIBCPP_HAS_THREADS=1",
    "-D_LIBCPP_HAS_MONOTONIC_CLOCK",
    "-D_LIBCPP_HAS_TERMINAL",
    "-D_LIBCPP_HAS_MUSL_LIBC=0",
    "-D_LIBCXXABI_DISABLE_VISIBILITY_ANNOTATIONS",
    "-D_LIBCPP_DISABLE_VISIBILITY_ANNOTATIONS",
    "-D_LIBCPP_HAS_VENDOR_AVAILABILITY_ANNOTATIONS=0",
    "-D_LIBCPP_HAS_FILESYSTEM=1",
    "-D_LIBCPP_HAS_RANDOM_DEVICE",
    "-D_LIBCPP_HAS_LOCALIZATION",
    "-D_LIBCPP_HAS_UNICODE",
    "-D_LIBCPP_HAS_WIDE_CHARACTERS",
    "-D_LIBCPP_HAS_NO_STD_MODULES",
    "-D_LIBCPP_HAS_TIME_ZONE_DATABASE",
    "-D_LIBCPP_PSTL_BACKEND_SERIAL",
    "-D_LIBCPP_HARDENING_MODE=_LIBCPP_HARDENING_MODE_NONE",
    "-D_LIBCPP_ASSERTION_SEMANTIC_DEFAULT=_LIBCPP_ASSERTION_SEMANTIC_IGNORE",
)

archives = ("libc++.a", "libc++abi.a", "libunwind.a")

stubs = {"libm.so": "libm.so.6", "libc.so": "libc.so.6", "libgcc_s.so": "libgcc_s.so.1"}
"""Empty libraries, and those of the running machine that they stand for.

libgcc_s has the functions that compilers call for arithmetic that processors lack, such as division of 128-bit
integers. The compiler's own archive of them must not be linked: it also defines exp, sin, memcpy and others, which
would go before those of the C library.
"""


def toolchain_folder() -> Path:
    """Folder of all installed toolchains: ZYMOGEN_TOOLCHAIN_DIR, or one in the user's data folder."""
    chosen = os.environ.get("ZYMOGEN_TOOLCHAIN_DIR")
    if chosen:
        return Path(chosen).expanduser().absolute()
    if sys.platform == "linux":
        # What platformdirs answers here, without the time that its import takes in every new process.
        base = os.environ.get("XDG_DATA_HOME", "").strip()
        data = Path(base if Path(base).is_absolute() else "~/.local/share")
    else:
        import platformdirs

        data = platformdirs.user_data_path()
    folder = Path(os.path.expanduser(data), "zymogen", "toolchain")  # noqa: PTH111 - does not raise
    if not folder.is_absolute():
        raise ToolchainError(
            "zymogen toolchain: this user has no home folder, in which the toolchain would be kept. "
            "Set HOME, or ZYMOGEN_TOOLCHAIN_DIR to a folder you can write to."
        )
    return folder


@dataclass(frozen=True)
class Layout:
    """Paths in one installed toolchain."""

    root: Path
    machine: str
    """`x86_64` or `aarch64`."""

    @property
    def zig(self) -> Path:
        """Clang, LLD and an archiver in one program."""
        return self.root / "zig" / "zig"

    @property
    def library(self) -> Path:
        """Headers, and while the C++ run time is built also sources."""
        return self.root / "zig" / "lib"

    @property
    def driver(self) -> Path:
        """Enzyme as a program."""
        return self.root / "enzyme" / "catalyst"

    @property
    def runtime(self) -> Path:
        """Folder of what kernels are linked with."""
        return self.root / "runtime"

    @property
    def manifest(self) -> Path:
        """What the toolchain says of itself."""
        return self.root / "manifest.json"

    @property
    def inventory(self) -> Path:
        """Every file with its size; apart from the manifest because it is long and rarely read."""
        return self.root / "inventory.json"

    @property
    def target(self) -> str:
        """What clang compiles for."""
        return f"{self.machine}-linux-gnu"

    @property
    def c_headers(self) -> tuple[Path, ...]:
        """Folders of clang's, glibc's and the kernel's headers, in the order of search."""
        family = "x86" if self.machine == "x86_64" else self.machine
        libc = self.library / "libc" / "include"
        return (
            self.library / "include",
            libc / f"{family}-linux-gnu",
            libc / "generic-glibc",
            libc / f"{family}-linux-any",
            libc / "any-linux-any",
        )

    @property
    def cxx_headers(self) -> tuple[Path, ...]:
        """Folders of the C++ library's headers."""
        return (self.library / "libcxx" / "include", self.library / "libcxxabi" / "include")

    @property
    def c_flags(self) -> tuple[str, ...]:
        """Target and C headers, and nothing of the machine's own."""
        folders = (part for folder in self.c_headers for part in ("-isystem", str(folder)))
        return ("--no-default-config", f"--target={self.target}", "-nostdinc", *folders)

    @property
    def clang_flags(self) -> tuple[str, ...]:
        """What every compilation of C++ needs. libc++ comes first: it wraps headers of C."""
        folders = (part for folder in (*self.cxx_headers, *self.c_headers) for part in ("-isystem", str(folder)))
        return (
            "--no-default-config",
            f"--target={self.target}",
            "-nostdinc",
            "-nostdinc++",
            *folders,
            *libcxx_configuration,
        )

    @property
    def linker_inputs(self) -> tuple[str, ...]:
        """Link the C++ library statically, so that kernels are the same everywhere; the stubs by name.

        The stubs define nothing: symbols stay unversioned, so that a kernel loads with any version of glibc.
        """
        return (
            "--no-as-needed",
            *(str(self.runtime / name) for name in stubs),
            *(str(self.runtime / name) for name in archives),
        )

    @property
    def essential(self) -> tuple[Path, ...]:
        """Files that are looked at each time the toolchain is found."""
        return (self.zig, self.driver, *(self.runtime / name for name in (*archives, *stubs)))
