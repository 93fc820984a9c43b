"""The C++ run time that kernels are linked with, built once from the sources that come with the compiler.

Same sources and flags as the compiler's own build of it, but on all cores and without debug information.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zymogen.errors import ToolchainError
from zymogen.toolchain.layout import Layout, libcxx_configuration, stubs
from zymogen.toolchain.process import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

time_limit = 900.0
"""Seconds for one source file; the longest takes seven on a slow machine."""

_common = (
    "-O2",
    "-fPIC",
    "-ffunction-sections",
    "-fdata-sections",
    "-fasynchronous-unwind-tables",
    "-fno-stack-protector",
    # Every kernel carries a copy of its own, which must not be mixed with another library's.
    "-fvisibility=hidden",
    "-fvisibility-inlines-hidden",
    "-DNDEBUG",
    "-w",
)


@dataclass(frozen=True)
class Job:
    """One command that makes one file of an archive."""

    archive: str
    source: Path
    result: Path
    command: tuple[str, ...]


def build_runtime(layout: Layout, scratch: Path, advance: Callable[[float], None]) -> None:
    """Make the archives and stubs of `layout.runtime`.

    Parameters
    ----------
    layout
        An unpacked compiler with the sources of its C++ library.
    scratch
        Folder for object files.
    advance
        Called with the share of the work that was done since the last call; they add up to 1.
    """
    layout.runtime.mkdir(parents=True, exist_ok=True)
    jobs = list(_jobs(layout, scratch))
    total = sum(_work(job) for job in jobs)
    with ThreadPoolExecutor(_usable_cores()) as threads:
        # The longest first, so that no core works alone at the end.
        pending = {
            threads.submit(_run, layout, job.command, job.source, scratch): job
            for job in sorted(jobs, key=_work, reverse=True)
        }
        try:
            for future in as_completed(pending):
                future.result()
                advance(_work(pending[future]) / total)
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise
    for archive in ("libc++.a", "libc++abi.a", "libunwind.a"):
        objects = [str(job.result) for job in jobs if job.archive == archive]
        command = (str(layout.zig), "ar", "rcsD", str(layout.runtime / archive), *objects)
        _run(layout, command, layout.runtime / archive, scratch)
    _build_stubs(layout, scratch)


def _jobs(layout: Layout, scratch: Path) -> Iterator[Job]:
    clang = (str(layout.zig), "clang")
    libcxx, libcxxabi, libunwind = (layout.library / name for name in ("libcxx", "libcxxabi", "libunwind"))
    cxx = (
        *layout.c_flags,
        "-nostdinc++",
        *_common,
        *libcxx_configuration,
        "-std=c++23",
        "-D_LIBCPP_BUILDING_LIBRARY",
    )
    flags = {
        "libc++.a": (
            *cxx,
            "-DLIBC_NAMESPACE=__llvm_libc_common_utils",
            "-DLIBCXX_BUILDING_LIBCXXABI",
            "-D_LIBCPP_HAS_NO_PRAGMA_SYSTEM_HEADER",
            "-faligned-allocation",
            *_include(libcxx / "include", libcxxabi / "include", libcxx / "src", libcxx / "libc"),
        ),
        "libc++abi.a": (
            *cxx,
            "-D_LIBCXXABI_BUILDING_LIBRARY",
            "-DHAVE___CXA_THREAD_ATEXIT_IMPL",
            "-fstrict-aliasing",
            *_include(libcxxabi / "include", libcxx / "include", libcxx / "src"),
        ),
        "libunwind.a": (
            *layout.c_flags,
            *_common,
            "-D_LIBUNWIND_HIDE_SYMBOLS",
            "-D_LIBUNWIND_IS_NATIVE_ONLY",
            "-fvisibility-global-new-delete=force-hidden",
            *_include(libunwind / "include"),
        ),
    }
    languages = {
        ".c": ("-std=c99", "-fexceptions"),
        ".cpp": ("-nostdinc++", "-fno-exceptions", "-fno-rtti"),
        ".S": ("-Wa,--noexecstack",),
    }
    for archive, source in _sources(layout):
        result = scratch / f"{archive}-{'-'.join(source.relative_to(layout.library).parts)}.o"
        language = languages[source.suffix] if archive == "libunwind.a" else ()
        yield Job(
            archive,
            source,
            result,
            (*clang, *flags[archive], *language, "-c", str(source), "-o", str(result)),
        )


def _sources(layout: Layout) -> Iterator[tuple[str, Path]]:
    # Other folders of libcxx/src are for other systems or are experimental, and cxa_noexception.cpp replaces
    # its neighbours where there are no exceptions. int128_builtins.cpp has what libgcc_s lacks.
    unused = {"cxa_noexception.cpp"}
    for archive, folder, patterns in (
        ("libc++.a", "libcxx/src", ("*.cpp", "filesystem/*.cpp", "ryu/*.cpp")),
        ("libc++abi.a", "libcxxabi/src", ("*.cpp",)),
        ("libunwind.a", "libunwind/src", ("*.cpp", "*.c", "*.S")),
    ):
        for pattern in patterns:
            for source in sorted((layout.library / folder).glob(pattern)):
                if source.name not in unused:
                    yield archive, source


def _build_stubs(layout: Layout, scratch: Path) -> None:
    empty = scratch / "empty.c"
    empty.write_text("")
    item = scratch / "empty.o"
    command = (str(layout.zig), "clang", *layout.c_flags, "-fPIC", "-c", str(empty), "-o", str(item))
    _run(layout, command, empty, scratch)
    for name, run_time_name in stubs.items():
        result = layout.runtime / name
        command = (
            str(layout.zig), "ld.lld", "-shared", "-soname", run_time_name, str(item), "-o", str(result),
        )  # fmt: skip
        _run(layout, command, result, scratch)


def _include(*folders: Path) -> tuple[str, ...]:
    return tuple(part for folder in folders for part in ("-I", str(folder)))


def _work(job: Job) -> float:
    """Estimate of the time for one source, in seconds: C++ headers, then what locale.cpp instantiates."""
    known = {"locale.cpp": 7.0, "operations.cpp": 3.0}
    default = 0.1 if job.archive == "libunwind.a" else 0.7
    return known.get(job.source.name, default)


def _usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _run(layout: Layout, command: tuple[str, ...], subject: Path, scratch: Path) -> None:
    messages = scratch / f"{subject.name}.log"
    outcome = run(command, folder=scratch, messages=messages, limit=time_limit)
    if not outcome.succeeded:
        end = "took too long" if outcome.timed_out else f"ended with status {outcome.status}"
        text = messages.read_text(errors="replace").strip()[-2000:]
        raise ToolchainError(
            f"zymogen toolchain install: building the C++ run time failed: {subject.name}: "
            f"{layout.zig.name} {command[1]} {end}.\n{text}\n"
            "It needs about 1 GB of free disk and 1 GB of memory. Free some and install again."
        )
