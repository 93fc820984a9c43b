"""What Enzyme says, in the words of whoever wrote the kernel; and checks that it did its work."""

from __future__ import annotations

import re
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from zymogen.errors import (
    EnzymeError,
    MixedActivityError,
    NoDerivativeError,
    TypeNotDeducedError,
    UnsupportedConstructError,
)
from zymogen.toolchain.messages.demangle import demangle
from zymogen.toolchain.messages.diagnostics import Finding, violent_end
from zymogen.toolchain.messages.registrations import Registrations, registration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zymogen.toolchain.process import Outcome

_KEPT_CHARACTERS = 1 << 20

_SYMBOL = r"\"?(?P<symbol>[\w.$]+)"

_ERROR = re.compile(
    r"^error: (?P<file>.+?):(?P<line>\d+):(?P<column>\d+): in function (?P<function>\"[^\"]+\"|\S+) .*?"
    r"Enzyme: ?(?P<text>.*?)(?=^error: .+?: in function |\Z)",
    re.MULTILINE | re.DOTALL,
)
# Enzyme has several ways to say that it met a function without a body that it does not know.
_NO_DERIVATIVE = (
    re.compile(rf"No [\w ]+ found for {_SYMBOL}"),
    re.compile(rf"No create nofree of empty function \(.*?\) {_SYMBOL}"),
    re.compile(rf"unknown intrinsic\s+(?:llvm\.)?{_SYMBOL}"),
    re.compile(rf"todiff: (?:;[^\n]*\n)?declare [^@]*@{_SYMBOL}"),
)
# The last is what comes before `Illegal updateAnalysis`, which may be too far behind it to be kept.
_NOT_DEDUCED = re.compile(
    r"(?:cannot|could not|failed to) deduce type|illegal updateanalysis|<analysis>", re.IGNORECASE
)
_FALLBACK = re.compile(r"^warning: didn't implement (?P<what>\w+)", re.MULTILINE)
_MIXED = re.compile(
    r"^(?:remark|warning|error): (?P<file>.+?):(?P<line>\d+):(?P<column>\d+):.*"
    r"Mismatched activity for:(?P<text>.*)$",
    re.MULTILINE,
)
# Data that never changes cannot be active: numbers, null, descriptions of classes, virtual tables. Nor can a truth
# value, which Enzyme takes for a pointer where it is stored as an integer, such as an `enum` of two.
_NEVER_ACTIVE = re.compile(r"const val: *(?:@\S+ = (?:[\w()]+ )*constant |%\S+ = (?:zext|sext) i1 |[^%@]*$)")

# Assertions that cannot hold carry their words as a string: `0 && "words"'.
_ASSERTION = re.compile(r"Assertion `(?:\w+ && \")?(?P<text>.+?)\"?' failed|^LLVM ERROR: (?P<error>.+)$", re.MULTILINE)

# Enzyme aborts at the logarithm of the gamma function, of any precision, with words that do not name it.
_ABORT_AT_LGAMMA = re.compile(r"^unknown subtype$", re.MULTILINE)
_LGAMMA = re.compile(r"\bcall\b[^@\n]*@(?P<symbol>lgamma[fl]?)\(")

# A call (not a declaration) of what should have been replaced.
_CALL = re.compile(r"\b(?:call|invoke)\b.*@[\w.\"]*__enzyme_")

# Lines of IR; and where IR begins in a line of words: behind two spaces, or in brackets.
_IR = re.compile(r"[%!}\]]|(?:store|ret|call|tail call|br|define|declare|attributes) |;|[\w.$]+:(?:\s*;.*)?$")
_QUOTED = re.compile(r"\s{2,}|\s\(")


def without_remarks(lines: Iterable[str]) -> str:
    """Leave out remarks that decide nothing, of which large kernels bring megabytes."""
    kept: list[str] = []
    size = 0
    for line in lines:
        if line.startswith("remark: ") and "Mismatched activity" not in line:
            continue
        decides = line.startswith(("remark: ", "error: ", "warning: ", "LLVM ERROR: ")) or "Assertion `" in line
        if decides or size < _KEPT_CHARACTERS:  # the rest is IR
            kept.append(line)
            size += len(line)
    return "".join(kept)


def enzyme_finding(
    call: str,
    outcome: Outcome,
    messages: str,
    result: Path,
    own_folders: Iterable[Path],
    source: str = "",
    *,
    order: int = 0,
    kernels: Registrations = MappingProxyType({}),
) -> Finding | None:
    """Explain why there is no derivative, or one that cannot be trusted; None if all is well.

    The checks are the same for every way to run Enzyme.

    Parameters
    ----------
    call
        What the user asked for; begins the text.
    outcome, messages
        How Enzyme ended and what it wrote on standard error.
    result
        The IR that it made.
    own_folders
        Folders of headers that are not the user's.
    source
        The IR that Enzyme was given.
    order
        The order of the derivative.
    kernels
        The functions that are registered, and where.
    """
    folders = tuple(own_folders)
    error = _ERROR.search(messages)
    if error is not None:
        return _explain(call, error, folders, kernels)
    if not outcome.succeeded:
        return _explain_end(call, outcome, messages, source, order)
    fallback = _FALLBACK.search(messages)
    if fallback is not None:
        return Finding(
            UnsupportedConstructError,
            f"{call}: Enzyme has no rule for {fallback['what']} and would use one that can be wrong. Expected are "
            "copies between arrays that do not overlap. Copy through a second array.",
        )
    for mixed in _MIXED.finditer(messages):
        if not _NEVER_ACTIVE.search(mixed["text"]):
            return _mixed(call, _place(mixed, folders))
    return _check_result(call, result)


