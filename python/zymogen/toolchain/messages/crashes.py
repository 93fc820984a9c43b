"""Why Enzyme ended without a message that names a place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zymogen.errors import EnzymeError, NoDerivativeError
from zymogen.ir.listing import read
from zymogen.toolchain.messages.diagnostics import Finding, violent_end
from zymogen.toolchain.messages.places import place_outside
from zymogen.toolchain.messages.quotations import reason

if TYPE_CHECKING:
    from pathlib import Path

    from zymogen.toolchain.process import Outcome

# Assertions that cannot hold carry their words as a string: `0 && "words"'.
_ASSERTION = re.compile(r"Assertion `(?:\w+ && \")?(?P<text>.+?)\"?' failed|^LLVM ERROR: (?P<error>.+)$", re.MULTILINE)

# Enzyme aborts at the logarithm of the gamma function, of any precision, with words that do not name it.
_ABORT_AT_LGAMMA = re.compile(r"^unknown subtype$", re.MULTILINE)
_LGAMMA = re.compile(r"\bcall\b[^@\n]*@(?P<symbol>lgamma[fl]?)\(")

_ASSEMBLY = re.compile(r"\b(?:call|invoke) [^@\n]*\basm ")
# Functions of BLAS that Enzyme has rules of its own for, in C and in Fortran.
_BLAS = re.compile(
    r"^@(?:cblas_[sd]\w+|[sd](?:axpy|copy|dot|nrm2|scal|gemv|gemm|ger|sym[mv]|syrk|trm[mv]|trs[mv])_(?:64_)?)$"
)


def end_finding(
    call: str, outcome: Outcome, messages: str, source: str, folders: tuple[Path, ...], order: int
) -> Finding:
    """Explain a failure without a message that names a place."""
    crash = violent_end(call, "Enzyme", outcome, order)
    assertion = _ASSERTION.search(messages)
    lgamma = _LGAMMA.search(source)
    if outcome.crashed and lgamma is not None and _ABORT_AT_LGAMMA.search(messages):
        name = lgamma["symbol"]
        return Finding(
            NoDerivativeError,
            f"{call}: the kernel calls `{name}`, and Enzyme crashed while it differentiated the kernel, as it does at "
            f"derivatives of `{name}`. Expected are functions that it can differentiate. "
            f"Put a definition of `{name}` under another name into the source, or keep the call out of the "
            "differentiated code.",
        )
    if outcome.crashed:
        said = outcome.signal_name
        if assertion is not None:
            said = reason(assertion["text"] or assertion["error"])
        suspect = _suspect(source, folders)
        if suspect is not None:
            return Finding(
                EnzymeError,
                f"{call}: Enzyme crashed while it differentiated the kernel ({said}), {suspect}",
                blames_the_tool=True,
            )
        return Finding(
            EnzymeError,
            f"{call}: Enzyme crashed while it differentiated the kernel ({said}). "
            "That is a fault of Enzyme, not of Python, which goes on. "
            "Take parts of the kernel away until it works, and write the last one differently.",
            blames_the_tool=True,
        )
    if crash is not None:
        return crash
    return Finding(
        EnzymeError,
        f"{call}: Enzyme ended with exit status {outcome.status} and no message that names a place. "
        "Expected is a derivative. Read its output, and run `zymogen doctor` to see whether it works at all.",
    )


def _suspect(source: str, folders: tuple[Path, ...]) -> str | None:
    """What in the kernel is known to make Enzyme crash, where it is, and what to write instead."""
    if not _ASSEMBLY.search(source) and "blas_" not in source and "_(" not in source:
        return None
    module = read(source)
    for function in module.functions.values():
        for instruction in function.instructions:
            place = place_outside(module, instruction, folders)
            if not place:
                continue
            if _ASSEMBLY.search(instruction.body):
                return (
                    f"which has instructions in inline assembly at {place}. Expected are instructions that Enzyme can "
                    "differentiate. Write them in C++, or put them into a function of their own whose derivatives a "
                    "rule gives (ZYMOGEN_DERIVATIVE)."
                )
            if _BLAS.match(instruction.callee):
                return (
                    f"which calls `{instruction.callee[1:]}` at {place}. Enzyme has rules of its own for BLAS, and "
                    "some of them fail. Expected are functions whose source the compiler sees. Write loops or use "
                    "Eigen there, or call it through a function of your own whose derivatives a rule gives "
                    "(ZYMOGEN_RULES)."
                )
    return None
