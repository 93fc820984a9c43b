"""Reverse passes find back through loops at random."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.derivatives.random_loops import random_kernel

import zymogen as zg
from zymogen.errors import EnzymeError, TypeNotDeducedError

X = np.array([0.5, 0.7, 0.9, 0.3, 0.4])
TURNS = (0, 1, 2, 3, 5, 8)
REFUSED = {7}
"""Enzyme makes a function that LLVM refuses: an error, not a wrong number."""


WITHOUT_TYPES = {6, 34, 58}
"""Enzyme finds no types for what a `std::vector` of them moves."""


def compiled(seed: int, *, memory: bool = False) -> zg.Library:
    return zg.compile(random_kernel(seed, memory=memory), include=[Path(__file__).parent])


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", sorted({*range(60)} - REFUSED))
def test_gradients_are_exact(seed):
    library = compiled(seed)
    gradient = zg.grad(library.kernel)
    for turns in TURNS:
        np.testing.assert_allclose(
            gradient(X, turns), library.gradient(X, turns), rtol=1e-9, atol=1e-12, err_msg=f"{turns} turns"
        )


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", sorted(REFUSED))
def test_what_enzyme_cannot_do_is_an_error(seed):
    with pytest.raises(EnzymeError, match="crashed"):
        zg.grad(compiled(seed).kernel).build()


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", sorted({*range(60)} - WITHOUT_TYPES))
def test_values_and_gradients_of_kernels_with_memory_are_exact(seed):
    library = compiled(seed, memory=True)
    both = zg.value_and_grad(library.kernel)
    for turns in TURNS:
        value, gradient = both(X, turns)
        np.testing.assert_allclose(value, library.kernel(X, turns), rtol=1e-9)
        np.testing.assert_allclose(
            gradient, library.gradient(X, turns), rtol=1e-8, atol=1e-11, err_msg=f"{turns} turns"
        )


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", sorted(WITHOUT_TYPES))
def test_memory_of_unknown_type_is_an_error(seed):
    with pytest.raises(TypeNotDeducedError):
        zg.grad(compiled(seed, memory=True).kernel).build()
