"""Which processors a library is for, and which of several the processor at hand can run best."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Sequence

from zymogen.build.key import cpu_features
from zymogen.errors import ArgumentError

NATIVE = "native"

# What each level adds, in the words of /proc/cpuinfo, from the x86-64 psABI, section 3.1.1 (micro-architecture levels).
_ADDED = {
    "x86-64": (),
    "x86-64-v2": ("cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3"),
    "x86-64-v3": ("abm", "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe", "xsave"),
    "x86-64-v4": ("avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"),
}
_LEVELS = tuple(_ADDED)
# What compiled code can use. The rest of a processor's flags differ between machines, and kernels, of one kind.
_USED = re.compile(
    "pni|s?sse|avx|amx|bmi|fma|f16c|abm|movbe|popcnt|cx16|lahf_lm|adx|aes|vaes|v?pclmulqdq|gfni|sha|xsave|rdrand|rdseed"
)
_OTHERS = {"aarch64": "armv8-a", "arm64": "armv8-a"}


def default_architecture() -> str:
    """What runs on all processors that NumPy's own wheels run on."""
    return _OTHERS.get(platform.machine(), "x86-64-v2")


def check_architecture(name: str, call: str) -> None:
    """Refuse an architecture of which it is not known what it needs.

    Raises
    ------
    ArgumentError
        That lists those that are known.
    """
    known = (*_LEVELS, NATIVE) if platform.machine() == "x86_64" else (default_architecture(), NATIVE)
    if name not in known:
        raise ArgumentError(f"{call}: ARCH is {name!r}. Expected are any of {', '.join(known)}.")


def features_of(name: str) -> tuple[str, ...]:
    """What a processor must have to run code for an architecture; for `native`, all that this one has."""
    if name == NATIVE:
        is_x86 = platform.machine() == "x86_64"
        return tuple(sorted(feature for feature in cpu_features() if not is_x86 or _USED.match(feature)))
    levels = _LEVELS[: _LEVELS.index(name) + 1] if name in _LEVELS else ()
    return tuple(feature for level in levels for feature in _ADDED[level])


def best(choices: Sequence[tuple[str, Iterable[str]]]) -> int | None:
    """The number of the choice that needs most of what this processor has; None where it can run none of them.

    Parameters
    ----------
    choices : names of architectures, and what each needs
    """
    here = cpu_features()
    needs = [frozenset(needed) for _, needed in choices]
    # Where nobody says what the processor has, only code without needs is safe.
    able = [number for number, needed in enumerate(needs) if needed <= here]
    return max(able, key=lambda number: len(needs[number]), default=None)
