"""Kernels and derivatives for arrays of one size: what is asked for, checked before anything is built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from zymogen.declaration import Declaration
from zymogen.errors import ArgumentError
from zymogen.planning.plan import Plan
from zymogen.runtime.ufunc import fixed_components

if TYPE_CHECKING:
    from zymogen.runtime.kernel import Derived

_LONGEST = 10**9 - 1
"""The longest dimension that a signature can name."""


def with_sizes(declaration: Declaration, sizes: Mapping[str, object], name: str) -> Declaration:
    """The declaration with a number in the place of each dimension that has a name.

    Parameters
    ----------
    name : of the kernel or derivative, for messages

    Raises
    ------
    ArgumentError
        If a dimension has no size, there is no such dimension, or a size is no positive integer.
    """
    signature = declaration.signature
    call = f"{name}.specialize({', '.join(f'{dim}={size!r}' for dim, size in sizes.items())})"
    unknown = next((dim for dim in sizes if dim not in signature.sizes), None)
    if unknown is not None:
        there = f"Dimensions are {', '.join(signature.sizes)}" if signature.sizes else "All are numbers already"
        raise ArgumentError(f"{call}: {signature.text} has no dimension {unknown}. {there}.")
    missing = next((dim for dim in signature.sizes if dim not in sizes), None)
    if missing is not None:
        example = ", ".join(f"{dim}={sizes.get(dim, 3)}" for dim in signature.sizes)
        raise ArgumentError(f"{call}: the size {missing} is missing. Give all of them, as in specialize({example}).")
    numbers = {dim: _size(dim, size, call) for dim, size in sizes.items()}
    return replace(declaration, signature=signature.with_sizes(numbers))


def _size(dim: str, size: object, call: str) -> int:
    if isinstance(size, (int, np.integer)) and not isinstance(size, bool) and 1 <= size <= _LONGEST:
        return int(size)
    raise ArgumentError(f"{call}: {dim} is {size!r}. Expected is an integer from 1 to {_LONGEST}.")


def specialized_name(name: str, sizes: Mapping[str, object]) -> str:
    """What a specialized kernel or derivative is called, as `DERIVATIVES` of a package take it."""
    return f"specialize({', '.join([name, *(f'{dim}={size}' for dim, size in sizes.items())])})"


def with_fixed(declaration: Declaration, derived: Derived) -> Derived:
    """What makes a derivative, with all components that are bound built in."""
    plan = Plan(declaration, declaration.instances[0], derived.request)
    return replace(derived, fixed=fixed_components(plan, derived.bound))
