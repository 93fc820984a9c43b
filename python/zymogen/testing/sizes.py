"""Sizes of LLVM's types in bytes, as far as pointers may lie in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from zymogen.ir.listing import inside, split

_SIZES = {"ptr": 8, "double": 8, "float": 4, "half": 2, "i128": 16, "i64": 8, "i32": 4, "i16": 2, "i8": 1, "i1": 1}
_ARRAY = re.compile(r"\[(\d+) x (.*)\]$")


def size_of(type_text: str) -> int | None:
    """The size of a type; None where it is not known here."""
    text = type_text.strip()
    array = _ARRAY.match(text)
    if array:
        element = size_of(array[2])
        return None if element is None else int(array[1]) * element
    return _SIZES.get(text)


def element_offsets(text: str) -> Iterator[tuple[int | None, tuple[int, ...]]]:
    """Offset and path of every single value in a type, or in a value whose type stands before it.

    The offset is None after a part whose size is not known; structures inside of structures are such parts.
    """
    stripped = text.strip()
    if not stripped.startswith("{"):
        yield 0, ()
        return
    offset: int | None = 0
    for number, part in enumerate(split(inside(stripped, 0))):
        size = size_of(part)
        if size is None or offset is None:
            offset = None
            yield None, (number,)
            continue
        offset += -offset % min(size, 16)
        yield offset, (number,)
        offset += size


def distance(element: str, indices: Iterable[str]) -> int | None:
    """Bytes that a getelementptr moves by, where they are known."""
    numbers = [index.split()[-1] for index in indices]
    if all(number == "0" for number in numbers):
        return 0
    size = size_of(element)
    if len(numbers) == 1 and size is not None and re.fullmatch(r"-?\d+", numbers[0]):
        return size * int(numbers[0])
    return None
