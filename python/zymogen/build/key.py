"""Keys of the store: a digest of everything that a build depends on, the processor included."""

from __future__ import annotations

import functools
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

Part: TypeAlias = "str | bytes | bool | int | tuple[Part, ...] | Mapping[str, Part] | None"

# The lines of /proc/cpuinfo that say what code a processor runs (x86, then ARM). Clock rates and bug lists
# are not among them: they differ between boots of one machine.
_CPU_MODEL = ("vendor_id", "cpu family", "model", "model name", "CPU implementer", "CPU variant", "CPU part")
_CPU_FLAGS = ("flags", "Features")


def digest(*parts: Part) -> str:
    """A stable sha256 of values, as 64 hexadecimal digits.

    Every part is written with its type and its length, so that different values never give the same text:
    ``digest("ab", "c")``, ``digest("a", "bc")``, ``digest(("ab", "c"))`` and ``digest("1")``, ``digest(1)``,
    ``digest(True)`` are all different. Dictionaries are sorted by key.

    Parameters
    ----------
    *parts : str, bytes, bool, int, None, or tuples and dictionaries of these

    Raises
    ------
    TypeError
        For any other type. Paths are refused because what counts is the content of a file or its name as
        text, and only the caller knows which.
    """
    return sha256(_encoded(parts))


def sha256(content: bytes) -> str:
    """The sha256 of bytes, as 64 hexadecimal digits."""
    # Brings in OpenSSL, and an extension module is imported without a digest of anything.
    import hashlib

    return hashlib.sha256(content).hexdigest()


def _encoded(part: object) -> bytes:
    match part:
        case None:
            kind, content = b"n", b""
        case bool():
            kind, content = b"t", b"1" if part else b"0"
        case int():
            kind, content = b"i", b"%d" % part
        case str():
            # File names may hold lone surrogates, which stand for bytes that are no UTF-8.
            kind, content = b"s", part.encode("utf-8", "surrogatepass")
        case bytes():
            kind, content = b"b", part
        case tuple():
            kind, content = b"(", b"".join(map(_encoded, part))
        case Mapping():
            pairs = sorted((_encoded(name), _encoded(value)) for name, value in part.items())
            kind, content = b"{", b"".join(name + value for name, value in pairs)
        case _:
            raise TypeError(
                f"digest: {part!r} is a {type(part).__name__}. Keys are made of str, bytes, bool, int, "
                "None, tuples and dictionaries. Convert it, and decide whether a path stands for its name "
                "or its content."
            )
    return b"%b%d:%b" % (kind, len(content), content)


@functools.cache
def cpu_identity() -> str:
    """The processor that this process runs on, as one readable line; equal lines run the same machine code.

    Code is compiled for the processor at hand, so this is part of every key: a home folder shared by
    different nodes of a cluster holds one build for each kind of node.
    """
    fields = _first_processor(Path("/proc/cpuinfo"))
    features = next((fields[name] for name in _CPU_FLAGS if name in fields), "")
    if not features:
        return f"{platform.machine()} {platform.processor() or platform.system()}"
    model = "/".join(fields[name] for name in _CPU_MODEL if name in fields)
    return f"{os.uname().machine} {model} features {digest(*sorted(features.split()))[:16]}"


def cpu_features() -> frozenset[str]:
    """What the processor can do, in the words of /proc/cpuinfo; empty where there is no such file."""
    fields = _first_processor(Path("/proc/cpuinfo"))
    return frozenset(next((fields[name] for name in _CPU_FLAGS if name in fields), "").split())


def _first_processor(path: Path) -> dict[str, str]:
    """The first block of a file like /proc/cpuinfo; empty when there is no such file.

    Only the first block is read: the kernel makes the text while it is read, and a hundred processors cost
    milliseconds.
    """
    text = b""
    try:
        with path.open("rb", buffering=0) as stream:
            while b"\n\n" not in text and (more := stream.read(4096)):
                text += more
    except OSError:
        return {}
    lines = text.split(b"\n\n")[0].decode("utf-8", "replace").splitlines()
    return {name.strip(): value.strip() for name, colon, value in (line.partition(":") for line in lines) if colon}
