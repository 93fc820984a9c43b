"""Colouring: which columns, or rows, one product with a vector serves together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from zymogen import _core
from zymogen.planning.cost import REVERSE_IN_FORWARD_PASSES as REVERSE_COST
from zymogen.sparse.pattern import compressed, row_numbers

Mode = Literal["forward", "reverse", "symmetric"]


@dataclass(frozen=True)
class Coloring:
    """Columns (rows in mode "reverse") of one colour are found with one product."""

    mode: Mode
    colors: NDArray[np.int32]
    """The colour of each column, or of each row in mode "reverse": numbers from 0."""
    count: int
    order: str
    """The order in which the greedy algorithm went through them."""
    least: int
    """A lower bound: no colouring of the kind has fewer colours."""

    def __str__(self) -> str:
        of = "rows" if self.mode == "reverse" else "columns"
        kind = "star colouring" if self.mode == "symmetric" else "structurally orthogonal"
        plural = "" if self.count == 1 else "s"
        return f"{self.count} colour{plural} of the {of} ({kind}, {self.order} order; at least {self.least})"


def color_jacobian(pattern: csr_array, mode: Literal["auto", "forward", "reverse"]) -> Coloring:
    """Colours for a Jacobian's columns or rows: no two of one colour have an entry in one row (column).

    With mode "auto", rows are chosen when they need fewer passes than columns even if each counts twice.
    """
    by_columns = csr_array(pattern.T)
    by_columns.sort_indices()
    if mode == "forward":
        return _orthogonal(by_columns, pattern, "forward")
    if mode == "reverse":
        return _orthogonal(pattern, by_columns, "reverse")
    least_forward, least_reverse = _longest(pattern), REVERSE_COST * _longest(by_columns)
    forward = None
    if least_forward <= least_reverse:
        forward = _orthogonal(by_columns, pattern, "forward")
        if forward.count <= least_reverse:
            return forward
    reverse = _orthogonal(pattern, by_columns, "reverse")
    if REVERSE_COST * reverse.count < (least_forward if forward is None else forward.count):
        return reverse
    forward = forward or _orthogonal(by_columns, pattern, "forward")
    return reverse if REVERSE_COST * reverse.count < forward.count else forward


def color_hessian(pattern: csr_array) -> Coloring:
    """A star colouring of a symmetric pattern: each entry is then an entry of a product, by itself."""
    count, order, colors = _fewest(_core.color_star, pattern, ("natural", "largest first", "smallest last"), least=2)
    return Coloring("symmetric", colors, count, order, least=min(2, count))


def sources(pattern: csr_array, coloring: Coloring) -> NDArray[np.int64]:
    """Where each entry of the pattern is found in the products: colour * (length of a product) + place in it."""
    rows: NDArray[np.int64] = row_numbers(pattern)
    columns: NDArray[np.int32] = pattern.indices
    if coloring.mode == "forward":
        return _places(coloring.colors[columns], pattern.shape[0], rows)
    if coloring.mode == "reverse":
        return _places(coloring.colors[rows], pattern.shape[1], columns)
    start, index, _ = compressed(pattern)
    return _core.star_sources(start, index, coloring.colors)


def _places(colors: NDArray[np.int32], length: int, inside: NDArray[Any]) -> NDArray[np.int64]:
    places: NDArray[np.int64] = np.multiply(colors, length, dtype=np.int64) + inside
    return places


def _orthogonal(pattern: csr_array, other: csr_array, mode: Mode) -> Coloring:
    """Colours of the rows of `pattern`; `other` is its transpose."""
    least = _longest(other)
    count, order, colors = _fewest(_core.color_columns, pattern, ("natural", "largest first"), least)
    return Coloring(mode, colors, count, order, least)


def _fewest(
    color: Callable[..., NDArray[np.int32]], pattern: csr_array, orders: tuple[str, ...], least: int
) -> tuple[int, str, NDArray[np.int32]]:
    """The fewest colours that a greedy colouring in any of `orders` needs, that order, and the colours."""
    start, index, columns = compressed(pattern)
    found = []
    for order in orders:
        colors = color(start, index, columns, order)
        found.append((int(colors.max(initial=-1)) + 1, order, colors))
        if found[-1][0] <= least:
            break
    return min(found, key=lambda item: item[0])


def _longest(pattern: csr_array) -> int:
    """The most entries in one row."""
    return int(np.diff(pattern.indptr).max(initial=0))
