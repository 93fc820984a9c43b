"""What to write instead of special functions of C++17, most of which the bundled C++ library lacks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

IN_OUR_HEADER = (
    "assoc_laguerre",
    "assoc_legendre",
    "beta",
    "comp_ellint_1",
    "comp_ellint_2",
    "comp_ellint_3",
    "cyl_bessel_i",
    "cyl_bessel_j",
    "cyl_bessel_k",
    "cyl_neumann",
    "ellint_1",
    "ellint_2",
    "ellint_3",
    "expint",
    "laguerre",
    "legendre",
    "riemann_zeta",
    "sph_bessel",
    "sph_legendre",
    "sph_neumann",
)
"""What `zymogen/special.hpp` has under the name of C++17, and the C++ library lacks: std::hermite is there."""

# With f or l, a name of C++17 is that for a float or a long double.
_NAME = rf"'(?P<name>{'|'.join(IN_OUR_HEADER)})[fl]?'"
_MISSING = re.compile(rf"no member named {_NAME} in namespace 'std'")
_UNDECLARED = re.compile(rf"use of undeclared identifier {_NAME}")


def advice_for_special_function(message: str, excerpt: Sequence[str] = ()) -> str | None:
    """Say where the function is that clang misses.

    Parameters
    ----------
    message : what clang says
    excerpt : the lines of source that it shows

    Returns
    -------
    None if the message is about something else. So is an undeclared name that is not called: a variable's may be beta.
    """
    found = _MISSING.match(message)
    if found is None:
        found = _UNDECLARED.match(message)
        if found is None or not any(re.search(rf"\b{found['name']}[fl]?\s*\(", line) for line in excerpt):
            return None
    return (
        f"zymogen: the C++ library of the toolchain lacks std::{found['name']}, and zymogen has it: "
        f"#include <zymogen/special.hpp> and write zymogen::{found['name']}."
    )
