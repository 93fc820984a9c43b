"""Enzyme as a stage from LLVM IR to LLVM IR: the pinned compiler driver, or a plugin of the system's LLVM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class EnzymeCommand:
    """How to start Enzyme once."""

    line: tuple[str, ...]
    writes_standard_output: bool
    """Whether the resulting IR comes on standard output instead of in the result's file."""


class Enzyme(Protocol):
    """Anything that differentiates a file of LLVM IR in text form."""

    @property
    def declarations(self) -> str:
        """Lines of IR that the source file must end with."""

    def command(self, source: Path, result: Path, scratch: Path, *, fast_math: bool) -> EnzymeCommand:
        """Give the command that differentiates `source`; it is started in the folder `scratch`."""


def enzyme_options(*, fast_math: bool) -> tuple[str, ...]:
    """Options of LLVM and Enzyme that were measured to matter; the same for every way to run Enzyme.

    Parameters
    ----------
    fast_math
        Whether derivative code may be reordered like a kernel with ``math="fast"``.
        By default Enzyme marks every instruction that it makes as ``fast``, whatever the kernel's own
        rules are: sums of tangents are then reassociated, and NaN and infinity are assumed never to occur.
    """
    return (
        # Copies of x through memcpy would end the implicit one-hot seed, and loops over arrays of
        # structs become memcpy calls whose types Enzyme then cannot deduce.
        "--opt-disable=memcpyopt",
        # Copies of whole arrays before loops that read them, for the reverse pass: of an array on the stack one copy
        # serves all loops, whatever changes between them, and loops that read a part are taken to read all.
        "--enzyme-loop-invariant-cache=0",
        # The pinned driver reports mixed activity only as a remark; see `MixedActivityError`.
        "--pass-remarks=enzyme",
        f"--enzyme-fast-math={int(fast_math)}",
    )


@dataclass(frozen=True)
class DriverEnzyme:
    """The compiler driver `catalyst`: LLVM with Enzyme inside, which prints the resulting IR."""

    path: Path

    @property
    def declarations(self) -> str:
        """A symbol by which the driver knows that Enzyme is wanted; names of C++ templates are mangled."""
        return "declare void @__enzyme_autodiff_present()\n"

    def command(
        self,
        source: Path,
        result: Path,  # noqa: ARG002
        scratch: Path,
        *,
        fast_math: bool,
    ) -> EnzymeCommand:
        """Give the command, see `Enzyme.command`."""
        line = (
            str(self.path),
            "--tool=llc",
            str(source),
            "-o",
            "-",
            f"--workspace={scratch}",
            "--module-name=kernel",
            *enzyme_options(fast_math=fast_math),
        )
        return EnzymeCommand(line, writes_standard_output=True)


@dataclass(frozen=True)
class OptPlugin:
    """LLVM's `opt` with the plugin `LLVMEnzyme-*.so` of the same LLVM.

    Not run by the project's own tests: only the text of its command line is.
    """

    opt: Path
    plugin: Path

    @property
    def declarations(self) -> str:
        """Nothing: the pass always runs."""
        return ""

    def command(
        self,
        source: Path,
        result: Path,
        scratch: Path,  # noqa: ARG002
        *,
        fast_math: bool,
    ) -> EnzymeCommand:
        """Give the command, see `Enzyme.command`."""
        line = (
            str(self.opt),
            f"-load-pass-plugin={self.plugin}",
            "-passes=enzyme,default<O2>",
            *enzyme_options(fast_math=fast_math),
            "-S",
            str(source),
            "-o",
            str(result),
        )
        return EnzymeCommand(line, writes_standard_output=False)


@dataclass(frozen=True)
class ClangPlugin:
    """Clang with the plugin `ClangEnzyme-*.so` of the same LLVM, applied to IR.

    Not run by the project's own tests: only the text of its command line is.
    """

    clang: Path
    plugin: Path

    @property
    def declarations(self) -> str:
        """Nothing: the pass always runs."""
        return ""

    def command(
        self,
        source: Path,
        result: Path,
        scratch: Path,  # noqa: ARG002
        *,
        fast_math: bool,
    ) -> EnzymeCommand:
        """Give the command, see `Enzyme.command`."""
        options = [part for option in enzyme_options(fast_math=fast_math) for part in ("-mllvm", option)]
        line = (
            str(self.clang),
            f"-fplugin={self.plugin}",  # makes the options known
            f"-fpass-plugin={self.plugin}",  # runs the pass
            *options,
            "-O2",
            "-fno-vectorize",  # vector code is left to the back end, which also sees the derivative
            "-fno-slp-vectorize",
            "-fno-unroll-loops",
            "-fno-color-diagnostics",
            "-S",
            "-emit-llvm",
            "-x",
            "ir",
            str(source),
            "-o",
            str(result),
        )
        return EnzymeCommand(line, writes_standard_output=False)
