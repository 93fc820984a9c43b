"""LLVM IR in text form, read but not changed: functions, instructions, places in C++."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from zymogen.errors import ZymogenError
from zymogen.ir.names import NAME, SUCCESSOR

_LOCAL = re.compile(rf"%({NAME})")
_GLOBAL = re.compile(rf"@({NAME})")
_REFERENCE = re.compile(rf"[%@]{NAME}")
_CALLEE = re.compile(rf"([%@]{NAME})\(")
_RESULT = re.compile(rf"^%({NAME}) = (.*)$", re.DOTALL)
_LABEL = re.compile(rf"^({NAME}):")
_OPCODE = re.compile(r"(?:(?:tail|musttail|notail)\s+)?([a-z_]+)")
_GROUP = re.compile(r"#\d+")
_PLACE = re.compile(r"!dbg (!\d+)")
_METADATA = re.compile(r"(?:,? ![a-zA-Z_.]\w* ![\d{].*| #\d+)+$")
_FIELD = {name: re.compile(rf"\b{name}: (!?\w+)") for name in ("line", "scope", "inlinedAt", "file")}
_FILE = re.compile(r'filename: "([^"]*)"')
_SUBPROGRAM = re.compile(r'DISubprogram\(name: "([^"]*)"')


class ListingError(ZymogenError, ValueError):
    """A listing cannot be read."""


@dataclass(frozen=True)
class Instruction:
    """One instruction of a function."""

    text: str
    """As it stands in the listing, without white space at its ends."""
    result: str
    """Name of its value, empty where it has none."""
    opcode: str
    body: str
    """What stands right of the equals sign, without metadata."""

    @cached_property
    def callee(self) -> str:
        """What a call calls, `@name` or `%value`; empty for other instructions and for inline assembly."""
        if self.opcode not in ("call", "invoke"):
            return ""
        match = _CALLEE.search(self.body)
        return _plain(match[1]) if match else ""

    @cached_property
    def arguments(self) -> tuple[str, ...]:
        """The arguments of a call, each with its type and attributes."""
        match = _CALLEE.search(self.body)
        return split(inside(self.body, match.end() - 1)) if match else ()

    @cached_property
    def place(self) -> str:
        match = _PLACE.search(self.text)
        return match[1] if match else ""


@dataclass(frozen=True)
class Function:
    """A function that is defined in the listing."""

    name: str
    parameters: tuple[str, ...]
    instructions: tuple[Instruction, ...]
    attributes: str = ""
    """What is said of it beside its name, without what the groups of attributes say that it names."""
    blocks: tuple[tuple[str, int], ...] = ()
    """Label and first instruction of each block, the first without label."""

    def parts(self) -> dict[str, tuple[Instruction, ...]]:
        """The instructions of each block, by its label."""
        ends = [start for _, start in self.blocks[1:]] + [len(self.instructions)]
        return {label: self.instructions[start:end] for (label, start), end in zip(self.blocks, ends, strict=True)}

    def without_throws(self) -> Function:
        """The function without the blocks from which it never returns: they throw, or end the process."""
        parts = self.parts()
        next_labels = {label: SUCCESSOR.findall(part[-1].body) for label, part in parts.items() if part}
        returning = {label for label, part in parts.items() if part and part[-1].opcode == "ret"}
        before = -1
        while before < len(returning):
            before = len(returning)
            returning |= {label for label, successors in next_labels.items() if not returning.isdisjoint(successors)}
        kept = tuple(item for label, part in parts.items() if label in returning for item in part)
        return replace(self, instructions=kept, blocks=())


@dataclass
class Module:
    """A listing, with the functions that it defines, its globals and its debug information."""

    text: str
    functions: dict[str, Function] = field(default_factory=dict)
    globals: dict[str, str] = field(default_factory=dict)
    declarations: dict[str, str] = field(default_factory=dict)
    _metadata: dict[str, str] = field(default_factory=dict)
    _groups: dict[str, str] = field(default_factory=dict)

    def says(self, function: Function, attribute: str) -> bool:
        """Whether a function has an attribute that is a text, by itself or in a group."""
        groups = (self._groups.get(name, "") for name in _GROUP.findall(function.attributes))
        return any(f'"{attribute}"' in text for text in (function.attributes, *groups))

    def place(self, instruction: Instruction, own: tuple[str, ...] = ()) -> str:
        """The C++ file and line of an instruction: the innermost outside of files whose path has one of `own`."""
        first, reference = "", instruction.place
        while reference:
            location = self._metadata.get(reference, "")
            file, line = self._file(_field("scope", location)), _field("line", location)
            if file and not any(part in file for part in own) and line != "0":
                return f"{file}:{line}"
            first = first or (f"{file}:{line}" if file else "")
            reference = _field("inlinedAt", location)
        return first or "a place without line number"

    def enclosing(self, instruction: Instruction) -> Iterator[tuple[str, str]]:
        """File and name, without namespace or template arguments, of the C++ functions that an instruction is from.

        The innermost comes first, then those into which it was inlined.
        """
        reference = instruction.place
        while reference:
            location = self._metadata.get(reference, "")
            scope = _field("scope", location)
            yield self._file(scope), self._function_name(scope)
            reference = _field("inlinedAt", location)

    def _function_name(self, scope: str) -> str:
        while scope:
            text = self._metadata.get(scope, "")
            name = _SUBPROGRAM.search(text)
            if name:
                return name[1].partition("<")[0]
            scope = _field("scope", text)
        return ""

    def _file(self, scope: str) -> str:
        while scope:
            text = self._metadata.get(scope, "")
            file = _FILE.search(self._metadata.get(_field("file", text), ""))
            if file:
                return file[1]
            scope = _field("scope", text)
        return ""


def read(text: str) -> Module:
    """Read a listing.

    Raises
    ------
    ListingError
        If a function's first line is not what it must be.
    """
    module = Module(text)
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("define "):
            function = _function(line, lines)
            module.functions[function.name] = function
        elif line.startswith("declare "):
            match = _GLOBAL.search(line)
            if match:
                module.declarations[_plain(match[1])] = line
        elif line.startswith("@"):
            name, _, value = line[1:].partition(" = ")
            module.globals[_plain(name)] = value
        elif line.startswith("attributes "):
            name, _, value = line.removeprefix("attributes ").partition(" = ")
            module._groups[name] = value  # noqa: SLF001 - it is made here
        elif line.startswith("!"):
            name, _, value = line.partition(" = ")
            module._metadata[name] = value  # noqa: SLF001 - it is made here
    return module


def references(text: str) -> tuple[str, ...]:
    """All names in a piece of an instruction, in order, as `%name` and `@name` without quotes."""
    return tuple(_plain(match[0]) for match in _REFERENCE.finditer(text))


def inside(text: str, opening: int) -> str:
    """What stands between the bracket at `opening` and the one that closes it."""
    depth, quoted = 0, False
    for position in range(opening, len(text)):
        character = text[position]
        if character == '"':
            quoted = not quoted
        elif not quoted and character in "([{":
            depth += 1
        elif not quoted and character in ")]}":
            depth -= 1
            if depth == 0:
                return text[opening + 1 : position]
    return text[opening + 1 :]


def split(text: str) -> tuple[str, ...]:
    """The parts of a list, whose parts may be lists in brackets."""
    parts, depth, quoted, start = [], 0, False, 0
    for position, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif character in "([{<":
            depth += 1
        elif character in ")]}>":
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(text[start:position].strip())
            start = position + 1
    parts.append(text[start:].strip())
    return tuple(part for part in parts if part)


def _function(line: str, lines: Iterator[str]) -> Function:
    start = _CALLEE.search(line)
    if start is None:
        raise ListingError(f"this is no function of LLVM IR: {line[:200]}")
    listed = inside(line, start.end() - 1)
    names = [_LOCAL.findall(part) for part in split(listed)]
    # An unnamed parameter is written with its number, a named one with its name; types come before.
    parameters = tuple(_plain(found[-1]) if found else "" for found in names)
    attributes = line[start.end() + len(listed) :]
    blocks = [("", 0)]
    instructions = tuple(_instructions(lines, blocks))
    return Function(_plain(start[1])[1:], parameters, instructions, attributes, tuple(blocks))


def _instructions(lines: Iterator[str], blocks: list[tuple[str, int]]) -> Iterator[Instruction]:
    """The instructions of a function; labels go to `blocks`, with the number of the next instruction."""
    pending, count = "", 0
    for raw in lines:
        if raw == "}":
            break
        line = raw.strip()
        label = None if raw.startswith(" ") else _LABEL.match(line)
        if label:
            blocks.append((label[1], count + bool(pending)))
        if not line or label or line.startswith((";", "#dbg")):
            continue
        # Instructions of several lines: switch tables, landing pads, the two ends of an invoke.
        continues = line.startswith(("to label", "catch ", "cleanup", "filter ", "]")) or pending.endswith("[")
        if pending and not continues and not _is_open(pending):
            yield _instruction(pending)
            pending, count = "", count + 1
        pending = f"{pending} {line}".strip()
    if pending:
        yield _instruction(pending)


def _is_open(text: str) -> bool:
    return text.startswith("switch ") and text.count("[") > text.count("]")


def _instruction(text: str) -> Instruction:
    match = _RESULT.match(text)
    result, body = (_plain(match[1]), match[2]) if match else ("", text)
    body = _METADATA.sub("", body.split("; ")[0])
    opcode = _OPCODE.match(body)
    return Instruction(text, result, opcode[1] if opcode else "", body)


def _field(name: str, text: str) -> str:
    match = _FIELD[name].search(text)
    return match[1] if match else ""


def _plain(name: str) -> str:
    """A name without the quotes that it needs in a listing."""
    mark, rest = (name[0], name[1:]) if name[:1] in "%@" else ("", name)
    return mark + (rest[1:-1] if rest.startswith('"') else rest)
