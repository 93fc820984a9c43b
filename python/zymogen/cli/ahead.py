"""Building extension modules and what C++ programs link, as CMake asks for it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from zymogen import _core
from zymogen.errors import ArgumentError
from zymogen.extension import making, program
from zymogen.extension.expression import listed
from zymogen.extension.library import Order
from zymogen.extension.making import Done
from zymogen.extension.processor import default_architecture
from zymogen.toolchain.standards import check_standard
from zymogen.toolchain.tools import Math, Options


@dataclass(frozen=True)
class Given:
    """What CMake says of a target, as it says it."""

    target: str
    sources: Sequence[Path]
    root: Path
    """The folder of the build file."""
    folder: Path
    depfile: Path
    derivatives: Sequence[str]
    architectures: Sequence[str]
    include: Sequence[Path]
    define: Sequence[str]
    flags: Sequence[str]
    libraries: Sequence[str]
    standard: str
    math: str
    has_sources: bool
    """Whether sources travel inside a module."""


def build_module(given: Given) -> None:
    """Build the libraries and the table of `zymogen_add_module`."""
    order = _order(given, f"zymogen_add_module({given.target})", given.target)
    architectures = tuple(dict.fromkeys(given.architectures)) or (default_architecture(),)
    done = making.make(order, architectures, given.root.absolute(), has_sources=given.has_sources)
    _finish(given, done, making.HEADER)


def build_program(given: Given) -> None:
    """Build the library and the header of `zymogen_differentiate`."""
    order = _order(given, f"zymogen_differentiate({given.target})", f"{given.target}_derivatives")
    architectures = tuple(given.architectures) or (default_architecture(),)
    if len(architectures) > 1:
        raise ArgumentError(
            f"{order.call}: ARCH is {' '.join(architectures)}. Expected is one, which all machines have on which the "
            "program runs: nothing chooses between libraries there."
        )
    _finish(given, program.make(order, architectures[0]), program.HEADER)


def _order(given: Given, call: str, name: str) -> Order:
    if given.math not in ("strict", "fast"):
        raise ArgumentError(f"{call}: MATH is {given.math!r}. Expected is strict or fast.")
    check_standard(given.standard, call, "STANDARD")
    options = Options(
        include=tuple(str(path.absolute()) for path in given.include),
        define=tuple(given.define),
        standard=given.standard,
        flags=tuple(given.flags),
        math=cast(Math, given.math),
    )
    return Order(
        call,
        tuple(path.absolute() for path in given.sources),
        listed(given.derivatives),
        options,
        name,
        given.folder.absolute(),
        tuple(given.libraries),
    )


def _finish(given: Given, done: Done, header: str) -> None:
    """Say what was left out, and write down for make or ninja which files were read."""
    for refusal in done.refusals:
        print(f"{given.target}: left out, as Enzyme cannot do it: {refusal.text}\n  {refusal.error}", file=sys.stderr)
    print(f"{given.target}: {done.count} kernels and derivatives")
    # Another version of zymogen writes other code: its compiled extension stands for the whole package.
    files = [*done.read, Path(_core.__file__)]
    escaped = (str(file).replace(" ", "\\ ").replace("#", "\\#").replace("$", "$$") for file in files)
    text = f"{given.folder.absolute() / header}: {' '.join(escaped)}\n"
    given.depfile.write_text(text, encoding="utf-8", errors="surrogateescape")
