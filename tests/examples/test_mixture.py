"""The mixture's density and derivatives against NumPy: exact formulas, and complex steps, which do not cancel."""

import numpy as np
import pytest

pytestmark = pytest.mark.toolchain

EPS = np.finfo(float).eps


def reference_log_density(data, logits, means, log_diagonal, lower):
    """The same mathematics in NumPy, for complex parameters too; shape (rows,)."""
    components, d = means.shape
    terms = []
    for j in range(components):
        whitening = np.zeros((d, d), dtype=means.dtype)
        whitening[np.arange(d), np.arange(d)] = np.exp(log_diagonal[j])
        whitening[np.tril_indices(d, -1)] = lower[j]
        white = (data - means[j]) @ whitening.T
        terms.append(logits[j] + log_diagonal[j].sum() - 0.5 * (white**2).sum(axis=1) - d / 2 * np.log(2 * np.pi))
    terms = np.array(terms)
    largest = terms.real.max(axis=0)
    return largest + np.log(np.exp(terms - largest).sum(axis=0)) - np.log(np.exp(logits).sum())


@pytest.fixture
def likelihood():
    import iris
    from mixture import Likelihood

    return Likelihood(iris.read()[0], 3)


@pytest.fixture
def point(likelihood):
    generator = np.random.default_rng(5)
    start = likelihood.start(generator)
    return start + 0.2 * generator.normal(size=start.size)


def complex_step_gradient(likelihood, flat):
    step = 1e-30
    gradient = np.empty(flat.size)
    for i in range(flat.size):
        moved = flat.astype(complex)
        moved[i] += 1j * step
        gradient[i] = reference_log_density(likelihood.data, *likelihood.shaped(moved).arrays).sum().imag / step
    return gradient


def test_density_is_the_textbook_formula(likelihood, point):
    from scipy.stats import multivariate_normal

    parameters = likelihood.shaped(point)
    density = sum(
        weight * multivariate_normal(mean, covariance).pdf(likelihood.data)
        for weight, mean, covariance in zip(parameters.weights, parameters.means, parameters.covariances, strict=True)
    )
    computed = likelihood.log_density(likelihood.data, *parameters.arrays)
    np.testing.assert_allclose(computed, np.log(density), rtol=1e-11)


def test_gradient_agrees_with_complex_steps(likelihood, point):
    value, gradient = likelihood.value_and_gradient(point)
    exact = complex_step_gradient(likelihood, point)
    assert value == pytest.approx(likelihood.value(point), rel=150 * EPS)
    np.testing.assert_allclose(gradient, exact, rtol=1e-12, atol=1e-12 * abs(exact).max())


def test_hessian_product_agrees_with_differences_of_the_gradient(likelihood, point):
    v = np.random.default_rng(6).normal(size=point.size)
    step = 1e-5
    up, down = (likelihood.value_and_gradient(point + sign * step * v)[1] for sign in (1, -1))
    product = likelihood.hessian_times(point, v)
    # Differences of third order: error of step^2 and of eps / step.
    np.testing.assert_allclose(product, (up - down) / (2 * step), atol=1e-7 * abs(product).max())


def test_memberships_are_the_posterior_probabilities(likelihood, point):
    from scipy.stats import multivariate_normal

    parameters = likelihood.shaped(point)
    joint = np.stack(
        [
            weight * multivariate_normal(mean, covariance).pdf(likelihood.data)
            for weight, mean, covariance in zip(
                parameters.weights, parameters.means, parameters.covariances, strict=True
            )
        ],
        axis=1,
    )
    exact = joint / joint.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(likelihood.memberships(parameters), exact, atol=1e-12)


def test_density_is_finite_far_away_from_all_components(likelihood):
    parameters = likelihood.shaped(likelihood.start(np.random.default_rng(0)))
    far = likelihood.log_density(likelihood.data + 1e6, *parameters.arrays)
    assert np.isfinite(far).all()
    gradients = likelihood._gradient(likelihood.data + 1e6, *parameters.arrays)[1]
    assert all(np.isfinite(gradient).all() for gradient in gradients)


def test_hessian_products_keep_no_memory(likelihood, point):
    def resident_kilobytes():
        from pathlib import Path

        return int(Path("/proc/self/statm").read_text().split()[1]) * 4

    for _ in range(50):
        likelihood.hessian_times(point, point)
    before = resident_kilobytes()
    for _ in range(300):
        likelihood.hessian_times(point, point)
    # Less than one number for each row and component in a call.
    assert resident_kilobytes() - before < 300 * 150 * 3 * 8 / 1024
