"""mixture: the log posterior of a Gaussian mixture, 25 components in 10 dimensions, 1000 samples, and its gradient.

The objective GMM of Srajer, Kukelova and Fitzgibbon, A benchmark of selected algorithmic differentiation tools on some
problems in computer vision and machine learning, Optimization Methods and Software 33, 2018: section 4.1, with the
Wishart prior. Parameters are the logs of weights, the means, and inverse Cholesky factors: 1650 numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import lgamma
from pathlib import Path

import differences
import numpy as np
from figure import Figure
from goals import over_contender, over_quantity
from race import Functions, Race, run
from timing import Effort

import zymogen as zg

NAME = "mixture"
SIZE = "d = 10, k = 25, n = 1000"
_PARAMETERS = ("alphas", "means", "icf")

GOALS = tuple(
    goal
    for contender in ("zymogen", "zymogen, fast")
    for goal in (
        over_quantity(f"GMM: gradient / evaluation, {contender}", 2.5, NAME, SIZE, "gradient", "evaluation", contender),
        over_contender(f"GMM: gradient, {contender} / JAX", 0.5, NAME, SIZE, "gradient", "JAX", contender=contender),
    )
)


def measure(effort: Effort) -> Iterator[Figure]:
    yield from run(race(effort), effort=effort)


def race(effort: Effort) -> Race:
    """The value, and its gradient with respect to all three groups of parameters."""
    k, d, n = 25, 10, effort.rows(1000)
    random = np.random.default_rng(0)
    alphas = random.normal(size=k)
    means = random.uniform(size=(k, d))
    icf = random.normal(size=(k, d * (d + 1) // 2)) / 4
    x = random.normal(size=(n, d))
    arguments = (alphas, means, icf, x, 1.0, 0)
    value, gradient = _reference(*arguments)
    return Race(
        NAME,
        SIZE,
        Path(__file__).with_suffix(".cpp").read_text(encoding="utf-8"),
        arguments,
        {"evaluation": value, "gradient": gradient},
        {
            "zymogen": _zymogen,
            "by_hand": _by_hand,
            "jax": _jax,
            "torch": _torch,
            "differences": _numpy,
            "numba": _numba,
        },
    )


def _below(d: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the entries below a diagonal, column by column."""
    columns, rows = np.triu_indices(d, 1)
    return rows, columns


def _constants(k: int, d: int, n: int, gamma: float, m: int) -> float:
    """What does not depend on the parameters: of the normal densities, and of each component's prior."""
    freedom = d + m + 1
    log_gamma = 0.25 * d * (d - 1) * np.log(np.pi) + sum(lgamma(0.5 * (freedom - j)) for j in range(d))
    prior = freedom * d * (np.log(gamma) - 0.5 * np.log(2)) - log_gamma
    return -0.5 * n * d * np.log(2 * np.pi) - k * prior


def _log_sum_exp(values: np.ndarray) -> np.ndarray:
    most = values.max(axis=-1, keepdims=True)
    return (most + np.log(np.exp(values - most).sum(axis=-1, keepdims=True)))[..., 0]


def _factors(icf: np.ndarray, d: int) -> np.ndarray:
    """Q of all components: exp on the diagonal, the rest below it."""
    Q = np.zeros((len(icf), d, d))
    Q[:, np.arange(d), np.arange(d)] = np.exp(icf[:, :d])
    Q[:, *_below(d)] = icf[:, d:]
    return Q