def _explain(call: str, error: re.Match[str], folders: tuple[Path, ...], kernels: Registrations) -> Finding:
    text = error["text"]
    place = _place(error, folders)
    where = f"at {place}" if place else f"in `{demangle(error['function'])}`"
    for pattern in _NO_DERIVATIVE:
        found = pattern.search(text)
        if found is not None:
            return _no_derivative(call, found["symbol"], where, kernels)
    if "Mismatched activity" in text:
        return _mixed(call, place)
    if _NOT_DEDUCED.search(text):
        return Finding(
            TypeNotDeducedError,
            f"{call}: Enzyme could not deduce what type of data the memory used {where} holds. "
            "Expected is memory that is written and read as one type. "
            "Avoid void*, unions, memcpy between types and arithmetic on the bits of a number there.",
        )
    reason = "it needs a seed in memory" if "todense" in text else _reason(text)
    return Finding(
        EnzymeError,
        f"{call}: Enzyme could not differentiate the code {where}: {reason}. "
        "Expected is plain C++ arithmetic on arrays and local data. Write that place differently.",
    )


def _no_derivative(call: str, symbol: str, where: str, kernels: Registrations) -> Finding:
    name = demangle(symbol)
    registered = registration(name, kernels)
    if registered is not None:
        return Finding(
            NoDerivativeError,
            f"{call}: the kernel `{name}` (registered at {registered}) has no definition that the compiler sees, and "
            "Enzyme knows no derivative of it. Expected is a definition in the source or in a header that it includes. "
            "Define it there, with the same arguments; include the source that defines it; or give its derivatives by "
            "a rule (ZYMOGEN_DERIVATIVE, or ZYMOGEN_RULES for arrays).",
        )
    if name.startswith(("std::", "__cxa", "operator ")):
        cure = f"Write that part without the piece of the C++ library that `{name}` belongs to"
    else:
        cure = f"Put the definition of `{name}` into the source or a header that it includes"
    return Finding(
        NoDerivativeError,
        f"{call}: the kernel calls `{name}` ({where}), and Enzyme knows neither its source nor a derivative. "
        "Expected are functions whose source the compiler sees, or functions of <cmath>. "
        f"{cure}, give its derivatives by a rule (ZYMOGEN_DERIVATIVE, or ZYMOGEN_RULES for arrays), "
        "or keep the call out of the differentiated code.",
    )


def _mixed(call: str, place: str) -> Finding:
    return Finding(
        MixedActivityError,
        f"{call}: active and inactive data meet in one pointer{' at ' + place if place else ''}, "
        "so that part of the derivative would silently be lost. "
        "Expected is a pointer that always leads to differentiated data, or never. "
        "Differentiate with respect to both arguments, or give each its own variable there.",
    )


def _explain_end(call: str, outcome: Outcome, messages: str, source: str, order: int) -> Finding:
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
            said = _reason(assertion["text"] or assertion["error"])
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


def _check_result(call: str, result: Path) -> Finding | None:
    text = result.read_text(encoding="utf-8", errors="replace") if result.is_file() else ""
    if not text.strip():
        return Finding(
            EnzymeError,
            f"{call}: Enzyme ended well and wrote nothing. Expected is the derivative's code. "
            "Run `zymogen doctor` to see whether it works at all.",
        )
    # Looking for the name first keeps this fast: the pattern is tried on the few lines that contain it.
    if any("__enzyme_" in line and _CALL.search(line) for line in text.splitlines()):
        return Finding(
            EnzymeError,
            f"{call}: Enzyme ended well and left calls of its own in the code: it did not differentiate all. "
            "Expected is code without any. Run `zymogen doctor` to see whether Enzyme works at all.",
        )
    return None


def _place(message: re.Match[str], folders: tuple[Path, ...]) -> str:
    """Give file and line in the user's source; nothing for a place in a header that is not theirs."""
    file = message["file"].removeprefix("./")
    if file == "<unknown>" or any(Path(file).is_relative_to(folder) for folder in folders):
        return ""
    return f"{file}:{message['line']}"


def _reason(text: str) -> str:
    """Give what a message says, without the IR that it quotes."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    spoken = [line for line in lines if not _IR.match(line)]
    if not spoken:
        return "no reason given"
    # After a quoted function comes the reason; a message that begins with words says it there.
    said = spoken[0] if spoken[0] is lines[0] else spoken[-1]
    words: str = _QUOTED.split(said)[0]
    return words.rstrip(" :,.;")[:200]
