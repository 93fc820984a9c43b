"""Which functions of a build are kernels, and where they were registered: generated code alone calls these."""

from __future__ import annotations

import re
from collections.abc import Mapping

Registrations = Mapping[str, str]
"""The place of its registration, file and line, for the qualified name of each kernel's function."""


def registration(name: str, kernels: Registrations) -> str | None:
    """Where a function was registered as a kernel, if it was.

    Parameters
    ----------
    name : of the function, demangled: `physics::model(double)`, `double model<double>(double)`, or in C `model`
    """
    for function, place in kernels.items():
        qualified = re.escape(function.removeprefix("::").partition("<")[0])
        if re.search(rf"(?:^|\s){qualified}(?=[<(\[]|$)", name):
            return place
    return None