def _parts(alphas, means, icf, x) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Q[k,a,b], (x - mean)[k,n,b], y[k,n,a] = Q (x - mean), and the logarithms of the densities [n,k]."""
    d = x.shape[1]
    Q = _factors(icf, d)
    away = x - means[:, None]
    y = away @ np.swapaxes(Q, 1, 2)
    terms = alphas + icf[:, :d].sum(axis=1) - 0.5 * (y * y).sum(axis=2).T
    return Q, away, y, terms


def _value(alphas, means, icf, x, gamma, m) -> np.ndarray:
    (k, d), n = means.shape, len(x)
    terms = _parts(alphas, means, icf, x)[-1]
    squares = np.exp(2 * icf[:, :d]).sum() + (icf[:, d:] ** 2).sum()
    prior = 0.5 * gamma**2 * squares - m * icf[:, :d].sum()
    return _log_sum_exp(terms).sum() - n * _log_sum_exp(alphas) + prior + _constants(k, d, n, gamma, m)


def _reference(alphas, means, icf, x, gamma, m) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    n, d = x.shape
    Q, away, y, terms = _parts(alphas, means, icf, x)
    weights = np.exp(terms - _log_sum_exp(terms)[:, None])
    pulled = weights.T[..., None] * y
    in_alphas = weights.sum(axis=0) - n * np.exp(alphas - _log_sum_exp(alphas))
    in_means = np.einsum("ka,kab->kb", pulled.sum(axis=1), Q)
    in_Q = -np.einsum("kna,knb->kab", pulled, away)
    diagonal = np.arange(d)
    scales = Q[:, diagonal, diagonal]
    in_diagonal = in_Q[:, diagonal, diagonal] * scales + weights.sum(axis=0)[:, None] + gamma**2 * scales**2 - m
    in_rest = in_Q[:, *_below(d)] + gamma**2 * icf[:, d:]
    gradient = (in_alphas, in_means, np.concatenate([in_diagonal, in_rest], axis=1))
    return _value(alphas, means, icf, x, gamma, m), gradient


def _zymogen(library: zg.Library) -> Functions:
    return {"evaluation": library.mixture, "gradient": zg.grad(library.mixture, ("alphas", "means", "icf"))}


def _by_hand(library: zg.Library) -> Functions:
    return {"evaluation": library.mixture, "gradient": library.mixture_gradient}


def _jax() -> Functions:
    import jax
    import jax.numpy as jnp
    from jax.scipy.special import logsumexp, multigammaln

    def value(alphas, means, icf, x, gamma, m):
        (k, d), n = means.shape, len(x)
        diagonal = jnp.arange(d)
        Q = jnp.zeros((k, d, d)).at[:, diagonal, diagonal].set(jnp.exp(icf[:, :d]))
        Q = Q.at[:, *_below(d)].set(icf[:, d:])
        y = (x - means[:, None]) @ jnp.swapaxes(Q, 1, 2)
        terms = alphas + icf[:, :d].sum(axis=1) - 0.5 * (y * y).sum(axis=2).T
        squares = jnp.exp(2 * icf[:, :d]).sum() + (icf[:, d:] ** 2).sum()
        freedom = d + m + 1
        constant = freedom * d * (jnp.log(gamma) - 0.5 * jnp.log(2)) - multigammaln(0.5 * freedom, d)
        prior = 0.5 * gamma**2 * squares - m * icf[:, :d].sum() - k * constant
        likelihood = -0.5 * n * d * jnp.log(2 * jnp.pi) + logsumexp(terms, axis=1).sum() - n * logsumexp(alphas)
        return likelihood + prior

    return {"evaluation": jax.jit(value), "gradient": jax.jit(jax.grad(value, argnums=(0, 1, 2)))}


def _torch() -> Functions:
    import torch

    def value(alphas, means, icf, x, gamma, m):
        (k, d), n = means.shape, len(x)
        rows, columns = map(torch.as_tensor, _below(d))
        lower = torch.zeros((k, d, d), dtype=x.dtype)
        lower = lower.index_put((torch.arange(k)[:, None], rows, columns), icf[:, d:])
        Q = lower + torch.diag_embed(torch.exp(icf[:, :d]))
        y = (x - means[:, None]) @ Q.mT
        terms = alphas + icf[:, :d].sum(1) - 0.5 * (y * y).sum(2).T
        squares = torch.exp(2 * icf[:, :d]).sum() + (icf[:, d:] ** 2).sum()
        freedom = d + m.double() + 1
        constant = freedom * d * (torch.log(gamma) - 0.5 * np.log(2)) - torch.special.multigammaln(0.5 * freedom, d)
        prior = 0.5 * gamma**2 * squares - m * icf[:, :d].sum() - k * constant
        likelihood = torch.logsumexp(terms, 1).sum() - n * torch.logsumexp(alphas, 0)
        return likelihood - 0.5 * n * d * np.log(2 * np.pi) + prior

    def backward(alphas, means, icf, *rest):
        parameters = [parameter.detach().requires_grad_() for parameter in (alphas, means, icf)]
        return torch.autograd.grad(value(*parameters, *rest), parameters)

    return {
        "evaluation": value,
        "gradient": {"backward": backward, "func.grad": torch.func.grad(value, argnums=(0, 1, 2))},
    }


def _numpy() -> Functions:
    def gradient(*arguments):
        parameters, rest = arguments[:3], arguments[3:]

        def in_one(number: int) -> np.ndarray:
            def value(flat: np.ndarray) -> np.ndarray:
                changed = [*parameters[:number], flat.reshape(parameters[number].shape), *parameters[number + 1 :]]
                return _value(*changed, *rest)

            flat = differences.columns(value, parameters[number].ravel())
            return flat.reshape(parameters[number].shape)

        return tuple(map(in_one, range(3)))

    return {"evaluation": _value, "gradient": gradient}


def _numba() -> Functions:
    from numba import njit

    @njit(fastmath=True)
    def log_sum_exp(values):
        most = values.max()
        return most + np.log(np.exp(values - most).sum())

    @njit(fastmath=True)
    def whiten(scale, below, x, mean, y):
        d = x.size
        for a in range(d):
            y[a] = scale[a] * (x[a] - mean[a])
        entry = 0
        for a in range(d):
            for b in range(a + 1, d):
                y[b] += below[entry] * (x[a] - mean[a])
                entry += 1

    @njit(fastmath=True)
    def value(alphas, means, icf, x, gamma, constant, m):
        (k, d), n = means.shape, len(x)
        scales = np.exp(icf[:, :d])
        sums = icf[:, :d].sum(axis=1)
        y, terms = np.empty(d), np.empty(k)
        likelihood = 0.0
        for i in range(n):
            for c in range(k):
                whiten(scales[c], icf[c, d:], x[i], means[c], y)
                squares = 0.0
                for a in range(d):
                    squares += y[a] * y[a]
                terms[c] = alphas[c] + sums[c] - 0.5 * squares
            likelihood += log_sum_exp(terms)
        squares = (scales * scales).sum() + (icf[:, d:] ** 2).sum()
        return likelihood - n * log_sum_exp(alphas) + 0.5 * gamma**2 * squares - m * sums.sum() + constant

    @njit(fastmath=True)
    def gradient(alphas, means, icf, x, gamma, m, d_alphas, d_means, d_icf):
        (k, d), n = means.shape, len(x)
        scales = np.exp(icf[:, :d])
        sums = icf[:, :d].sum(axis=1)
        ys, terms = np.empty((k, d)), np.empty(k)
        d_alphas[:], d_means[:], d_icf[:] = 0.0, 0.0, 0.0
        for i in range(n):
            for c in range(k):
                whiten(scales[c], icf[c, d:], x[i], means[c], ys[c])
                squares = 0.0
                for a in range(d):
                    squares += ys[c, a] * ys[c, a]
                terms[c] = alphas[c] + sums[c] - 0.5 * squares
            all_terms = log_sum_exp(terms)
            for c in range(k):
                weight = np.exp(terms[c] - all_terms)
                d_alphas[c] += weight
                entry = d
                for a in range(d):
                    away = x[i, a] - means[c, a]
                    pulled = scales[c, a] * ys[c, a]
                    d_icf[c, a] += weight * (1 - pulled * away)
                    for b in range(a + 1, d):
                        d_icf[c, entry] -= weight * ys[c, b] * away
                        pulled += icf[c, entry] * ys[c, b]
                        entry += 1
                    d_means[c, a] += weight * pulled
        all_terms = log_sum_exp(alphas)
        for c in range(k):
            d_alphas[c] -= n * np.exp(alphas[c] - all_terms)
            for a in range(d):
                d_icf[c, a] += gamma**2 * scales[c, a] ** 2 - m
            for e in range(d, icf.shape[1]):
                d_icf[c, e] += gamma**2 * icf[c, e]

    def evaluation(alphas, means, icf, x, gamma, m):
        constant = _constants(*means.shape, len(x), gamma, m)
        return value(alphas, means, icf, x, gamma, constant, m)

    return {"evaluation": evaluation, "gradient": gradient}
