"""Code that takes over has to agree with what was computed before, but for rounding."""

from __future__ import annotations

import numpy as np
import pytest

from zymogen.runtime.agreement import agree

EPS = {np.float64: 2.0**-52, np.float32: 2.0**-23}


def results(element: type[np.floating] = np.float64) -> np.ndarray:
    """16 rows of three components, of which each has another unit."""
    return (np.random.default_rng(0).normal(size=(16, 3)) * [1e-12, 1, 1e12]).astype(element)


@pytest.mark.parametrize("math", ["strict", "fast"])
@pytest.mark.parametrize("element", [np.float64, np.float32])
def test_rounding_is_no_difference(element, math):
    exact = results(element)
    assert agree(exact * (1 + element(EPS[element])), exact, math)
    summed = exact + np.max(np.abs(exact), axis=0) * element(1024 * EPS[element])  # a sum in another order
    assert agree(summed, exact, math)


@pytest.mark.parametrize(
    ("element", "math", "least"),
    [
        (np.float64, "strict", 2e-10),
        (np.float64, "fast", 2e-8),
        (np.float32, "strict", 2e-3),
        (np.float32, "fast", 2e-2),
    ],
)
@pytest.mark.parametrize("component", [0, 1, 2])
def test_a_component_of_any_unit_that_is_wrong_in_one_row_is_a_difference(element, math, least, component):
    exact = results(element)
    row = np.argmax(np.abs(exact[:, component]))
    wrong = exact.copy()
    wrong[row, component] *= element(1 + least)
    assert not agree(wrong, exact, math)
    assert agree(exact, exact, math)


def test_zeros_agree_with_zeros_and_with_numbers_too_small_for_the_type():
    exact = results()
    exact[:, 1] = 0
    assert agree(exact, exact, "strict")
    other = exact.copy()
    other[3, 1] = 1e-310
    assert agree(other, exact, "strict")
    other[3, 1] = 1e-12
    assert not agree(other, exact, "strict")


def test_what_is_not_finite_has_to_be_the_same():
    exact = results()
    exact[2, 0], exact[3, 1], exact[4, 2] = np.nan, np.inf, -np.inf
    assert agree(exact.copy(), exact, "strict")
    for place, other in (
        ((2, 0), 0.0),
        ((3, 1), -np.inf),
        ((3, 1), 1e300),
        ((4, 2), np.nan),
        ((5, 0), np.inf),
        ((5, 0), np.nan),
    ):
        wrong = exact.copy()
        wrong[place] = other
        assert not agree(wrong, exact, "strict")


def test_a_component_may_have_no_finite_number():
    exact = results()
    exact[:, 1] = np.inf
    assert agree(exact.copy(), exact, "strict")


def test_results_without_components_and_integers_are_compared_too():
    exact = results()[:, 1]
    assert agree(exact, exact, "strict")
    assert not agree(exact[::-1], exact, "strict")
    assert agree(np.array([1, 2]), np.array([1, 2]), "strict")
    assert not agree(np.array([1, 2]), np.array([1, 3]), "strict")
