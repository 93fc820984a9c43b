"""Files that come with the package beside Python: C++ headers and the toolchain's lock file."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from zymogen.errors import ZymogenError


def include_folder() -> Path:
    """Folder to search for `#include <zymogen/kernel.hpp>`."""
    return _folder() / "include"


def cmake_folder() -> Path:
    """Folder in which `find_package(zymogen)` finds what it needs."""
    return _folder().parent / "zymogen_cmake"


def lock_file() -> Path:
    """Names and sums of the wheels that make the toolchain."""
    return _folder() / "toolchain.lock.json"


@cache
def _folder() -> Path:
    # Next to the compiled extension, not to this file: in an editable installation they differ.
    found = find_spec("zymogen._core")
    if found is None or found.origin is None:
        raise ZymogenError(
            "zymogen: its compiled extension zymogen._core is not there. It comes with every installation "
            "of the package. Install it again with `python -m pip install --force-reinstall zymogen`."
        )
    return Path(found.origin).parent
