"""Flags of the compiler that several command lines share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zymogen.toolchain.tools import Toolchain

# What is fixed before Enzyme: it differentiates plain loops best, so vector code is made after it. Loops
# made into vectors first gave NaN second derivatives (https://github.com/EnzymeAD/Enzyme/issues/3165).
BEFORE_ENZYME = (
    "-O2",
    "-fno-vectorize",
    "-fno-slp-vectorize",
    "-fno-unroll-loops",
    "-mllvm",
    "-opt-disable=memcpyopt",
    # Enzyme names a shadow after what it is the shadow of; the proof of inactivity reads these names.
    "-fno-discard-value-names",
    # Only entries are visible, so that a function which no kernel needs may lack what it calls.
    "-fvisibility=hidden",
)

# Where rows go side by side, the loop over them is the one to become vector code, so all loops inside it are written
# out and all calls are inlined. What must not be written out says so itself. That the loop did not become vector code
# is an error then, and another way is taken. Before Enzyme it stays as it is, whatever its pragma says, see
# `vector_loops`.
_UNROLL = ("-mllvm", "-unroll-threshold=5000")
BLOCKS_BEFORE_ENZYME = ("-funroll-loops", *_UNROLL, "-mllvm", "-opt-disable=loop-vectorize")
"""After `BEFORE_ENZYME`, which leaves loops as they are."""
BLOCKS_AFTER_ENZYME = (
    *_UNROLL,
    "-mllvm",
    "-inline-threshold=100000",
    "-mllvm",
    "-enable-interleaved-mem-accesses=false",  # needs more rows than there are where a row's last number is not read
    "-mllvm",
    "-memory-check-merge-threshold=1000000",  # or hundreds of results are found to be too many
    "-Werror=pass-failed",
)

# Messages name lines, and functions with rules are found by the names of scopes: tables of lines are always made.
WITHOUT_LINES = frozenset({"-g0", "-ggdb0"})

NOT_OPTIMISED = ("-Xclang", "-disable-llvm-passes")

WITHOUT_INTRINSICS = ("-fno-builtin-modf", "-fno-builtin-modff", "-fno-builtin-sincos", "-fno-builtin-sincosf")
"""All functions that have rules are called by their names then."""

# `-funsafe-math-optimizations` is `-ffast-math` without the promise that no NaN or infinity occurs; unlike
# `-ffast-math` it leaves complex arithmetic alone.
MATH = {
    "strict": ("-fno-math-errno", "-ffp-contract=off"),
    "fast": ("-fno-math-errno", "-funsafe-math-optimizations"),
}

DIAGNOSTICS = (
    "-fno-color-diagnostics",
    "-ferror-limit=10",
    "-ftemplate-backtrace-limit=6",
    "-fno-crash-diagnostics",
)


def target_flags(toolchain: Toolchain) -> tuple[str, ...]:
    """Of the flags that a clang always needs, those that count where no C++ is read."""
    return tuple(flag for flag in toolchain.clang_flags if flag.startswith(("--target=", "--no-default-config")))
