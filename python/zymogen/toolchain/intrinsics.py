"""Functions of libm that clang writes as LLVM intrinsics, and Enzyme knows by their C names only."""

from __future__ import annotations

import re

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
