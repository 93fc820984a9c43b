"""Work buffers: within their limit, right after an interrupt, and apart from what the user hands over."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from scipy.sparse import csr_array

import zymogen as zg
from zymogen.sparse import compression, memory

pytestmark = pytest.mark.toolchain

BAND = np.abs(np.subtract.outer(np.arange(6), np.arange(6))) <= 1
# Six entries in three rows, two colours: as many entries as there are unknowns.
ROW, COLUMN, WEIGHT, START = np.arange(6) // 2, np.arange(6), np.ones(6), np.zeros(3)


@pytest.fixture
def limited(monkeypatch):
    """One vector at a time, one row at a time."""
    for module in (memory, compression):
        monkeypatch.setattr(module, "LIMIT", 1)


# After an interrupt


class Interrupted(np.ndarray):
    """An array in which some number cannot be written."""

    refused: float | None = None

    def __setitem__(self, key, value):
        if value == self.refused:
            raise KeyboardInterrupt
        super().__setitem__(key, value)


@pytest.mark.usefixtures("limited")
@pytest.mark.parametrize("refused", [0, 1])
def test_an_interrupt_leaves_no_vectors_that_are_half_done(lib, monkeypatch, refused):
    x = np.linspace(-1, 1, 6)
    S = zg.sparse_jacobian(lib.broyden, pattern=BAND)
    expected = S(x).data
    (workspace,) = S._plan.made._idle
    workspace.vectors = workspace.vectors.view(Interrupted)
    for _ in range(2):
        with monkeypatch.context() as patched:
            patched.setattr(Interrupted, "refused", refused)
            with pytest.raises(KeyboardInterrupt):
                S(x)
        np.testing.assert_array_equal(S(x).data, expected)


# Results over arguments


@pytest.mark.usefixtures("limited")
@pytest.mark.parametrize("verify", [False, True])
def test_entries_may_be_written_over_the_argument_they_belong_to(lib, verify):
    S = zg.sparse_jacobian(lib.scatter, at=[(np.ones(6), ROW, COLUMN, WEIGHT, START)], verify=verify)
    x = np.linspace(1, 2, 6)
    expected = S.values(x, ROW, COLUMN, WEIGHT, START)
    assert S.values(x, ROW, COLUMN, WEIGHT, START, out=x) is x
    np.testing.assert_array_equal(x, expected)


@pytest.mark.usefixtures("limited")
def test_rows_of_a_batch_may_be_written_over_their_arguments(lib):
    S = zg.sparse_jacobian(lib.roots, pattern=np.eye(4, dtype=bool))
    x = np.linspace(1, 2, 12).reshape(3, 4)
    expected = S.values(x)
    S.values(x[::-1], out=x)
    np.testing.assert_array_equal(x, expected[::-1])


@pytest.mark.parametrize("verify", [False, True])
def test_a_matrix_may_be_refilled_at_its_own_data(lib, verify):
    S = zg.sparse_jacobian(lib.roots, pattern=np.eye(4, dtype=bool), verify=verify)
    J = S(np.array([1.0, 4.0, 9.0, 16.0]))
    expected = S(J.data.copy()).data
    assert S(J.data, out=J) is J
    np.testing.assert_array_equal(J.data, expected)


# The limit


def full(lib, n, **options):
    row, column = (index.ravel() for index in np.indices((n, n)))
    rest = (row, column, np.ones(n * n), np.zeros(n))
    return zg.sparse_jacobian(lib.scatter, pattern=np.ones((n, n), bool), mode="forward", **options), rest


@pytest.mark.parametrize("vectors", [1, 3, 8, 12, 19, 20])
def test_vectors_and_products_stay_within_the_limit(lib, monkeypatch, vectors):
    S, rest = full(lib, 20)
    x = np.linspace(1, 2, 20)
    expected = np.tile(2 * x, 20)
    for module in (memory, compression):
        monkeypatch.setattr(module, "LIMIT", vectors * 40 * 8)
    np.testing.assert_array_equal(S(x, *rest).data, expected)
    (made,) = S._plan._compressions.values()
    together = made.blocks[0].count
    assert 1 <= made.lanes <= together <= vectors
    assert together % made.lanes == 0
    assert sum(block.count for block in made.blocks) == 20


@pytest.mark.parametrize(("operator", "kernel"), [("sparse_jacobian", "broyden"), ("sparse_hessian", "rosenbrock")])
def test_detection_goes_along_one_direction_where_eight_are_too_large(lib, request, operator, kernel):
    make, x = getattr(zg, operator), np.ones(6)
    passes = make(lib[kernel], at=[x]).detection.passes
    request.getfixturevalue("limited")
    S = make(lib[kernel], at=[x])
    np.testing.assert_array_equal(S.pattern.toarray(), BAND)
    assert S.detection.passes > passes


def test_refilling_in_blocks_allocates_nothing_of_the_size_of_the_problem(lib, monkeypatch):
    n = 20_000
    x = np.random.default_rng(0).normal(size=n)
    for module in (memory, compression):
        monkeypatch.setattr(module, "LIMIT", 2 * n * 8)
    S = zg.sparse_jacobian(lib.broyden)
    J = S(x)
    assert len(S._plan.made.blocks) == 3
    tracemalloc.start()
    try:
        S(x, out=J)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20_000


# Index arrays that scipy changes in place


def test_index_arrays_that_were_changed_in_place_are_noticed(lib):
    S = zg.sparse_jacobian(lib.broyden)
    x = np.full(5, 0.75)  # a diagonal of zeros
    J = S(x)
    shares = csr_array((J.data.copy(), J.indices, J.indptr), shape=J.shape)
    assert S(x, out=shares) is shares
    J.eliminate_zeros()
    with pytest.raises(zg.errors.PatternError, match="another pattern"):
        S(np.ones(5), out=shares)


def test_index_arrays_of_a_large_matrix_are_compared_in_places(lib):
    S = zg.sparse_jacobian(lib.broyden)
    x = np.full(5000, 0.75)
    J = S(x)
    shares = csr_array((J.data.copy(), J.indices, J.indptr), shape=J.shape)
    assert S(x, out=shares) is shares
    J.eliminate_zeros()
    with pytest.raises(zg.errors.PatternError, match="another pattern"):
        S(x, out=shares)
