"""Rules for derivatives, as a source registers them (`zymogen/rules.hpp`), applied to the text of a module.

Functions are replaced before anything is inlined: a module with rules is compiled without optimisation first, then
changed, then optimised as others are.

What computes a function's partial derivatives may call the function itself, or others that have rules. There one order
less is needed, and where none is needed the function is called as it is. So what a rule calls is copied for each order.

Rules for functions of arrays (`zymogen/array_rules.hpp`) are told to Enzyme instead, for a function of one buffer.
A source that sorts is given `zymogen/sorting.hpp`, which has rules for that.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from zymogen.errors import CompileError
from zymogen.ir.listing import inside
from zymogen.ir.names import NAME
from zymogen.toolchain.messages.demangle import demangle

SORTING = "#include <zymogen/sorting.hpp>"
"""To be read before anything of the C++ library."""

_GLOBAL = rf"@{NAME}"
_REFERENCE = re.compile(_GLOBAL)
_SUBSTITUTE = re.compile(
    r"^(@[-\w.$]*zymogen_rule_(derivative|like|library)_\d+E? = [^{\n]*(?:%\"[^\"\n]*\" |%[-\w.$]+ )?)"
    rf"\{{ ptr ({_GLOBAL}), (\[\d+ x ptr\]) \[([^\]\n]*)\] \}}",
    re.MULTILINE,
)
# A function may have the name of a lambda's class in its own, and LLVM then quotes it.
_INACTIVE = re.compile(rf"^(@\"?[-\w.$]*zymogen_rule_inactive_\d+E?\"? = .*)\{{ ptr ({_GLOBAL}) \}}", re.MULTILINE)
_ARRAYS = re.compile(
    rf"^(@[-\w.$]*zymogen_rule_arrays_(\d+)E? = [^{{\n]*(?:%\"[^\"\n]*\" |%[-\w.$]+ )?)"
    rf"\{{ ptr ({_GLOBAL}), ptr ({_GLOBAL}), ptr ({_GLOBAL}), ptr ({_GLOBAL}), ptr ({_GLOBAL}), ptr ({_GLOBAL}) \}}",
    re.MULTILINE,
)
# Where a rule is: a variable that is called as the rule's is, with `here` for `rule`.
_HERE = re.compile(r'^(@([-\w.$]*zymogen_here_\w+) = [^\n]*?\[\d+ x i8\] )c"([^"\n]*)\\00"', re.MULTILINE)
_UNREAD = re.compile(
    r'^@"?[-\w.$]*zymogen_rule_(?!seen_|notation_)\w+"? = (?![^\n]*\bzeroinitializer\b)[^\n]*', re.MULTILINE
)
_HEAD = re.compile(rf"^(?:define|declare) [^@\n]*({_GLOBAL})\([^\n]*", re.MULTILINE)
_DEFINITION = re.compile(r"^define .*?^}\n", re.MULTILINE | re.DOTALL)
_CALL = re.compile(rf"^  [^@\n]*\b(?:call|invoke) [^@\n]*({_GLOBAL})\(")
_LINKAGE = re.compile(r"^define (?:(?:internal|private|linkonce|linkonce_odr|weak|weak_odr|hidden|protected) )*")
_COMDAT = re.compile(r" comdat(?:\([^)\n]*\))?")
_DEBUG = re.compile(r",? !dbg !\d+")
_GROUP = re.compile(r"\) (?:local_unnamed_addr |unnamed_addr )?(#\d+)")
_REGISTERED = "__enzyme_register_"
# Enzyme treats a call that may free or keep memory as active, whatever else is said of it.
_INACTIVE_CALL = 'nofree "enzyme_inactive" "enzyme_no_escaping_allocation"'
# And it looks into a function for what types its arguments have, where arithmetic on the bits of a number ends it.
_NEVER_INLINED = f'noinline {_INACTIVE_CALL} "enzyme_notypeanalysis"'
_VALUE_ONLY = 'nofree "enzyme_no_escaping_allocation"'

_RULES_OF_OURS = {
    # Clang writes two of them as intrinsics.
    "#include <zymogen/library_rules.hpp>": re.compile(
        r"^declare [^\n]*@(?:(?:lgamma|tgamma|nextafter|frexp|modf|sincos)f?|llvm\.(?:modf|sincos)\.f\d+)\(",
        re.MULTILINE,
    ),
    "#include <zymogen/special/bessel_derivatives.hpp>": re.compile(
        r"^define [^\n]*@_ZN7zymogen7special6bessel", re.MULTILINE
    ),
}
"""Headers with rules, and the functions that these are for."""

# Algorithms that `zymogen/sorting.hpp` takes the place of. Where they are inlined, their names are left as those of
# scopes.
_SORTS = re.compile(r'name: "__(?:sort_impl|stable_sort_impl|nth_element_impl|partial_sort)<std::__1::_\w+AlgPolicy, ')

# What `zymogen/rules.hpp` declares, and what is said of it for Enzyme.
_CONSTANT = re.compile(r"^declare [^\n]*@zymogen_constant(f?)\([^\n]*\n", re.MULTILINE)
_VALUED = re.compile(r"^declare [^\n]*@zymogen_valued(f?)\([^\n]*\n", re.MULTILINE)


class Registered(NamedTuple):
    """A rule of the user's, as a module has it."""

    macro: str
    function: str
    """The symbol of the function that has it."""
    others: tuple[str, ...]
    """The symbols of what is called instead."""
    place: str
    """File and line of the rule; empty for rules that are not in a source."""

    def place_under(self, root: Path | None) -> str:
        """The place, where a folder stands for the root of the file system in the names of files."""
        return self.place if root is None else self.place.replace(f"{root}/", "/")


