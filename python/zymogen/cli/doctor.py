"""One page on everything, ending with a real derivative."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from zymogen.cli.page import Fact, show
from zymogen.cli.surroundings import cache_facts, python_facts
from zymogen.cli.tools import machine_facts, tool_facts
from zymogen.errors import ZymogenError

if TYPE_CHECKING:
    from collections.abc import Iterator

_source = """#include <zymogen/kernel.hpp>

double square(double x) { return x * x; }
ZYMOGEN_KERNEL(square, "x() -> ()");
"""


def examine() -> bool:
    """Print the page.

    Returns
    -------
    bool
        Whether everything works.
    """
    return show(
        {
            "Toolchain": tool_facts(),
            "Machine": machine_facts(),
            "Python": python_facts(),
            "Cache": cache_facts(),
            "A derivative": gradient_facts(),
        }
    )


def gradient_facts() -> Iterator[Fact]:
    """Compile x*x and differentiate it, as a user would."""
    name = "d(x*x)/dx at 3"
    start = time.monotonic()
    try:
        import zymogen as zg

        library = zg.compile(_source)
        slope = float(zg.grad(library.square, "x")(3.0))
    except ZymogenError as problem:
        yield Fact(name, "failed", str(problem))
        return
    except (ImportError, AttributeError, OSError) as problem:
        yield Fact(name, f"failed: {problem!r}", "Install zymogen again; if that does not help, report it.")
        return
    seconds = time.monotonic() - start
    if slope == 6.0:
        yield Fact(name, f"6, after {seconds:.2f} s (less when it was built before)")
    else:
        yield Fact(name, f"{slope}, and 6 is expected", "Run `zymogen cache clear`, try again, report it.")
