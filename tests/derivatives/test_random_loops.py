"""Reverse passes find back through loops at random."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.derivatives.random_loops import random_kernel

import zymogen as zg
from zymogen.errors import EnzymeError

X = np.array([0.5, 0.7, 0.9, 0.3, 0.4])
TURNS = (0, 1, 2, 3, 5, 8)
REFUSED = {7, 10, 38}
"""Enzyme ends with an assertion: without a message of its own, but not with a wrong number."""


def compiled(seed: int) -> zg.Library:
    return zg.compile(random_kernel(seed), include=[Path(__file__).parent])


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
