"""Sizes and times as people write them."""

from __future__ import annotations

import re

import typer

_sizes = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_times = {"s": 1, "m": 60, "h": 3600, "d": 24 * 3600, "w": 7 * 24 * 3600}


def size(text: str) -> int:
    """Bytes in `500MB`."""
    number, unit = _split(text)
    if unit.upper() not in _sizes:
        raise typer.BadParameter(f"{text!r} is no size. Write for example 500MB or 2GB.")
    return int(number * _sizes[unit.upper()])


def duration(text: str) -> float:
    """Seconds in `30d`."""
    number, unit = _split(text)
    if unit not in _times:
        raise typer.BadParameter(f"{text!r} is no time. Write for example 30d, 12h or 45m.")
    return number * _times[unit]


def readable_size(count: float) -> str:
    """Write a number of bytes for people."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.2f} GB"


def _split(text: str) -> tuple[float, str]:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*", text)
    return (float(match[1]), match[2]) if match else (0.0, "?")
