"""Names as C++ writes them, from names as they stand in LLVM IR."""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# What Enzyme puts before a function's name for the functions that it derives from it.
_PREFIX = re.compile(
    r"^(?:preprocess_|augmented_|fixaugmented_|fixdiffe\d*|fixgradient_|fwddiffe\d*|fwdsplitdiffe\d*|diffe\d*"
    r"|fakeaugmented_)+(?=.)"
)

_DYNAMIC = re.compile(r"(\bstd::span<[^<>]*), 18446744073709551615ul>")


def demangle(symbol: str) -> str:
    """Give the C++ name of the function that `symbol` is, or is derived from by Enzyme.

    A name that is no mangled one is returned without Enzyme's prefixes.
    """
    plain = _PREFIX.sub("", symbol.strip('"'))
    if not plain.startswith("_Z"):
        return plain
    decode: Callable[[str], str] = importlib.import_module("zymogen._core").demangle
    return as_written(decode(plain))


def as_written(name: str) -> str:
    """A demangled name without what nobody writes: the C++ library's inner namespace, the extent of a std::span."""
    return _DYNAMIC.sub(r"\1>", name.replace("std::__1::", "std::"))
