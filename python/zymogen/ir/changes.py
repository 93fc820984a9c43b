"""What a function of a listing may write to."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from zymogen.ir.names import NAME
from zymogen.ir.places import Places

_REAL = re.compile("double|float|x86_fp80")
_STORE = re.compile(rf"^  store (?P<type>\S+) [^\n]*, ptr (?P<pointer>[%@]{NAME})(?=[,\n])", re.MULTILINE)
_COPY = re.compile(
    rf"^ *(?:tail )?call void @llvm\.mem(?:cpy|move|set)\.[^(]*\(ptr [^%@\n]*(?P<pointer>[%@]{NAME})", re.MULTILINE
)
_CALL = re.compile(
    rf"^ *(?:%\S+ = )?(?:\w+ )?(?:call|invoke) (?![^\n]*@llvm\.)[^\n]*?(?P<function>\basm\b|[%@]{NAME}(?=\())",
    re.MULTILINE,
)
_LOCAL = re.compile(rf"^  (%{NAME}) = alloca ", re.MULTILINE)
_ARGUMENT = re.compile(rf"\bptr (?:[^,\n]*? )?(%{NAME})(?=[,)])")
_DECLARED = re.compile(
    rf"^(?:declare|define) [^\n]*?(?P<function>@{NAME})\([^\n]*\)[^\n]* (?P<group>#\d+)", re.MULTILINE
)
_CHANGES_NOTHING = re.compile(
    r"^attributes (#\d+) = \{[^\n]* memory\((?:none|read|argmem: read|inaccessiblemem: \w+)\)", re.MULTILINE
)
_ALLOCATE = frozenset({"@_Znwm", "@_Znam", "@_ZdlPv", "@_ZdlPvm", "@_ZdaPv", "@_ZdaPvm", "@malloc", "@free"})


@dataclass(frozen=True)
class Changes:
    """Where a function may write."""

    anywhere: bool
    """By calls."""
    reals: frozenset[str]
    """Pointers that the places of real numbers are reckoned from."""
    others: frozenset[str]
    """Those that places of anything else are reckoned from."""
    local: frozenset[str]
    """Pointers to the function's own variables."""
    arguments: frozenset[str]

    def may_concern(self, kind: str, base: str) -> bool:
        """Whether a value of this type, at a place that is reckoned from `base`, may be another one later.

        A real number does not replace a pointer; it replaces an integer only where its own bits are read as one.
        """
        if self.anywhere or not all(self._apart(base, other) for other in self.others):
            return True
        if _REAL.fullmatch(kind):
            return not all(self._apart(base, other) for other in self.reals)
        known = self.local | self.arguments
        return kind != "ptr" and any(base == other or known.isdisjoint((base, other)) for other in self.reals)

    def _apart(self, one: str, other: str) -> bool:
        """No argument leads to a variable of the function, and no such variable to another one."""
        return one != other and {one, other} <= self.local | self.arguments and not {one, other} <= self.arguments


def read_changes(function: str, places: Places, harmless: Collection[str]) -> Changes:
    """Read what a function writes; calls of `harmless` functions count as nothing."""
    stores = [(_REAL.fullmatch(store["type"]), places.base(store["pointer"])) for store in _STORE.finditer(function)]
    copies = [places.base(copy["pointer"]) for copy in _COPY.finditer(function)]
    return Changes(
        anywhere=any(call["function"] not in harmless for call in _CALL.finditer(function)),
        reals=frozenset(base for real, base in stores if real),
        others=frozenset([*(base for real, base in stores if not real), *copies]),
        local=frozenset(_LOCAL.findall(function)),
        arguments=frozenset(_ARGUMENT.findall(function, 0, function.index("\n"))),
    )


def read_harmless(ir: str) -> frozenset[str]:
    """The functions of a module that write nowhere, or to what nobody has yet or has any more."""
    groups = set(_CHANGES_NOTHING.findall(ir))
    return _ALLOCATE.union(found["function"] for found in _DECLARED.finditer(ir) if found["group"] in groups)
