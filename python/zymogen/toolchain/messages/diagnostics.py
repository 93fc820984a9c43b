"""What the compiler and the linker say, for whoever called: the user's files and lines, no tool's noise."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from zymogen.errors import CompileError
from zymogen.toolchain.messages.macros import advice_for_macro
from zymogen.toolchain.messages.registrations import Registrations, registration
from zymogen.toolchain.messages.special_functions import advice_for_special_function
from zymogen.toolchain.messages.undefined import Undefined, undefined_symbols

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zymogen.toolchain.process import Outcome

_SHOWN_ERRORS = 3
_SHOWN_NOTES = 2
_HIGH_ORDER = 3

_HEADER = re.compile(r"^(?:(?P<file>[^\n]+?):(?P<line>\d+):(?:(?P<column>\d+):)? )?(?:[\w.+-]+: )?"
                     r"(?P<kind>fatal error|error|warning|note|remark): (?P<message>.*)$")  # fmt: skip
_CHAIN = re.compile(r"^(?:In file included from|In module imported|\s+from ) ?.*[:,]$")
_SUMMARY = re.compile(r"^\d+ (?:errors?|warnings?)(?: and \d+ errors?)? generated\.$")
_ASSERTION = re.compile(r"^static assertion failed(?: due to requirement '.*?')?: (?=\S)")
_PLACE_AND_MESSAGE = re.compile(r"(?P<line>.+?:\d+):\d+: error: (?P<message>.*)")
# The flag behind an error of `-Werror=pass-failed`.
_NO_VECTORS = "-Wpass-failed=transform-warning]"
_MACRO = re.compile(r"(?:expanded from )?macro '(?P<name>\w+)'(?: defined here)?$")
_OPENING = re.compile(r"to match this '(?P<bracket>[({[])'$")
_CLOSING = MappingProxyType({"{": "}", "(": ")", "[": "]"})
# Notes that lead from one place to another, without saying anything themselves.
_LEADS = (
    "expanded from macro",
    "expanded from here",
    "in instantiation of",
    "in call to",
    "(skipping",
    "in evaluation of",
)


class NoVectorsError(CompileError):
    """A loop that had to become vector code did not."""


class TooMuchEffortError(CompileError):
    """A tool used up the processor's time that it might take."""


@dataclass(frozen=True)
class Finding:
    """Why a stage failed."""

    error: type[CompileError]
    text: str
    blames_the_tool: bool = False
    """Whether the tool is at fault, and whoever keeps it would want to repeat what happened."""


@dataclass(frozen=True)
class LibraryWords:
    """How libraries are named where a build is asked for."""

    option: str
    places: str
    """Where they are found."""


IN_PYTHON = LibraryWords("libraries=[...]", "found by path or in library_folders=[...]")
IN_CMAKE = LibraryWords(
    "LIBRARIES, followed by its target, path or name", "found as targets, by path, or by name in the system's folders"
)


@dataclass(frozen=True)
class Message:
    """One message of the compiler and the lines of source it shows."""

    file: str
    line: int
    column: int
    kind: str
    text: str
    excerpt: tuple[str, ...]

    @property
    def place(self) -> str:
        """File, line and column as compilers write them; empty if it has none."""
        if not self.file:
            return ""
        return f"{self.file}:{self.line}:{self.column}" if self.column else f"{self.file}:{self.line}"


def compiler_finding(
    call: str,
    outcome: Outcome,
    output: str,
    own_folders: Iterable[Path],
    *,
    reading: str = "the kernel's source",
    order: int = 0,
) -> Finding:
    """Explain why clang failed.

    Parameters
    ----------
    call
        What the user asked for; begins the text.
    outcome, output
        How the compiler ended and what it wrote.
    own_folders
        Folders of headers and generated files that are not the user's.
    reading
        What the compiler was given.
    order
        The order of the derivative.
    """
    violent = violent_end(call, "the compiler", outcome, order)
    if violent is not None:
        return violent
    groups = _errors_with_notes(parse_messages(output))
    if not groups:
        return Finding(
            CompileError,
            f"{call}: the compiler refused {reading} with exit status {outcome.status} and no error message. "
            "Expected is a message that names a line. Read its output.",
        )
    folders = tuple(own_folders)
    # What else goes wrong where a macro has replaced a name follows from that.
    clashes = [group for group in groups if _macro_of_theirs(group, folders) is not None]
    ordered = sorted(clashes or groups, key=lambda group: _ASSERTION.match(group[0].text) is None)
    told = _without_consequences(list(dict.fromkeys(_tell(group, folders) for group in ordered)))
    more = len(told) - _SHOWN_ERRORS
    lines = [f"{call}: {reading} does not compile.", *told[:_SHOWN_ERRORS]]
    no_vectors = all(group[0].text.endswith(_NO_VECTORS) for group in groups)
    if more > 0:
        lines.append(f"({more} more error{'s' if more > 1 else ''})")
    return Finding(NoVectorsError if no_vectors else CompileError, "\n".join(lines))


