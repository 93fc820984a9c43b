"""What to write instead of special functions of C++17, most of which the bundled C++ library lacks."""

from __future__ import annotations

import re

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
    "hermite",
    "laguerre",
    "legendre",
    "riemann_zeta",
    "sph_bessel",
    "sph_legendre",
    "sph_neumann",
)
"""What `zymogen/special.hpp` has under the name of C++17."""

# With f or l, a name of C++17 is that for a float or a long double.
_MISSING = re.compile(rf"no member named '({'|'.join(IN_OUR_HEADER)})[fl]?' in namespace 'std'")


def advice_for_special_function(message: str) -> str | None:
    """Say where the function is that a message of clang misses in namespace std; None if it is about something else."""
    found = _MISSING.match(message)
    if found is None:
        return None
    return (
        f"zymogen: the C++ library of the toolchain lacks std::{found[1]}, and zymogen has it: "
        f"#include <zymogen/special.hpp> and write zymogen::{found[1]}."
    )
