"""An entry of a derivative is the same whatever else was asked for, and derivatives are symmetric."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import zymogen as zg

pytestmark = pytest.mark.toolchain

EPS = np.finfo(float).eps

# Kernels with a vector as one argument: a number as result, an array, work space that is read back.
VECTORS = {"bump": "x", "in_std_vector": "x", "recurrence": "x", "softmax": "x"}


@pytest.fixture(params=VECTORS.items(), ids="-".join)
def case(request):
    name, argument = request.param
    scenario = zg.testing.scenarios()[name]
    return scenario.kernel, argument, scenario.point()


def test_columns_of_a_jacobian_do_not_depend_on_each_other(case):
    f, argument, point = case
    whole = zg.jacobian(f, argument, mode="forward")(*point)
    n = whole.shape[-1]
    some = zg.jacobian(f, argument, mode="forward", cols=[n - 1, 0])(*point)
    single = zg.partial(f, argument)(*point, np.arange(n))
    scale = np.abs(whole).max()
    np.testing.assert_allclose(some, whole[..., [n - 1, 0]], rtol=0, atol=EPS * scale)
    np.testing.assert_allclose(np.moveaxis(single, 0, -1), whole, rtol=0, atol=EPS * scale)


def test_one_bound_component_is_bitwise_the_open_one(case):
    f, argument, point = case
    opened = zg.partial(f, argument)
    for component in (0, -1):
        bound = zg.partial(f, (argument, component))
        assert np.asarray(bound(*point)).tobytes() == np.asarray(opened(*point, component)).tobytes()


def test_rows_of_a_jacobian_do_not_depend_on_each_other(case):
    f, argument, point = case
    whole = zg.jacobian(f, argument, mode="reverse")(*point)
    if whole.ndim == 1:
        np.testing.assert_array_equal(whole, zg.grad(f, argument)(*point))
        return
    some = zg.jacobian(f, argument, mode="reverse", rows=[1, 0])(*point)
    np.testing.assert_allclose(some, whole[[1, 0]], rtol=0, atol=EPS * np.abs(whole).max())


def test_gradient_of_one_argument_is_that_among_several():
    scenario = zg.testing.scenarios()["gaussian_mixture"]
    f, point = scenario.kernel, scenario.point()
    together = zg.grad(f, scenario.real)(*point)
    for name, among in zip(("mean", "x"), (together[2], together[0]), strict=True):
        alone = zg.grad(f, name)(*point)
        np.testing.assert_allclose(alone, among, rtol=0, atol=EPS * np.abs(among).max())


@pytest.mark.parametrize("name", ["bump", "gaussian_mixture", "misfit", "resonance"])
def test_mixed_partials_do_not_depend_on_their_order(name):
    scenario = zg.testing.scenarios()[name]
    f, point = scenario.kernel, scenario.point()
    first, last = scenario.real[0], scenario.real[-1]
    shapes = dict(zip(scenario.arguments, (array.shape for array in point), strict=True))

    def at(argument):
        return argument if not shapes[argument] else (argument, tuple(extent - 1 for extent in shapes[argument]))

    # Vectorised code also divides in lanes whose results are thrown away, and that sets the processor's flags.
    with np.errstate(all="ignore"):
        there = zg.partial(f, at(first), at(last))(*point)
        back = zg.partial(f, at(last), at(first))(*point)
    np.testing.assert_allclose(there, back, rtol=1e-12)


def test_third_partials_do_not_depend_on_their_order():
    scenario = zg.testing.scenarios()["rational"]
    expected = scenario.exact.third("x", "x", "x")[0, 1, 3]
    for order in itertools.permutations((0, 1, 3)):
        found = zg.partial(scenario.kernel, *(("x", i) for i in order))(*scenario.point())
        assert found == pytest.approx(expected, rel=1e-12)


def test_hessian_is_symmetric_in_both_modes():
    scenario = zg.testing.scenarios()["lennard_jones"]
    for mode in ("forward", "reverse"):
        found = zg.hessian(scenario.kernel, "x", mode=mode)(*scenario.point()).reshape(9, 9)
        np.testing.assert_allclose(found, found.T, rtol=0, atol=1e-12 * np.abs(found).max())
