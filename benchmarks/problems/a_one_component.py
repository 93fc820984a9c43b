"""A: exp(-|x - y|²) of two vectors: an evaluation, one component of the gradient, and the gradient in x."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import differences
import numpy as np
from figure import Figure
from goals import over_contender, over_quantity
from race import Functions, Race, run
from timing import Effort

import zymogen as zg

NAME = "A"
_SIZES = {"n = 2": 2, "n = 1e3": 10**3, "n = 1e6": 10**6}
_PEERS = ("JAX", "PyTorch")

GOALS = (
    *(
        over_quantity(
            f"A: one partial / one evaluation, {size}, fast",
            limit,
            NAME,
            size,
            "one partial",
            "evaluation",
            "zymogen, fast",
        )
        for size, limit in {"n = 1e6": 1.05, "n = 1e3": 1.15}.items()
    ),
    *(
        over_contender(
            f"A: one partial, {contender} / the best of JAX and PyTorch, {size}",
            limit,
            NAME,
            size,
            "one partial",
            *_PEERS,
            contender=contender,
        )
        for contender in ("zymogen", "zymogen, fast")
        for size, limit in {"n = 2": 0.1, "n = 1e3": 0.2, "n = 1e6": 0.3}.items()
    ),
    *(
        over_quantity(
            f"A: gradient in x / one evaluation, {contender}, {size}",
            2.0,
            NAME,
            size,
            "gradient in x",
            "evaluation",
            contender,
        )
        for contender in ("zymogen", "zymogen, fast")
        for size in _SIZES
    ),
)


def measure(effort: Effort) -> Iterator[Figure]:
    for size, n in _SIZES.items():
        yield from run(race(size, effort.rows(n)), effort=effort)


def race(size: str, n: int) -> Race:
    """All quantities for vectors of `n` components."""
    x, y = np.random.default_rng(0).normal(size=(2, n)) / np.sqrt(n)
    i = n // 2
    f = np.exp(-np.sum((x - y) ** 2))

    def zymogen(library: zg.Library) -> Functions:
        f = library.bump
        return {"evaluation": f, "one partial": zg.partial(f, ("x", i)), "gradient in x": zg.grad(f, "x")}

    def by_hand(library: zg.Library) -> Functions:
        return {
            "evaluation": library.bump,
            "one partial": library.bump_partial,
            "gradient in x": library.bump_gradient,
        }

    def jax() -> Functions:
        import jax
        import jax.numpy as jnp

        def f(x, y):
            return jnp.exp(-jnp.sum((x - y) ** 2))

        def along(x, y):
            one_hot = jnp.zeros(n).at[i].set(1)
            return jax.jvp(lambda x: f(x, y), (x,), (one_hot,))[1]

        return {
            "evaluation": jax.jit(f),
            "one partial": {"jvp": jax.jit(along), "an entry of grad": jax.jit(lambda x, y: jax.grad(f)(x, y)[i])},
            "gradient in x": jax.jit(jax.grad(f)),
        }

    def torch() -> Functions:
        import torch

        def f(x, y):
            return torch.exp(-torch.sum((x - y) ** 2))

        def backward(x, y):
            x = x.detach().requires_grad_()
            return torch.autograd.grad(f(x, y), x)[0]

        one_hot = torch.zeros(n, dtype=torch.float64)
        one_hot[i] = 1

        def along(x, y):
            return torch.func.jvp(lambda x: f(x, y), (x,), (one_hot,))[1]

        return {
            "evaluation": f,
            "one partial": {"func.jvp": along, "an entry of backward": lambda x, y: backward(x, y)[i]},
            "gradient in x": {"func.grad": torch.func.grad(f), "backward": backward},
        }

    def numpy() -> Functions:
        def f(x, y):
            difference = x - y
            return np.exp(-np.dot(difference, difference))

        functions = {
            "evaluation": f,
            "one partial": lambda x, y: differences.along(lambda x: f(x, y), x, i),
        }
        if n <= 1000:  # a component takes two evaluations
            functions["gradient in x"] = lambda x, y: differences.columns(lambda x: f(x, y), x)
        return functions

    def numba() -> Functions:
        from numba import njit

        @njit(fastmath=True)
        def f(x, y):
            s = 0.0
            for k in range(x.size):
                s += (x[k] - y[k]) ** 2
            return np.exp(-s)

        @njit(fastmath=True)
        def partial(x, y):
            return -2 * (x[i] - y[i]) * f(x, y)

        @njit(fastmath=True)
        def gradient(x, y, g):
            value = f(x, y)
            for k in range(x.size):
                g[k] = -2 * (x[k] - y[k]) * value

        return {"evaluation": f, "one partial": partial, "gradient in x": gradient}

    return Race(
        NAME,
        size,
        Path(__file__).with_suffix(".cpp").read_text(encoding="utf-8"),
        (x, y),
        {"evaluation": f, "one partial": -2 * (x[i] - y[i]) * f, "gradient in x": -2 * (x - y) * f},
        {"zymogen": zymogen, "by_hand": by_hand, "jax": jax, "torch": torch, "differences": numpy, "numba": numba},
    )
