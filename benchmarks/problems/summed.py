"""summed: the gradient of a logistic regression's loss in 8 weights, summed over 1e6 samples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import differences
import numpy as np
from figure import Figure
from race import Functions, Race, run
from timing import Effort

import zymogen as zg

NAME = "summed"
SIZE = "1e6 samples"
GOALS = ()


def measure(effort: Effort) -> Iterator[Figure]:
    yield from run(race(SIZE, effort.rows(10**6)), effort=effort)


def race(size: str, samples: int) -> Race:
    """The summed loss and its gradient; nobody has to keep a gradient for each sample."""
    random = np.random.default_rng(0)
    w = random.normal(size=8)
    x = random.normal(size=(samples, 8))
    label = np.where(random.uniform(size=samples) < 1 / (1 + np.exp(-x @ w)), 1.0, -1.0)
    slope = -label / (1 + np.exp(label * (x @ w)))
    return Race(
        NAME,
        size,
        Path(__file__).with_suffix(".cpp").read_text(encoding="utf-8"),
        (x, label, w),
        {"gradient": slope @ x},
        {
            "zymogen": lambda library: {"gradient": zg.grad(library.loss, "w", sum_over_batch=True)},
            "by_hand": lambda library: {"gradient": library.total_gradient},
            "jax": _jax,
            "torch": _torch,
            "differences": _numpy,
            "numba": _numba,
        },
    )


def _jax() -> Functions:
    import jax
    import jax.numpy as jnp

    def total(x, label, w):
        return jnp.sum(jnp.log1p(jnp.exp(-label * (x @ w))))

    return {"gradient": jax.jit(jax.grad(total, argnums=2))}


def _torch() -> Functions:
    import torch

    def total(x, label, w):
        return torch.log1p(torch.exp(-label * (x @ w))).sum()

    def backward(x, label, w):
        w = w.detach().requires_grad_()
        return torch.autograd.grad(total(x, label, w), w)[0]

    return {"gradient": {"backward": backward, "func.grad": torch.func.grad(total, argnums=2)}}


def _numpy() -> Functions:
    def gradient(x, label, w):
        def total(w):
            return np.log1p(np.exp(-label * (x @ w))).sum()

        return differences.columns(total, w)

    return {"gradient": gradient}


def _numba() -> Functions:
    from numba import njit

    @njit(fastmath=True)
    def gradient(x, label, w, g):
        g[:] = 0.0
        for d in range(x.shape[0]):
            s = 0.0
            for i in range(w.size):
                s += x[d, i] * w[i]
            slope = -label[d] / (1 + np.exp(label[d] * s))
            for i in range(w.size):
                g[i] += slope * x[d, i]

    return {"gradient": gradient}