def _without_consequences(told: list[str]) -> list[str]:
    """Leave away what else goes wrong in a line of which a macro of ours has said what is wrong with it.

    That a name is not declared is no consequence but the reason.
    """
    lines = [_PLACE_AND_MESSAGE.match(text) for text in told]
    explained = {found["line"] for found in lines if found and found["message"].startswith("zymogen: ")}
    reasons = ("zymogen: ", "use of undeclared identifier")
    return [
        text
        for text, found in zip(told, lines, strict=True)
        if not found or found["line"] not in explained or found["message"].startswith(reasons)
    ]


def violent_end(call: str, tool: str, outcome: Outcome, order: int = 0) -> Finding | None:
    """Explain a tool that did not end by itself; None if it did."""
    if outcome.timed_out or outcome.exhausted:
        lower = (
            f"The derivative is of order {order}, and each order at least doubles the code: a lower one takes less. "
            if order > _HIGH_ORDER
            else ""
        )
        return Finding(
            TooMuchEffortError if outcome.exhausted else CompileError,
            f"{call}: {tool} took longer than {outcome.limit:g} seconds and was ended. "
            f"A stage of a build usually takes less than one. {lower}"
            "Split the kernel or give its loops run-time bounds, or set ZYMOGEN_BUILD_TIMEOUT to more.",
            blames_the_tool=True,
        )
    number = outcome.signal_number
    if number == 0:
        return None
    name = outcome.signal_name
    if not outcome.crashed:
        return Finding(
            CompileError,
            f"{call}: {tool} was killed ({name}) after {outcome.seconds:.1f} seconds. "
            "Something outside ended it; SIGKILL is what the system sends when memory runs out. "
            "Call again, with more memory if it was that.",
        )
    return Finding(
        CompileError,
        f"{call}: {tool} crashed ({name}) after {outcome.seconds:.1f} seconds. "
        "That is a fault of the tool, not of Python, which goes on. "
        "Take parts of the kernel away until it compiles, and write the last one differently.",
        blames_the_tool=True,
    )


def linker_finding(
    call: str,
    outcome: Outcome,
    output: str,
    result: Path,
    kernels: Registrations = MappingProxyType({}),
    words: LibraryWords = IN_PYTHON,
) -> Finding | None:
    """Explain why a library could not be linked, or could not be loaded; None if all is well."""
    violent = violent_end(call, "the linker", outcome)
    if violent is not None:
        return violent
    missing = undefined_symbols(output)
    theirs = [symbol for symbol in missing if symbol.of_the_compiler]
    if theirs and len(theirs) == len(missing):
        return Finding(
            CompileError,
            f"{call}: the compiler calls {', '.join(map(str, theirs[:_SHOWN_ERRORS]))}, which this machine's "
            "libgcc_s.so.1 does not have. "
            "Expected are types and functions that the processor or that library supports: _Float16 needs that of "
            "GCC 12, __bf16 that of GCC 13, and large std::atomic need libatomic. "
            f"Use another type there, or name the library that has it: {words.option}.",
        )
    if missing:
        return Finding(CompileError, _nowhere_defined(call, missing, kernels, words))
    if outcome.succeeded and result.is_file():
        return None
    errors = [message.text for message in parse_messages(output) if message.kind == "error"]
    said = "; ".join(errors[:_SHOWN_ERRORS]) or f"exit status {outcome.status}"
    return Finding(
        CompileError,
        f"{call}: the library could not be linked: {said}. "
        f"Expected are objects and libraries for this processor, {words.places}. "
        "Check both.",
    )


def _nowhere_defined(call: str, missing: Sequence[Undefined], kernels: Registrations, words: LibraryWords) -> str:
    """Name what is declared only, and the line of the user's that needs it."""
    places = [registration(symbol.name, kernels) for symbol in missing]
    names = [
        f"{symbol}" if place is None else f"the kernel `{symbol.name}` (registered at {place})"
        for symbol, place in zip(missing, places, strict=True)
    ]
    return (
        f"{call}: {names[0]} is declared and nowhere defined."
        + "".join(f"\nSo is {name}." for name in names[1:_SHOWN_ERRORS])
        + (f"\n({len(names) - _SHOWN_ERRORS} more)" if len(names) > _SHOWN_ERRORS else "")
        + "\nExpected is a definition in the source, in a header it includes, or in a library. "
        + ("" if places[0] is None else "Define it there, with the same arguments; or ")
        + ("Include" if places[0] is None else "include")
        + f" the source that defines it, or name its library: {words.option}."
    )