def registered(ir: str) -> list[Registered]:
    """The rules that a module registers, but for those of functions of the library."""
    alike = {"derivative": "ZYMOGEN_DERIVATIVE", "like": "ZYMOGEN_LIKE"}
    places: dict[str, str] = {name: place for _, name, place in _HERE.findall(ir)}

    def place(variable: str) -> str:
        name = variable.partition(" = ")[0].removeprefix("@")
        return as_written(places.get(name.replace("zymogen_rule_", "zymogen_here_"), ""))

    found = [
        Registered(alike[kind], function, tuple(_REFERENCE.findall(others)), place(variable))
        for variable, kind, function, _, others in _SUBSTITUTE.findall(ir)
        if kind in alike
    ]
    found += [
        Registered("ZYMOGEN_RULES", function, (itself, *others), place(variable))
        for variable, _, function, _, itself, *others in _ARRAYS.findall(ir)
    ]
    return found + [
        Registered("ZYMOGEN_INACTIVE", function, (), place(variable)) for variable, function in _INACTIVE.findall(ir)
    ]


def as_written(text: str) -> str:
    """The text of a constant in IR."""
    return os.fsdecode(re.sub(rb"\\([0-9A-F]{2})", lambda code: bytes([int(code[1], 16)]), text.encode()))


def has_rules(ir: str) -> bool:
    """Whether a module registers any."""
    return "zymogen_rule_" in ir


def rules_of_ours(ir: str) -> str:
    """Headers to read behind a source for functions of <cmath> and of `zymogen/special.hpp` that its module calls."""
    return "\n".join(header for header, functions in _RULES_OF_OURS.items() if functions.search(ir))


def sorts(ir: str) -> bool:
    """Whether a module sorts with the algorithms of the C++ library."""
    return bool(_SORTS.search(ir))


def apply_rules(ir: str, call: str = "compile", root: Path | None = None) -> str:
    """Replace functions by those that have their values and the derivatives registered for them.

    Parameters
    ----------
    ir : a module in which nothing has been inlined yet
    call : what the user asked for
    root : a folder that stands for the root of the file system in the names of files

    Raises
    ------
    CompileError
        If a function has two rules; the message says where they are.
    """
    _refuse_two_rules(registered(ir), call, root)
    rules = _SUBSTITUTE.findall(ir)
    arrays = [_ArrayRule(*found) for found in _ARRAYS.findall(ir)]
    # What a user says of a function of the library goes before what is said here.
    rules.sort(key=lambda rule: rule[1] != "library")
    instead = {function: _REFERENCE.findall(others) for _, _, function, _, others in rules}
    alike = {function for _, kind, function, _, _ in rules if kind == "like"}
    inactive = {function for _, function in _INACTIVE.findall(ir)}
    ir = _SUBSTITUTE.sub(r"\1zeroinitializer", ir)
    ir = _INACTIVE.sub(r"\1zeroinitializer", ir)
    ir = _ARRAYS.sub(r"\1zeroinitializer", ir)
    ir = _HERE.sub(r"\1zeroinitializer", ir)  # it may name folders of this machine
    _refuse_unread(ir, call)
    ir = _with_buffers(ir, arrays)

    def head(found: re.Match[str]) -> str:
        if found[1] in inactive:
            return _with_attributes(found[0], _NEVER_INLINED)
        unseen = found[1] in instead and found[0].startswith("declare")
        return _with_attributes(found[0], _VALUE_ONLY) if unseen else found[0]

    ir = _HEAD.sub(head, ir)
    return _described(_Substitution(ir, instead, alike, {rule.itself for rule in arrays}).text())


