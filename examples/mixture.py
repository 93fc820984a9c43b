"""A mixture of Gaussians fitted by maximum likelihood: density in C++, derivatives by zymogen, optimiser by SciPy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

import zymogen as zg

KERNEL = Path(__file__).with_name("mixture.cpp")
PARAMETERS = ("logits", "means", "log_diagonal", "lower")

SMALLEST_DEVIATION = 0.02
"""In cm. The likelihood of a mixture has no upper limit: a component that shrinks onto a few flowers of equal
measurements drives it to infinity. Lengths were read to 0.1 cm, so a spread below this bound could not be seen."""


@dataclass(frozen=True)
class Parameters:
    """Arrays as the kernel takes them; `flat` and `shaped` turn them into the optimiser's one vector and back."""

    logits: np.ndarray
    means: np.ndarray
    log_diagonal: np.ndarray
    lower: np.ndarray

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        return self.logits, self.means, self.log_diagonal, self.lower

    @property
    def flat(self) -> np.ndarray:
        return np.concatenate([array.ravel() for array in self.arrays])

    @property
    def weights(self) -> np.ndarray:
        powers = np.exp(self.logits - self.logits.max())
        return powers / powers.sum()

    @property
    def covariances(self) -> np.ndarray:
        return np.array([np.linalg.inv(a.T @ a) for a in self._whitening])

    @property
    def is_degenerate(self) -> bool:
        """Whether a component has shrunk to the bound."""
        return bool(np.exp(-self.log_diagonal).min() < 1.01 * SMALLEST_DEVIATION)

    @property
    def _whitening(self) -> np.ndarray:
        components, d = self.means.shape
        matrices = np.zeros((components, d, d))
        matrices[:, np.arange(d), np.arange(d)] = np.exp(self.log_diagonal)
        below = np.tril_indices(d, -1)
        matrices[:, below[0], below[1]] = self.lower
        return matrices


@dataclass(frozen=True)
class Fit:
    """What the optimiser found from one start; `path` is the log-likelihood after each iteration."""

    parameters: Parameters
    log_likelihood: float
    path: tuple[float, ...]


class Likelihood:
    """The log-likelihood of a data set, with its derivatives; `flat` is all parameters in one vector."""

    def __init__(self, data: np.ndarray, components: int) -> None:
        self.data, self.components = data, components
        self.log_density = zg.compile(KERNEL).log_density
        # The data are not among the arguments named here: they are constants, and no derivative of them exists.
        self._gradient = zg.value_and_grad(self.log_density, PARAMETERS)
        # Reverse over forward: the derivative along v, then the gradient of that.
        self._curvature = zg.vjp(zg.jvp(self.log_density, PARAMETERS), PARAMETERS)
        # What a component's logit would change is the probability that the row belongs to it, minus its weight.
        self._logit_gradient = zg.grad(self.log_density, "logits")

    def shaped(self, flat: np.ndarray) -> Parameters:
        k, d = self.components, self.data.shape[1]
        logits, means, log_diagonal, lower = np.split(flat, np.cumsum([k, k * d, k * d]))
        return Parameters(logits, means.reshape(k, d), log_diagonal.reshape(k, d), lower.reshape(k, -1))

    def value(self, flat: np.ndarray) -> float:
        return float(self.log_density(self.data, *self.shaped(flat).arrays).sum())

    def value_and_gradient(self, flat: np.ndarray) -> tuple[float, np.ndarray]:
        values, gradients = self._gradient(self.data, *self.shaped(flat).arrays)
        return float(values.sum()), _summed(gradients)

    def hessian_times(self, flat: np.ndarray, v: np.ndarray) -> np.ndarray:
        # Cotangents: 0 for the log-density itself, 1 for its derivative along v.
        rows = self._curvature(self.data, *self.shaped(flat).arrays, *self.shaped(v).arrays, 0.0, 1.0)
        return _summed(rows)

    def memberships(self, parameters: Parameters) -> np.ndarray:
        """Probability that each row belongs to each component; shape (rows, components)."""
        return self._logit_gradient(self.data, *parameters.arrays) + parameters.weights

    def gradient_error(self, flat: np.ndarray) -> float:
        """Largest difference between the gradient and central differences, relative to its largest entry."""
        _, gradient = self.value_and_gradient(flat)
        differences = np.empty_like(flat)
        for i, number in enumerate(flat):
            step = np.cbrt(np.finfo(float).eps) * max(1.0, abs(number))
            up, down = flat.copy(), flat.copy()
            up[i] += step
            down[i] -= step
            differences[i] = (self.value(up) - self.value(down)) / (up[i] - down[i])
        return float(abs(gradient - differences).max() / abs(gradient).max())

    def start(self, generator: np.random.Generator) -> np.ndarray:
        """Means at flowers picked at random, equal weights, and the spread of all data for every component."""
        k, (rows, d) = self.components, self.data.shape
        means = self.data[generator.choice(rows, size=k, replace=False)]
        log_diagonal = np.broadcast_to(-np.log(self.data.std(axis=0)), (k, d))
        return Parameters(np.zeros(k), means, log_diagonal, np.zeros((k, d * (d - 1) // 2))).flat

    def fit(self, start: np.ndarray) -> Fit:
        """Climb from `start` with L-BFGS-B; standard deviations stay above `SMALLEST_DEVIATION`."""
        unbounded = self.shaped(np.full(start.size, np.inf))
        unbounded.log_diagonal[:] = -np.log(SMALLEST_DEVIATION)
        path = [self.value(start)]
        found = minimize(
            self._downhill,
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=[(None, None if np.isinf(upper) else upper) for upper in unbounded.flat],
            callback=lambda intermediate_result: path.append(-intermediate_result.fun),
            options={"maxiter": 2000, "maxcor": start.size, "ftol": 1e-12, "gtol": 1e-4},
        )
        return Fit(self.shaped(found.x), -float(found.fun), tuple(path))

    def polish(self, fit: Fit) -> Fit:
        """The last digits by Newton's method, with products of the Hessian and a vector."""
        path = list(fit.path)
        found = minimize(
            self._downhill,
            fit.parameters.flat,
            jac=True,
            hessp=lambda flat, v: -self.hessian_times(flat, v),
            method="trust-ncg",
            callback=lambda intermediate_result: path.append(-intermediate_result.fun),
            options={"gtol": 1e-9, "maxiter": 50},
        )
        return Fit(self.shaped(found.x), -float(found.fun), tuple(path))

    def _downhill(self, flat: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = self.value_and_gradient(flat)
        return -value, -gradient


def _summed(gradients: tuple[np.ndarray, ...]) -> np.ndarray:
    return np.concatenate([rows.sum(axis=0).ravel() for rows in gradients])
