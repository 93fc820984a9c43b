"""Which rules a kernel goes through: noted in the IR of its derivative, for whoever looks for a mistake in one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from zymogen.ir.names import NAME
from zymogen.toolchain.messages.demangle import demangle
from zymogen.toolchain.rules import as_written, registered

_REFERENCE = re.compile(rf"@{NAME}")
_DEFINITION = re.compile(rf"^define [^@\n]*(@{NAME})\(.*?^}}\n", re.MULTILINE | re.DOTALL)
_ROOT = re.compile(r"@zymogen_(?:entry|below)_")
_NUMBER = re.compile(r"^!(\d+) = ", re.MULTILINE)
_NOTES = re.compile(r"^!zymogen\.rules = !\{(.*)\}$", re.MULTILINE)
_TEXT = re.compile(r'!"((?:[^"\\]|\\[0-9A-F]{2})*)"')


@dataclass(frozen=True)
class UsedRule:
    """A rule of the user's that a kernel goes through."""

    macro: str
    function: str
    place: str
    """File and line of the rule; empty where that is not known."""

    def __str__(self) -> str:
        return f"`{self.function}` ({self.macro}{f' at {self.place}' if self.place else ''})"


def note_of_rules(ir: str, root: Path | None = None) -> str:
    """What to write behind a module with rules: those that its entries go through, as metadata.

    Parameters
    ----------
    ir : a module in which rules are not applied yet
    root : a folder that stands for the root of the file system in the names of files
    """
    used = [*_used(ir, root)]
    if not used:
        return ""
    first = max(map(int, _NUMBER.findall(ir)), default=0) + 1
    numbers = ", ".join(f"!{first + number}" for number in range(len(used)))
    lines = [f"\n!zymogen.rules = !{{{numbers}}}"]
    for number, rule in enumerate(used, first):
        texts = ", ".join(f'!"{_escaped(text)}"' for text in (rule.macro, rule.function, rule.place))
        lines.append(f"!{number} = !{{{texts}}}")
    return "\n".join([*lines, ""])


def noted_rules(ir: str) -> tuple[UsedRule, ...]:
    """The rules that are noted in a module."""
    notes = _NOTES.search(ir)
    if notes is None:
        return ()
    found = []
    for number in notes[1].split(", "):
        line = re.search(rf"^{number} = (.*)$", ir, re.MULTILINE)
        texts = [as_written(text) for text in _TEXT.findall(line[1])] if line else []
        if len(texts) == 3:
            found.append(UsedRule(*texts))
    return tuple(found)


def _used(ir: str, root: Path | None) -> Iterator[UsedRule]:
    definitions = {found[1]: found[0] for found in _DEFINITION.finditer(ir)}
    tables = {
        name: value
        for name, _, value in (line.partition(" = ") for line in ir.splitlines() if line.startswith("@"))
        if "zymogen_rule_" not in name and not name.startswith("@llvm.")
    }
    rules = {rule.function: rule for rule in registered(ir)}
    waiting = [name for name in definitions if _ROOT.match(name)]
    seen = set(waiting)
    while waiting:
        name = waiting.pop(0)
        rule = rules.get(name)
        if rule is not None:
            yield UsedRule(rule.macro, demangle(name[1:]).partition("(")[0], rule.place_under(root))
        text = definitions.get(name) or tables.get(name, "")
        for other in (*_REFERENCE.findall(text), *(rule.others if rule is not None else ())):
            if other not in seen:
                seen.add(other)
                waiting.append(other)


def _escaped(text: str) -> str:
    return re.sub(r'[^ -~]|["\\]', lambda found: "".join(f"\\{byte:02X}" for byte in os.fsencode(found[0])), text)