def parse_messages(output: str) -> list[Message]:
    """Split clang's output into its messages."""
    messages: list[Message] = []
    excerpt: list[str] = []
    for line in output.splitlines():
        found = _HEADER.match(line)
        if found is not None:
            excerpt = []
            messages.append(
                Message(
                    (found["file"] or "").removeprefix("./"),
                    int(found["line"] or 0),
                    int(found["column"] or 0),
                    found["kind"],
                    found["message"],
                    (),
                )
            )
        elif messages and not _CHAIN.match(line) and not _SUMMARY.match(line):
            excerpt.append(line.rstrip())
            last = messages[-1]
            messages[-1] = Message(last.file, last.line, last.column, last.kind, last.text, tuple(excerpt))
    return messages


def _errors_with_notes(messages: list[Message]) -> list[list[Message]]:
    groups: list[list[Message]] = []
    inside = False
    for message in messages:
        if message.kind in ("error", "fatal error"):
            inside = not message.text.startswith("too many errors")
            if inside:
                groups.append([message])
        elif message.kind == "note" and inside:
            groups[-1].append(message)
        else:
            inside = False
    return groups


def _tell(group: list[Message], own_folders: tuple[Path, ...]) -> str:
    """Write one error with the place in the user's files where it comes from."""
    error, *notes = group
    text = _ASSERTION.sub("", error.text)
    theirs = [note for note in notes if not _is_own(note, own_folders)]
    macro = _macro_of_theirs(group, own_folders)
    if macro is not None:
        return _tell_macro(macro)
    opening = _never_closed(error, notes)
    if opening is not None:
        return _tell_never_closed(opening)
    if _is_own(error, own_folders):
        # Of the places that lead to it, the last is the outermost: the line that the user wrote.
        leads = [note for note in theirs if note.text.startswith(_LEADS)]
        if leads:
            place = leads[-1]
            inside = "" if text != error.text else f"\n  (seen inside {Path(error.file).name}:{error.line})"
            return "\n".join([f"{place.place}: error: {text}", *place.excerpt]) + inside
        remarks: list[Message] = []
    else:
        remarks = [note for note in theirs if not note.text.startswith(_LEADS)][:_SHOWN_NOTES]
    place_and_colon = f"{error.place}: " if error.place else ""
    lines = [f"{place_and_colon}error: {text}", *error.excerpt]
    for note in remarks:
        lines += [f"{note.place}: note: {note.text}", *note.excerpt]
    advice = advice_for_special_function(text, error.excerpt) or advice_for_macro(text, error.excerpt)
    if advice is not None:
        lines.append(advice)
    return "\n".join(lines)


def _macro_of_theirs(group: list[Message], own_folders: tuple[Path, ...]) -> Message | None:
    """The note of a macro of the user's that stands in code which is not the user's, and breaks it."""
    if len(group) < 2 or not _is_own(group[0], own_folders) or _is_own(group[1], own_folders):
        return None
    return group[1] if _MACRO.match(group[1].text) else None


def _never_closed(error: Message, notes: list[Message]) -> Message | None:
    """The note of a bracket whose file ends before it is closed, so that the error is in the file that includes it."""
    if not error.text.startswith("expected "):
        return None
    return next((note for note in notes if _OPENING.match(note.text) and note.file != error.file), None)


def _tell_never_closed(note: Message) -> str:
    opening = _OPENING.sub(r"\g<bracket>", note.text)
    text = (
        f"the file ends, and `{opening}` is not closed. Expected is a `{_CLOSING[opening]}` for each `{opening}`. "
        "Add it here, or where one is missing further down."
    )
    return "\n".join([f"{note.place}: error: {text}", *note.excerpt])


def _tell_macro(note: Message) -> str:
    name = _MACRO.sub(r"\g<name>", note.text)
    advice = f"Call the macro otherwise, or write `#undef {name}` after its last use."
    text = f"the macro `{name}` replaces a name in headers or generated code that come after it. {advice}"
    return "\n".join([f"{note.place}: error: {text}", *note.excerpt])


def _is_own(message: Message, own_folders: tuple[Path, ...]) -> bool:
    return any(Path(message.file).is_relative_to(folder) for folder in own_folders)