def _refuse_two_rules(rules: list[Registered], call: str, root: Path | None) -> None:
    """One of two would silently win. That a function is inactive may be said again, as it is the same rule."""
    of_function: dict[str, list[Registered]] = {}
    for rule in rules:
        of_function.setdefault(rule.function, []).append(rule)
    for function, own in of_function.items():
        if len(own) > 1 and {rule.macro for rule in own} != {"ZYMOGEN_INACTIVE"}:
            places = [(rule.place_under(root), rule.macro) for rule in own]
            places.sort(key=lambda item: (len(item[0]), item))  # lines of one file in their order
            listed = ", ".join(f"{macro} at {place}" if place else macro for place, macro in places)
            raise CompileError(
                f"{call}: `{demangle(function[1:])}` has {'two' if len(own) == 2 else len(own)} rules: {listed}. "
                "Expected is one rule for a function. Keep the one that is right."
            )


def _refuse_unread(ir: str, call: str) -> None:
    """A rule that is passed over would be silently missing."""
    unread = _UNREAD.search(ir)
    if unread:
        raise CompileError(
            f"{call}: a rule cannot be read in what the compiler makes of it: {unread[0][:200]} "
            "Expected is the name of a function. Write the rule beside its function, in a namespace, and name "
            "functions in it."
        )


def reveal(ir: str) -> str:
    """Define, after Enzyme, what was only declared until then."""
    ir = _CONSTANT.sub(
        lambda found: _definition("constant", found[1], "{real} %value"),
        ir,
    )
    return _VALUED.sub(lambda found: _definition("valued", found[1], "{real} %derivative, {real} %value"), ir)


class _ArrayRule(NamedTuple):
    """A rule for a function of arrays, as the source registers it."""

    variable: str
    number: str
    function: str
    instead: str
    itself: str
    """The function, on a buffer."""
    forward: str
    augment: str
    reverse: str

    def registration(self) -> str:
        """What Enzyme reads."""
        gradient = f"[ptr {self.itself}, ptr {self.augment}, ptr {self.reverse}]"
        derivative = f"[ptr {self.itself}, ptr {self.forward}]"
        return (
            f"\n@{_REGISTERED}gradient_{self.number} = global [3 x ptr] {gradient}"
            f"\n@{_REGISTERED}derivative_{self.number} = global [2 x ptr] {derivative}\n"
        )


def _with_buffers(ir: str, rules: list[_ArrayRule]) -> str:
    """Call functions of a buffer instead of functions of arrays, but where their values are computed."""
    if not rules:
        return ir
    instead = {rule.function: rule.instead for rule in rules}
    untouched = {*instead, *(rule.itself for rule in rules)}

    def exchanged(text: str) -> str:
        return _REFERENCE.sub(lambda found: instead.get(found[0], found[0]), text)

    def changed(found: re.Match[str]) -> str:
        head = _HEAD.match(found[0])
        return found[0] if head is None or head[1] in untouched else exchanged(found[0])

    ir = _DEFINITION.sub(changed, ir)
    lines = (exchanged(line) if line.startswith("@") else line for line in ir.splitlines(keepends=True))
    return "".join(lines) + "".join(rule.registration() for rule in rules)


