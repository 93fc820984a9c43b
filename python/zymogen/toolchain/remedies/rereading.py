"""Loads from a place from which a function loads again: what they read is kept, and not loaded once more.

Where nothing overwrites what was loaded, the reverse pass of the pinned Enzyme loads it again, and marks both loads as
an invariant group: as giving one value. If that value comes by several ways, LLVM replaces the second load by what was
loaded on each way, and takes these loads into the group too, though on one of them a call has changed the place in
between. It then uses what was there before the call where the kernel computes its values. A call that might write to
the place, as far as Enzyme can see, follows such loads while it works: what they read is kept instead.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection

from zymogen.ir.changes import read_changes, read_harmless
from zymogen.ir.flow import FUNCTION
from zymogen.ir.names import NAME
from zymogen.ir.places import read_places

_CALL = "zymogen_might_write"
_ATTRIBUTES = (
    'nofree nosync nounwind willreturn memory(argmem: readwrite) "enzyme_inactive" "enzyme_no_escaping_allocation"'
)
_DECLARATION = f"declare void @{_CALL}(ptr captures(none)) {_ATTRIBUTES}\n"
_LOAD = re.compile(
    rf"^  %{NAME} = load (?P<type>(?!volatile|atomic)[^\n,]+), ptr (?P<pointer>%{NAME})(?:, [^\n]*)?\n", re.MULTILINE
)
_ONLY_READ = re.compile(rf"\bptr (?:[^,\n]*? )?readonly (?:[^,\n]*? )?(%{NAME})(?=[,)])")
_WRITES = re.compile(rf"^ *(?:tail )?call void @{_CALL}\([^\n]*\n", re.MULTILINE)


def keep_what_is_read_again(ir: str) -> str:
    """Let a call follow loads from places from which a function loads twice, in a module as text with reverse mode."""
    if "__enzyme_autodiff" not in ir:
        return ir
    harmless = read_harmless(ir)
    text = FUNCTION.sub(lambda function: _kept(function[0], harmless), ir)
    return ir if text == ir else f"{text}\n{'' if _DECLARATION in text else _DECLARATION}"


def take_out_writes(ir: str) -> str:
    """Remove these calls, after Enzyme."""
    return _WRITES.sub("", ir)


def _kept(function: str, harmless: Collection[str]) -> str:
    if len(_LOAD.findall(function)) < 2:
        return function
    places = read_places(function)
    changes = read_changes(function, places, harmless)
    constant = set(_ONLY_READ.findall(function, 0, function.index("\n")))

    def may_change(load: re.Match[str]) -> bool:
        base = places.base(load["pointer"])
        # Variables of the namespace do not change where derivatives are made.
        return base not in constant and base[0] != "@" and changes.may_concern(load["type"], base)

    times = Counter(places.place(load["pointer"]) for load in _LOAD.finditer(function) if may_change(load))

    def followed(load: re.Match[str]) -> str:
        again = may_change(load) and times[places.place(load["pointer"])] > 1
        return f"{load[0]}  call void @{_CALL}(ptr {load['pointer']}) {_ATTRIBUTES}\n" if again else load[0]

    return _LOAD.sub(followed, function)
