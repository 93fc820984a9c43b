"""Other flags than those that zymogen gives to the compiler and to Enzyme, and builds with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal
from unittest import mock

from zymogen.build import environment
from zymogen.runtime import kernel
from zymogen.toolchain import commands, enzyme

_NO_VECTORS = ("-fno-vectorize", "-fno-slp-vectorize")
_MEMCPYOPT = ("-mllvm", "-opt-disable=memcpyopt")


@dataclass(frozen=True)
class Variation:
    """One change of the flags of one stage; without any, what zymogen does."""

    name: str
    stage: Literal["before Enzyme", "Enzyme", "after Enzyme", "arithmetic", ""] = ""
    without: tuple[str, ...] = ()
    and_with: tuple[str, ...] = ()
    maths: tuple[str, ...] = ("strict", "fast")
    """The kinds of arithmetic that it is a change of."""

    def applied(self, flags: tuple[str, ...]) -> tuple[str, ...]:
        """Flags after the change; what comes last has the last word."""
        return (*(flag for flag in flags if flag not in self.without), *self.and_with)


AS_IS = Variation("as zymogen does")

VARIATIONS = (
    AS_IS,
    Variation("the same again: what is noise"),
    Variation("`-O1`", "before Enzyme", ("-O2",), ("-O1",)),
    Variation("`-O3`", "before Enzyme", ("-O2",), ("-O3",)),
    Variation("loops unrolled", "before Enzyme", ("-fno-unroll-loops",), ("-funroll-loops",)),
    Variation("vectors", "before Enzyme", _NO_VECTORS),
    Variation("LLVM's memcpyopt", "before Enzyme", _MEMCPYOPT),
    Variation("`--enzyme-mincut-cache=0`", "Enzyme", (), ("--enzyme-mincut-cache=0",)),
    Variation("`--enzyme-rematerialize=0`", "Enzyme", (), ("--enzyme-rematerialize=0",)),
    Variation("`--enzyme-preopt=0`", "Enzyme", (), ("--enzyme-preopt=0",)),
    Variation("`-O2`", "after Enzyme", ("-O3",), ("-O2",)),
    Variation("`-fno-unroll-loops`", "after Enzyme", (), ("-fno-unroll-loops",)),
    Variation("`-fno-slp-vectorize`", "after Enzyme", (), ("-fno-slp-vectorize",)),
    Variation("`-mprefer-vector-width=512`", "after Enzyme", (), ("-mprefer-vector-width=512",)),
    Variation("`-mprefer-vector-width=128`", "after Enzyme", (), ("-mprefer-vector-width=128",)),
    Variation("`-inline-threshold=1000`", "after Enzyme", (), ("-mllvm", "-inline-threshold=1000")),
    Variation("`-fmath-errno`", "arithmetic", ("-fno-math-errno",), ("-fmath-errno",)),
    Variation("`-ffp-contract=on`", "arithmetic", ("-ffp-contract=off",), ("-ffp-contract=on",), ("strict",)),
    Variation(
        "`-ffp-contract=fast` alone", "arithmetic", ("-funsafe-math-optimizations",), ("-ffp-contract=fast",), ("fast",)
    ),
    Variation("`-ffast-math`", "arithmetic", ("-funsafe-math-optimizations",), ("-ffast-math",), ("fast",)),
)


@contextmanager
def built_with(variation: Variation) -> Iterator[None]:
    """What is built within has the variation's flags, of which keys of the cache are made as well."""
    before, maths, options = commands.BEFORE_ENZYME, commands.MATH, enzyme.enzyme_options
    generate = commands._generate  # noqa: SLF001 - nobody else changes flags
    of = variation.applied
    changes = {
        "before Enzyme": (commands, {"BEFORE_ENZYME": of(before)}),
        "Enzyme": (enzyme, {"enzyme_options": lambda **given: of(options(**given))}),
        "after Enzyme": (commands, {"_generate": lambda *given: [*of(tuple(generate(*given)))]}),
        "arithmetic": (
            commands,
            {"MATH": {math: of(flags) if math in variation.maths else flags for math, flags in maths.items()}},
        ),
    }
    module, replaced = changes.get(variation.stage, (commands, {"BEFORE_ENZYME": before}))
    package = environment._package_digest()  # noqa: SLF001 - what is changed here stands in no file of it
    changed = f"{package} {variation}" if variation.stage else package
    known = kernel._artifacts  # noqa: SLF001 - nobody else has to forget
    known.clear()
    try:
        with (
            mock.patch.multiple(module, **replaced),
            mock.patch.object(environment, "_package_digest", return_value=changed),
        ):
            yield
    finally:
        known.clear()
