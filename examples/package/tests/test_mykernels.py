"""What the package promises, in numbers; run by `pytest` where it is installed."""

from __future__ import annotations

import mykernels
import numpy as np
import pytest

import zymogen as zg


def test_one_component_of_a_gradient():
    x, y = np.array([1.0, 2.0]), np.array([0.0, 2.0])
    assert zg.partial(mykernels.bump, ("x", 0))(x, y) == pytest.approx(-0.7357588823428847, rel=1e-15)
    in_x, in_y = zg.grad(mykernels.bump, ("x", "y"))(x, y)
    np.testing.assert_allclose(in_x, [-0.7357588823428847, 0], rtol=1e-15)
    np.testing.assert_allclose(in_y, [0.7357588823428847, 0], rtol=1e-15)


def test_one_entry_of_a_third_derivative_for_a_batch():
    rows = np.arange(1.0, 31.0).reshape(6, 5)
    entry = zg.partial(mykernels.product, ("x", 0), ("x", 2), ("x", 4))
    assert entry(rows).tolist() == [8, 63, 168, 323, 528, 783]


def test_an_array_by_one_number():
    d = 1 / (1 + np.linspace(-10, 10, 21) ** 2)
    expected = [
        0.0038159826800085255,
        0.39643609910240457,
        0.6231034302749946,
        -1.1880368937145036,
        -0.06280195331777222,
    ]
    np.testing.assert_allclose(zg.partial(mykernels.rs, "m")(d, 0.25)[8:13], expected, rtol=1e-12)
    (_, loss), (_, slope) = zg.jvp(mykernels.rs_loss, "m")(d, 0.25, 1.0)
    assert (loss, slope) == pytest.approx((0.2624177846686922, 0.21549454807892457), rel=1e-12)


def test_second_derivatives_of_a_model():
    parameters = np.array([[0.1, -0.2, 0.3, 0.4], [0.5, 0.6, -0.7, 0.8]])
    x = np.array([1, -0.5, 0.25, 2])
    second = zg.hessian(mykernels.model, "x")(parameters, x)
    assert second.sum() == pytest.approx(-0.5960204722984506, rel=1e-12)
    diagonal = zg.hessian_diagonal(mykernels.model, "x")(parameters, x)
    np.testing.assert_allclose(diagonal, np.diagonal(second, axis1=1, axis2=2), rtol=1e-12)
    gradient = zg.vjp(zg.hessian(mykernels.model, "x"), "M")(parameters, x, np.ones((2, 4, 4)))
    np.testing.assert_allclose(
        gradient[0],
        [-0.4734304895662541, -0.8281287890993605, -0.6507796393328074, -0.2369649565441832],
        rtol=1e-12,
    )
