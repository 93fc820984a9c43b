"""The plan of a sparse derivative as a page of text."""

from __future__ import annotations

from zymogen.runtime.explanation import Explanation
from zymogen.sparse.coloring import Coloring
from zymogen.sparse.compression import Compression
from zymogen.sparse.detection import Detection


def page(
    name: str,
    matrix: str,
    pattern: tuple[tuple[int, int], int] | None,
    detection: Detection | None,
    coloring: Coloring | None,
    compression: Compression | None,
) -> Explanation:
    """What is known of a sparse derivative so far.

    Parameters
    ----------
    matrix : what its rows and columns are
    pattern : shape and number of entries
    """
    lines = [name, "=" * len(name), _line("matrix", matrix)]
    if pattern is None or coloring is None:
        lines.append(_line("pattern", "not detected yet: at the first call, or at the points of at="))
        return Explanation("\n".join(lines))
    (m, n), entries = pattern
    share = f" ({entries / (m * n):.2g} of all)" if m * n else ""
    origin = "given" if detection is None else str(detection)
    lines += [
        _line("pattern", f"{m} x {n}, {entries} entries{share}, {origin}"),
        _line("colouring", str(coloring)),
        _line("passes", f"{_passes(coloring, compression)} for each call, {_PASS[coloring.mode]}"),
    ]
    if compression is None:
        lines.append(_line("memory", "known after the first call"))
        return Explanation("\n".join(lines))
    size = compression.dtype.itemsize
    blocks = len(compression.blocks)
    parts = f" (in {blocks} parts, one after the other)" if blocks > 1 else ""
    lines += [
        _line("products", f"one call of {compression.product.name} with {coloring.count} vectors{parts}"),
        _line(
            "memory",
            f"{_bytes(compression.memory)} of work buffers for each call that runs at the same time, "
            f"{_bytes(compression.plan_memory)} for the plan; the result has {_bytes(entries * (size + 4) + 4 * m)}",
        ),
    ]
    return Explanation("\n".join(lines))


_PASS = {
    "forward": "forward, along the columns of each colour",
    "reverse": "reverse, for the rows of each colour",
    "symmetric": "forward and reverse, one in the other, along the columns of each colour",
}


def _passes(coloring: Coloring, compression: Compression | None) -> str:
    if compression is None or compression.lanes == 1:
        return str(coloring.count)
    return f"{-(-coloring.count // compression.lanes)} with {compression.lanes} directions"


def _line(label: str, text: str) -> str:
    return label.ljust(12) + text


def _bytes(count: int) -> str:
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count} bytes"
