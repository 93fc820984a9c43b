"""Building an extension module, as CMake asks for it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from zymogen import _core
from zymogen.errors import ArgumentError
from zymogen.extension.expression import STANDARD
from zymogen.extension.making import HEADER, Done, Order, make
from zymogen.extension.processor import default_architecture
from zymogen.toolchain.tools import Math, Options


def build(
    target: str,
    *,
    sources: Sequence[Path],
    root: Path,
    folder: Path,
    depfile: Path,
    derivatives: Sequence[str],
    architectures: Sequence[str],
    include: Sequence[Path],
    define: Sequence[str],
    flags: Sequence[str],
    standard: str,
    math: str,
    has_sources: bool,
) -> None:
    """Build, say what was left out, and write down for make or ninja which files were read."""
    if math not in ("strict", "fast"):
        raise ArgumentError(f"zymogen_add_module({target}): MATH is {math!r}. Expected is strict or fast.")
    options = Options(
        include=tuple(str(path.absolute()) for path in include),
        define=tuple(define),
        standard=standard,
        flags=tuple(flags),
        math=cast(Math, math),
    )
    order = Order(
        target,
        tuple(path.absolute() for path in sources),
        tuple(dict.fromkeys(derivatives)) or (STANDARD,),
        options,
        tuple(dict.fromkeys(architectures)) or (default_architecture(),),
        root.absolute(),
        folder.absolute(),
        has_sources,
    )
    done = make(order)
    for refusal in done.refusals:
        print(f"{target}: left out, as Enzyme cannot do it: {refusal.call}\n  {refusal.error}", file=sys.stderr)
    print(f"{target}: {done.count} kernels and derivatives for {', '.join(order.architectures)}")
    _write_dependencies(depfile, folder.absolute() / HEADER, done)


def _write_dependencies(depfile: Path, result: Path, done: Done) -> None:
    # Another version of zymogen writes other code: its compiled extension stands for the whole package.
    files = [*done.read, Path(_core.__file__)]
    escaped = (str(file).replace(" ", "\\ ").replace("#", "\\#").replace("$", "$$") for file in files)
    depfile.write_text(f"{result}: {' '.join(escaped)}\n", encoding="utf-8", errors="surrogateescape")