@dataclass
class _Substitution:
    """A module in which functions are called instead of others."""

    ir: str
    instead: dict[str, list[str]]
    """For each function, what is called where derivatives up to order 1, 2, ... are made."""
    alike: set[str]
    """Functions that have the derivatives of another one."""
    opaque: set[str]
    """Functions that Enzyme does not look into: their names mean something to it."""
    definitions: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for found in _DEFINITION.finditer(self.ir):
            head = _HEAD.match(found[0])
            if head:
                self.definitions[head[1]] = found[0]
        self.highest = max((len(others) for others in self.instead.values()), default=0)
        self.rules = {other: order for name in self.instead for other, order in self._orders(name)}
        self.uses = {name: set(_REFERENCE.findall(text)) - {name} for name, text in self.definitions.items()}
        self.copied = self._reached() & self._affected()

    def text(self) -> str:
        changed = _DEFINITION.sub(lambda found: self._changed(found[0]), self.ir)
        orders = range(self.highest + 1)
        return "".join(self._outside(changed)) + "".join(
            self._copy(name, order) for order in orders for name in sorted(self.copied)
        )

    def _orders(self, name: str) -> Iterator[tuple[str, int]]:
        """What is called instead, and up to which order what it calls is differentiated."""
        others = self.instead[name]
        always = len(set(others)) == 1 < self.highest
        for order, other in enumerate(others, start=1):
            yield other, self.highest if always else order if name in self.alike else order - 1

    def _affected(self) -> set[str]:
        """Functions that call one with a rule, themselves or through others."""
        own = {*self.rules, *self.instead, *self.opaque}
        found: set[str] = set()
        while True:
            more = {n for n, uses in self.uses.items() if n not in own and uses & (found | self.instead.keys())}
            if more == found:
                return found
            found = more

    def _reached(self) -> set[str]:
        """Functions that rules call, themselves or through others."""
        waiting, seen = list(self.rules), set()
        while waiting:
            for other in self.uses.get(waiting.pop(), ()):
                if other not in seen and other not in self.instead and other not in self.rules:
                    seen.add(other)
                    waiting.append(other)
        return seen

    def _changed(self, definition: str) -> str:
        head = _HEAD.match(definition)
        name = head[1] if head else ""
        if name in self.rules:
            return self._with_copies(self._without_derivatives(definition), self.rules[name])
        return definition if name in self.instead else self._with_rules(definition, self.highest)

    def _outside(self, ir: str) -> Iterator[str]:
        """The module with tables of functions changed too."""
        for line in ir.splitlines(keepends=True):
            yield self._with_rules(line, self.highest) if line.startswith("@") else line

    def _with_rules(self, text: str, order: int) -> str:
        if order == 0:
            return self._without_derivatives(text)

        def other(found: re.Match[str]) -> str:
            others = self.instead.get(found[0])
            return others[order - 1] if others else found[0]

        return _REFERENCE.sub(other, text)

    def _without_derivatives(self, text: str) -> str:
        """Calls of functions with rules as they are, for their values alone."""

        def marked(line: str) -> str:
            call = _CALL.match(line)
            if call is None or call[1] not in self.instead:
                return line
            end = call.end() + len(inside(line, call.end() - 1)) + 1
            return f"{line[:end]} {_INACTIVE_CALL}{line[end:]}"

        return "".join(map(marked, text.splitlines(keepends=True)))

    def _with_copies(self, text: str, order: int) -> str:
        return _REFERENCE.sub(lambda found: _numbered(found[0], order) if found[0] in self.copied else found[0], text)

    def _copy(self, name: str, order: int) -> str:
        text = _DEBUG.sub("", _LINKAGE.sub("define internal ", _COMDAT.sub("", self.definitions[name])))
        return "\n" + self._with_copies(self._with_rules(text, order), order)


def _numbered(name: str, order: int) -> str:
    end = '"' if name.endswith('"') else ""
    return f"{name.removesuffix(end)}.order{order}{end}"


def _with_attributes(line: str, attributes: str) -> str:
    """A function's first line, with more attributes."""
    group = _GROUP.search(line)
    if group is None:
        end = line.rindex(")") + 1
        return f"{line[:end]} {attributes}{line[end:]}"
    return f"{line[: group.start(1)]}{attributes} {line[group.start(1) :]}"


def _described(ir: str) -> str:
    """Say of the functions without definition what Enzyme must know of them."""
    ir = _CONSTANT.sub(lambda found: _declaration("constant", found[1], 1, _INACTIVE_CALL), ir)
    # The remainder has the derivative 1 with respect to its first argument; the second one never has a derivative.
    return _VALUED.sub(lambda found: _declaration("valued", found[1], 2, f'"enzyme_math"="fmod{found[1]}"'), ir)


def _declaration(name: str, suffix: str, arguments: int, attribute: str) -> str:
    real = _real(suffix)
    types = ", ".join([real] * arguments)
    return f"declare {real} @zymogen_{name}{suffix}({types}) nounwind willreturn memory(none) {attribute}\n"


def _definition(name: str, suffix: str, parameters: str) -> str:
    real = _real(suffix)
    head = f"define internal {real} @zymogen_{name}{suffix}({parameters.format(real=real)}) alwaysinline nounwind"
    return f"{head} {{\n  ret {real} %value\n}}\n"


def _real(suffix: str) -> str:
    return "float" if suffix else "double"
