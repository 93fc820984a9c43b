"""Where installed packages keep libraries and headers for C++."""

from __future__ import annotations

import importlib.metadata


def file_of(package: str, path: str) -> str:
    """A file or folder of an installed package."""
    return str(importlib.metadata.distribution(package).locate_file(path))
