"""A check that no entry is missing: the matrix times a random vector, against the same product without a pattern."""

from __future__ import annotations

from math import prod, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from zymogen.errors import WrongDerivativeError


def require_products(
    name: str, pattern: csr_array, data: NDArray[Any], vector: NDArray[Any], products: Any, *, detected: bool
) -> None:
    """Compare sparse matrices times a vector with what these products should be.

    Rows where either is NaN or infinite are passed over.

    Parameters
    ----------
    data : entries in the order of the pattern, of shape (*batch, entries); their element type may be another than
        that in which they were computed
    vector : of any shape that has as many components as there are columns
    products : of shape (*batch, *any), in the element type in which entries were computed
    detected : whether the pattern was, for the message

    Raises
    ------
    WrongDerivativeError
        If they differ by more than rounding explains; the message names the worst row.
    """
    expected = np.asarray(products)
    (m, _), rows = pattern.shape, prod(data.shape[:-1])
    precision = max(np.finfo(data.dtype).eps, np.finfo(expected.dtype).eps)
    computed = data.astype(np.result_type(data, expected), copy=False).reshape(rows, pattern.nnz)
    for entries, row in zip(computed, expected.reshape(rows, m), strict=True):
        matrix = csr_array((entries, pattern.indices, pattern.indptr), shape=pattern.shape)
        _require_product(name, matrix, vector.reshape(-1), row, float(precision), detected=detected)


def _require_product(
    name: str, matrix: csr_array, vector: NDArray[Any], expected: NDArray[Any], precision: float, *, detected: bool
) -> None:
    # Entries of one row may differ much in size, and rounding inside of the kernel is not known: half of the digits
    # have to agree. An entry that is missing changes the product by its own size.
    tolerance = sqrt(precision)
    with np.errstate(all="ignore"):
        product = matrix @ vector
        scale = abs(matrix) @ abs(vector) + abs(expected)
        excess = abs(product - expected) - tolerance * scale
    excess = np.where(np.isfinite(product) & np.isfinite(expected), excess, -1)
    worst = int(np.argmax(excess)) if excess.size else 0
    if excess.size and excess[worst] > 0:
        reason = (
            "The pattern lacks entries at this point: the kernel takes other branches than where it was detected. "
            "Detect it at more points with at=[(arguments), ...], or give it with pattern=."
            if detected
            else "The pattern that was given lacks entries. Leave pattern= out, and it is detected."
        )
        raise WrongDerivativeError(
            f"{name}: in row {worst} the matrix times a random vector is {product[worst]:.10g}, and without the "
            f"pattern the product is {expected[worst]:.10g} ({int((excess > 0).sum())} such rows). {reason}"
        )
