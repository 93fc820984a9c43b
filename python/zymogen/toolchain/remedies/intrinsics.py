"""Intrinsics of LLVM that Enzyme cannot differentiate, replaced in a module's text by what it can."""

from __future__ import annotations

import re

from zymogen.ir.metadata import free_number

# With -fno-math-errno clang writes most of <cmath> as intrinsics. Enzyme has a derivative for all of them but
# these (measured with LLVM 22), for which it has one under the names that C gives them.
_NAMES = ("tan", "atan2")
_SUFFIXES = {"f32": "f", "f64": "", "f80": "l"}

_INTRINSIC = re.compile(rf"@llvm\.({'|'.join(_NAMES)})\.({'|'.join(_SUFFIXES)})(?=\()")
_DECLARATION = re.compile(r"^declare [^@\n]*@(\w+)\(.*\n", re.MULTILINE)


def name_as_c_does(ir: str) -> str:
    """Replace intrinsics that Enzyme does not know, in a module's text, by the functions they stand for."""
    renamed, count = _INTRINSIC.subn(lambda found: f"@{found[1]}{_SUFFIXES[found[2]]}", ir)
    if count == 0:
        return ir
    # A module that used both has two declarations now, and may have only one.
    seen: set[str] = set()

    def first(found: re.Match[str]) -> str:
        if found[1] in seen:
            return ""
        seen.add(found[1])
        return found[0]

    return _DECLARATION.sub(first, renamed)


_MOVE = re.compile(
    r"@llvm\.memmove\.p0\.p0\.i64\((?P<arguments>[^\n]*?), i1 (?:false|true)\)(?P<notes>[^\n]*?!dbg (?P<place>!\d+))?"
)
_MOVE_DECLARATION = re.compile(r"^declare [^\n]*@llvm\.memmove\.p0\.p0\.i64\(.*\n", re.MULTILINE)
# Algorithms and containers of the C++ library move elements by this template of its.
_MOVES_ELEMENTS = re.compile(
    r'^(!\d+) = distinct !DISubprogram\(name: "__constexpr_memmove<(?:unsigned )?(double|float|int|long)[,>]',
    re.MULTILINE,
)
# And by this one where a container grows.
_COPIES_ELEMENTS = re.compile(
    r'^(!\d+) = distinct !DISubprogram\(name: "__uninitialized_allocator_relocate<std::__1::allocator<'
    r"(?:unsigned )?(double|float|int|long)>",
    re.MULTILINE,
)
_COPY = re.compile(
    r"^(?P<call>[^\n]*call void @llvm\.memcpy\.[^\n]*, !dbg (?P<place>!\d+))(?![^\n]*!tbaa )", re.MULTILINE
)
_SCALAR = re.compile(r'^(!\d+) = !\{!"(double|float|int|long)", ', re.MULTILINE)
_PLACE = re.compile(r"^(!\d+) = (?:distinct )?!DILocation\([^\n]*\bscope: (!\d+)", re.MULTILINE)


def move_through_a_copy(ir: str) -> str:
    """Replace copies between places that overlap by `zymogen_move` of `zymogen/entry.hpp`.

    The reverse pass of the pinned Enzyme treats them as if nothing overlapped, which is wrong where an array is
    shifted towards its start. Of which type the elements are is told where the C++ library has moved them: Enzyme
    finds it out by itself only where the distance between the places and the start of the array is known.
    """
    if "@zymogen_move = " not in ir:  # no entry of ours
        return ir
    moves = dict(_MOVES_ELEMENTS.findall(ir))
    elements = {place: moves[scope] for place, scope in _PLACE.findall(ir) if scope in moves} if moves else {}

    def through_a_copy(call: re.Match[str]) -> str:
        element = elements.get(call["place"])
        function = f"zymogen_move_{element}" if element else "zymogen_move"
        return f"@{function}({call['arguments']}){call['notes'] or ''}"

    return _MOVE.sub(through_a_copy, _MOVE_DECLARATION.sub("", ir))


def tell_what_is_copied(ir: str) -> str:
    """Say of which type elements are that the C++ library copies where a container grows, in a module as text.

    Enzyme does not find it out by itself where the container has its memory by several ways.
    """
    copies = dict(_COPIES_ELEMENTS.findall(ir))
    if not copies:
        return ir
    elements = {place: copies[scope] for place, scope in _PLACE.findall(ir) if scope in copies}
    scalars = {element: number for number, element in _SCALAR.findall(ir)}
    tags = {element: f"!{number}" for number, element in enumerate(scalars, free_number(ir))}

    def told(copy: re.Match[str]) -> str:
        element = elements.get(copy["place"])
        return f"{copy['call']}, !tbaa {tags[element]}" if element in tags else copy["call"]

    text = _COPY.sub(told, ir)
    accesses = (f"{tag} = !{{{scalars[element]}, {scalars[element]}, i64 0}}\n" for element, tag in tags.items())
    return ir if text == ir else f"{text}\n{''.join(accesses)}"
