"""Two pictures of a report: times over the fastest, and what one row costs over the number of rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from contenders import CONTENDERS
from report import by_quantity, fastest

mpl.use("Agg")
import matplotlib.pyplot as plt

# Those who compute with derivatives written by hand are hollow; zymogen is in colours of its own.
_MARKERS = {
    "zymogen": ("o", "#c0392b", True),
    "zymogen, fast": ("D", "#e67e22", True),
    "C++ by hand": ("o", "#555555", False),
    "C++ by hand, fast": ("D", "#555555", False),
    "Numba by hand": ("s", "#555555", False),
    "JAX": ("^", "#2471a3", True),
    "PyTorch": ("v", "#8e44ad", True),
    "NumPy differences": ("x", "#27ae60", True),
}


def draw_ratios(report: Mapping[str, Any], file: Path) -> None:
    """One line for each quantity of each problem."""
    groups = [group for group in by_quantity(report["figures"]) if is_race(group)]
    figure, axes = plt.subplots(figsize=(9, 1.2 + 0.27 * len(groups)), layout="constrained")
    for line, group in enumerate(groups):
        best = fastest(group)
        axes.axhline(line, color="#dddddd", linewidth=0.6, zorder=0)
        for row in group:
            if "missing" not in row:
                axes.plot(row["median"] / best, line, **_style(row["contender"]), linestyle="none")
    axes.set_yticks(range(len(groups)), [label(group[0]) for group in groups], fontsize=8)
    axes.set_ylim(len(groups) - 0.5, -0.5)
    axes.set_xscale("log")
    axes.set_xlabel("times the fastest")
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    _add_legend(figure, axes)
    figure.savefig(file, dpi=110)
    plt.close(figure)


def draw_linearity(report: Mapping[str, Any], file: Path) -> None:
    """One panel for each curve; flat is linear."""
    rows = [row for row in report["figures"] if row["problem"] == "linearity" and "missing" not in row]
    rows = [row for row in rows if float(row["size"]) > 2]
    curves = list(dict.fromkeys(row["quantity"] for row in rows))
    figure, panels = plt.subplots(2, -(-len(curves) // 2), figsize=(9, 5.5), layout="constrained", squeeze=False)
    for panel in panels.flat[len(curves) :]:
        panel.remove()
    for panel, curve in zip(panels.flat, curves, strict=False):
        for name in dict.fromkeys(row["contender"] for row in rows):
            points = [
                (float(row["size"]), 1e9 * row["median"] / float(row["size"]))
                for row in rows
                if (row["quantity"], row["contender"]) == (curve, name)
            ]
            panel.plot(*zip(*points, strict=True), **_style(name), linewidth=1)
        panel.set(xscale="log", yscale="log", title=curve)
        panel.set_xlabel("n" if curve.startswith("A") else "rows")
        panel.set_ylabel("ns for one")
        panel.grid(color="#dddddd", linewidth=0.6)
    _add_legend(figure, panels[0, 0])
    figure.savefig(file, dpi=110)
    plt.close(figure)


def is_race(group: list[dict[str, Any]]) -> bool:
    """Whether it is between different contenders at one size."""
    return group[0]["problem"] not in {"linearity", "threads"} and fastest(group) is not None


def label(row: Mapping[str, Any]) -> str:
    return f"{row['problem']}: {row['quantity']}, {row['size']}"


def _style(contender: str) -> dict[str, Any]:
    marker, color, filled = _MARKERS[contender]
    face = color if filled else "white"
    return {"marker": marker, "color": color, "markerfacecolor": face, "markersize": 5.5, "label": contender}


def _add_legend(figure: plt.Figure, axes: plt.Axes) -> None:
    handles = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    names = [contender.name for contender in CONTENDERS if contender.name in handles]
    figure.legend([handles[name] for name in names], names, loc="outside upper center", ncols=4, fontsize=8)
