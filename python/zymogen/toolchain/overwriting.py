"""Stores whose place is hidden from Enzyme while it differentiates, so that it keeps what they overwrite.

The reverse pass of the pinned Enzyme asks whether a store overwrites what a load has read, and takes LLVM's answer for
one step of a loop: `u[i]` and `u[i + 1]` are different places. That a later step writes `u[i + 1]` is not seen, and the
reverse pass reads the new value: the gradient of ``u[i] = u[i] * u[i + 1]`` is silently wrong. With an offset that is
known to be zero only afterwards, each store may meet each load of the same array, and loaded values are kept.

The offset's load says that it is an integer, as Clang says it (TBAA): Enzyme must know the type of what it keeps.
"""

from __future__ import annotations

import re
from itertools import count

_FUNCTION = re.compile(r"^define .*?^}$", re.MULTILINE | re.DOTALL)
_LOAD = re.compile(r" = load (?:double|float|x86_fp80), ")
_STORE = re.compile(r"^  store (double|float|x86_fp80) ([^\n,]+), ptr ([%@]\S+?)(, [^\n]*)?$", re.MULTILINE)
_OFFSET = "zymogen_hidden_offset"
_DECLARATION = f"\n@{_OFFSET} = external hidden constant i64, align 8\n"
_NODE = re.compile(r"^!(\d+) = ", re.MULTILINE)
_DECLARED = re.compile(rf"^@{_OFFSET} = external hidden [^\n]*?constant i64", re.MULTILINE)


def hide_places(ir: str) -> str:
    """Give each store of a real number an offset that is not known, in functions of a module that load some too.

    A module without reverse mode is left as it is.
    """
    if "__enzyme_autodiff" not in ir:
        return ir
    numbers = count()
    integer = max((int(node) for node in _NODE.findall(ir)), default=-1) + 1

    def hidden(store: re.Match[str]) -> str:
        number = next(numbers)
        offset, place = f"%zymogen.offset.{number}", f"%zymogen.place.{number}"
        return (
            f"  {offset} = load i64, ptr @{_OFFSET}, align 8, !tbaa !{integer}\n"
            f"  {place} = getelementptr i8, ptr {store[3]}, i64 {offset}\n"
            f"  store {store[1]} {store[2]}, ptr {place}{store[4] or ''}"
        )

    def function(text: re.Match[str]) -> str:
        return _STORE.sub(hidden, text[0]) if _LOAD.search(text[0]) else text[0]

    changed = _FUNCTION.sub(function, ir)
    return changed + _DECLARATION + _is_integer(integer) if next(numbers) else ir


def _is_integer(node: int) -> str:
    """The description of a load of a `long`, as node number `node`."""
    return (
        f"!{node} = !{{!{node + 1}, !{node + 1}, i64 0}}\n"
        f'!{node + 1} = !{{!"long", !{node + 2}, i64 0}}\n'
        f'!{node + 2} = !{{!"omnipotent char", !{node + 3}, i64 0}}\n'
        f'!{node + 3} = !{{!"Simple C++ TBAA"}}\n'
    )


def reveal_places(ir: str) -> str:
    """Say, after Enzyme, that the offset is zero: the compiler then removes it."""
    return _DECLARED.sub(f"@{_OFFSET} = internal constant i64 0", ir)
