"""The fitted mixture as a picture: data and covariance ellipses in two planes, and how the optimiser got there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from iris import MEASUREMENTS
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Ellipse
from mixture import Fit, Parameters

COLOURS = ("#0072b2", "#d55e00", "#009e73")  # told apart by colour-blind readers too (Okabe and Ito)
MARKERS = ("o", "s", "^")
PLANES = ((2, 3), (0, 1))


def draw(
    path: Path, data: np.ndarray, species: np.ndarray, memberships: np.ndarray, best: Fit, fits: Sequence[Fit]
) -> None:
    """Save the picture as PNG."""
    style = {"font.size": 10, "axes.spines.top": False, "axes.spines.right": False, "axes.titlelocation": "left"}
    with mpl.rc_context(style):
        figure = Figure(figsize=(14, 5), layout="constrained")
        figure.suptitle("Fisher's irises: a mixture of three Gaussians, fitted without knowing the species")
        left, middle, right = figure.subplots(1, 3)
        for axes, plane in zip((left, middle), PLANES, strict=True):
            _draw_plane(axes, plane, data, species, memberships.argmax(axis=1), best.parameters)
        left.set_title("Petals; ellipses at 1 and 2 standard deviations")
        middle.set_title("Sepals")
        _draw_paths(right, best, fits)
        figure.legend(handles=_legend(species, best.parameters), loc="outside lower center", ncols=8, frameon=False)
        path.parent.mkdir(exist_ok=True)
        figure.savefig(path, dpi=120)


def _draw_plane(
    axes: Axes, plane: tuple[int, int], data: np.ndarray, species: np.ndarray, component: np.ndarray, fit: Parameters
) -> None:
    for kind, marker in zip(np.unique(species), MARKERS, strict=True):
        for j, colour in enumerate(COLOURS):
            chosen = data[(species == kind) & (component == j)][:, plane]
            axes.scatter(*chosen.T, s=26, marker=marker, color=colour, alpha=0.55, linewidths=0)
    for j, colour in enumerate(COLOURS):
        for deviations in (1, 2):
            axes.add_patch(_ellipse(fit.means[j], fit.covariances[j], plane, deviations, colour))
        axes.plot(*fit.means[j][list(plane)], marker="+", markersize=11, markeredgewidth=2, color=colour)
    axes.set_xlabel(f"{MEASUREMENTS[plane[0]]} (cm)")
    axes.set_ylabel(f"{MEASUREMENTS[plane[1]]} (cm)")


def _ellipse(mean: np.ndarray, covariance: np.ndarray, plane: tuple[int, int], deviations: int, colour: str) -> Ellipse:
    squares, axes = np.linalg.eigh(covariance[np.ix_(plane, plane)])
    narrow, wide = 2 * deviations * np.sqrt(squares)
    angle = np.degrees(np.arctan2(axes[1, 1], axes[0, 1]))
    return Ellipse(
        tuple(mean[list(plane)]), wide, narrow, angle=angle, fill=False, edgecolor=colour, linewidth=2 / deviations
    )


def _draw_paths(axes: Axes, best: Fit, fits: Sequence[Fit]) -> None:
    for fit in fits:
        colour = "tab:red" if fit.parameters.is_degenerate else "0.65"
        axes.plot(range(1, len(fit.path) + 1), fit.path, color=colour, linewidth=1)
    axes.plot(range(1, len(best.path) + 1), best.path, color="black", linewidth=2)
    axes.axhline(best.log_likelihood, color="black", linewidth=0.8, linestyle=":")
    axes.annotate(
        f"{best.log_likelihood:.4f}",
        (3, best.log_likelihood),
        textcoords="offset points",
        xytext=(2, 4),
    )
    axes.set_xscale("log")
    axes.set_xlim(left=3)
    axes.set_ylim(-420, best.log_likelihood + 15)
    axes.set_title("Log-likelihood, from each start")
    axes.set_xlabel("iteration")
    handles = [
        Line2D([], [], color="black", linewidth=2, label="best"),
        Line2D([], [], color="0.65", label="other starts"),
    ]
    if any(fit.parameters.is_degenerate for fit in fits):
        handles.append(Line2D([], [], color="tab:red", label="degenerate, set aside"))
    axes.legend(handles=handles, loc="lower right", frameon=False)


def _legend(species: np.ndarray, fit: Parameters) -> list[Line2D]:
    components = [
        Line2D([], [], color=colour, linewidth=2, label=f"component {j + 1}, weight {fit.weights[j]:.2f}")
        for j, colour in enumerate(COLOURS)
    ]
    kinds = [
        Line2D([], [], color="0.3", marker=marker, linestyle="", alpha=0.7, label=f"Iris {kind}")
        for kind, marker in zip(np.unique(species), MARKERS, strict=True)
    ]
    return [*components, *kinds]
