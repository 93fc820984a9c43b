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
from zymogen.toolchain.messages.crashes import end_finding
from zymogen.toolchain.messages.demangle import demangle
from zymogen.toolchain.messages.diagnostics import Finding
from zymogen.toolchain.messages.places import users_place
from zymogen.toolchain.messages.quotations import reason
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
# Intrinsic functions, without `llvm.`, that stand for instructions on vectors. Others are functions of C.
_VECTORS = ("masked.", "vector.", "vp.", "experimental.", "x86.", "aarch64.")
_STANDARD = re.compile(r"_ZN?K?St")
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
_GAP = re.compile(r"deduce type of phi +%\S+\.sroa\.\S+ = phi i\d+ ", re.IGNORECASE)
# What libc++ calls the inside of std::map and std::set.
_TREE = "__tree"
_FALLBACK = re.compile(r"^warning: didn't implement (?P<what>\w+)", re.MULTILINE)
_GENERATED = re.compile(r"zymogen_loop_\d+::")
_MIXED = re.compile(
    r"^(?:remark|warning|error): (?P<file>.+?):(?P<line>\d+):(?P<column>\d+):.*"
    r"Mismatched activity for:(?P<text>.*)$",
    re.MULTILINE,
)
# Data that never changes cannot be active: numbers, null, descriptions of classes, virtual tables. Nor can a truth
# value, which Enzyme takes for a pointer where it is stored as an integer, such as an `enum` of two; nor what a local
# variable holds that is one integer, whose address `emplace_back(x[i], 2)` passes on beside that of a number.
_NEVER_ACTIVE = re.compile(
    r"const val: *(?:@\S+ = (?:[\w()]+ )*constant |%\S+ = (?:zext|sext) i1 |%\S+ = alloca i\d+, |[^%@]*$)"
)

# A call (not a declaration) of what should have been replaced.
_CALL = re.compile(r"\b(?:call|invoke)\b.*@[\w.\"]*__enzyme_")


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
        return _explain(call, error, source, folders, kernels)
    if not outcome.succeeded:
        return end_finding(call, outcome, messages, source, folders, order)
    fallback = _FALLBACK.search(messages)
    if fallback is not None:
        return Finding(
            UnsupportedConstructError,
            f"{call}: Enzyme has no rule for {fallback['what']} and would use one that can be wrong. Expected are "
            "copies between arrays that do not overlap. Copy through a second array.",
        )
    for mixed in _MIXED.finditer(messages):
        if not _NEVER_ACTIVE.search(mixed["text"]):
            return _mixed(call, mixed, source, folders)
    return _check_result(call, result)


def _explain(
    call: str, error: re.Match[str], source: str, folders: tuple[Path, ...], kernels: Registrations
) -> Finding:
    text = error["text"]
    place = _place(error, source, folders)
    where = f"at {place}" if place else _inside(error["function"])
    for pattern in _NO_DERIVATIVE:
        found = pattern.search(text)
        if found is not None:
            return _no_derivative(call, found["symbol"], where, kernels)
    if "Mismatched activity" in text:
        return _mixed(call, error, source, folders)
    if _NOT_DEDUCED.search(text):
        return _not_deduced(call, error["function"], text, where)
    said = "it needs a seed in memory" if "todense" in text else reason(text)
    return Finding(
        EnzymeError,
        f"{call}: Enzyme could not differentiate the code {where}: {said}. "
        "Expected is plain C++ arithmetic on arrays and local data. Write that place differently.",
    )


def _not_deduced(call: str, function: str, text: str, where: str) -> Finding:
    if "zymogen_move" in function:
        return Finding(
            TypeNotDeducedError,
            f"{call}: Enzyme could not deduce of what type the elements are that the kernel moves within an array, "
            "as `erase` of a std::vector and std::merge do. Expected are elements of type double, float, int or "
            "long. Write a loop that moves the elements one by one, or keep the members of structures in arrays "
            "of their own.",
        )
    if _GAP.search(text):
        return Finding(
            TypeNotDeducedError,
            f"{call}: Enzyme could not deduce what type of data some bytes hold that are copied {where}, as a "
            "structure's gaps are between its members and behind them. Expected are structures without gaps, all "
            "of whose members are used. Give integers beside a `double` the type `long` instead of `int`, or keep "
            "the members in arrays of their own.",
        )
    if _TREE in function or _TREE in text:
        return Finding(
            TypeNotDeducedError,
            f"{call}: Enzyme could not deduce what type of data the nodes of a std::map or std::set hold {where}. "
            "Expected are elements that lie one after another, or a table of hashes. Write std::unordered_map, or "
            "a std::vector that is sorted once and std::lower_bound.",
        )
    return Finding(
        TypeNotDeducedError,
        f"{call}: Enzyme could not deduce what type of data the memory used {where} holds. "
        "Expected is memory that is written and read as one type. "
        "Avoid void*, unions, memcpy between types and arithmetic on the bits of a number there.",
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
    if symbol.startswith(_VECTORS):
        return Finding(
            NoDerivativeError,
            f"{call}: there are instructions on vectors ({symbol}) {where} before it is differentiated, and Enzyme has "
            "no derivative of them. Expected are loops over single numbers, of which the compiler makes vectors when "
            "they are differentiated. Leave away what asks for vectors there: `#pragma omp simd` with -fopenmp, "
            "another pragma or flag, or functions such as _mm256_add_pd.",
        )
    if _STANDARD.match(symbol) or name.startswith(("__cxa", "operator ")):
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


def _mixed(call: str, message: re.Match[str], source: str, folders: tuple[Path, ...]) -> Finding:
    place = _place(message, source, folders)
    advice = "Differentiate with respect to both arguments, or give each its own variable there."
    if any(Path(message["file"]).is_relative_to(folder) for folder in folders):
        advice += " Where a function of the library takes both by reference, as emplace_back(a, b), give it one value: "
        advice += "push_back({a, b})."
    return Finding(
        MixedActivityError,
        f"{call}: active and inactive data meet in one pointer{' at ' + place if place else ''}, "
        "so that part of the derivative would silently be lost. "
        f"Expected is a pointer that always leads to differentiated data, or never. {advice}",
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


def _place(message: re.Match[str], source: str, folders: tuple[Path, ...]) -> str:
    """Give file and line in the user's source; nothing where there is none."""
    function = message.groupdict().get("function") or ""
    return users_place(message["file"].removeprefix("./"), int(message["line"]), function, source, folders)


def _inside(function: str) -> str:
    """Where a message belongs that has no place of the user's: in a function, if that is not a generated one."""
    name = demangle(function)
    return "in the kernel" if _GENERATED.match(name) else f"in `{name}`"
