"""B: one third derivative of a product of five numbers, d³f / dx₀ dx₂ dx₄, for the rows of a batch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import differences
import numpy as np
from figure import Figure
from goals import over_contender
from race import Functions, Race, run
from timing import Effort

import zymogen as zg

NAME = "B"
_SIZES = {"6 rows": 6, "1e5 rows": 10**5}
_THIRD = "third derivative"
_COMPONENTS = 5

GOALS = tuple(
    over_contender(f"B: 1e5 rows, {contender} / {other}", limit, NAME, "1e5 rows", _THIRD, other, contender=contender)
    for contender in ("zymogen", "zymogen, fast")
    for other, limit in {"JAX": 0.2, "Numba by hand": 1.3}.items()
)


def measure(effort: Effort) -> Iterator[Figure]:
    for size, rows in _SIZES.items():
        yield from run(race(size, effort.rows(rows)), effort=effort)


def race(size: str, rows: int) -> Race:
    """The value and one third derivative for each of `rows` rows."""
    x = np.random.default_rng(0).normal(size=(rows, _COMPONENTS))
    return Race(
        NAME,
        size,
        Path(__file__).with_suffix(".cpp").read_text(encoding="utf-8"),
        (x,),
        {"evaluation": x.prod(axis=1), _THIRD: x[:, 1] * x[:, 3]},
        {
            "zymogen": _zymogen,
            "by_hand": _by_hand,
            "jax": _jax,
            "torch": _torch,
            "differences": _numpy,
            "numba": _numba,
        },
    )


def _zymogen(library: zg.Library) -> Functions:
    f = library.product
    third = zg.partial(f, ("x", 0), ("x", 2), ("x", 4))
    return {
        "evaluation": {"any size": f, "specialized": f.specialize(n=_COMPONENTS)},
        _THIRD: {"any size": third, "specialized": third.specialize(n=_COMPONENTS)},
    }


def _by_hand(library: zg.Library) -> Functions:
    return {"evaluation": library.product, _THIRD: library.product_third}


def _jax() -> Functions:
    import jax
    import jax.numpy as jnp

    def nested(x):
        """Three tangents, one in the other."""

        def along(f, i):
            one_hot = jnp.zeros(5).at[i].set(1)
            return lambda x: jax.jvp(f, (x,), (one_hot,))[1]

        return along(along(along(jnp.prod, 0), 2), 4)(x)

    def entry(x):
        return jax.grad(lambda x: jax.grad(lambda x: jax.grad(jnp.prod)(x)[0])(x)[2])(x)[4]

    return {
        "evaluation": jax.jit(jax.vmap(jnp.prod)),
        _THIRD: {"jvp of jvp of jvp": jax.jit(jax.vmap(nested)), "entries of grads": jax.jit(jax.vmap(entry))},
    }


def _torch() -> Functions:
    import torch
    from torch.func import grad, jvp, vmap

    one_hots = torch.eye(5, dtype=torch.float64)

    def nested(x):
        def along(f, i):
            return lambda x: jvp(f, (x,), (one_hots[i],))[1]

        return along(along(along(torch.prod, 0), 2), 4)(x)

    def entry(x):
        return grad(lambda x: grad(lambda x: grad(torch.prod)(x)[0])(x)[2])(x)[4]

    def backward(x):
        x = x.detach().requires_grad_()
        first = torch.autograd.grad(torch.prod(x, 1).sum(), x, create_graph=True)[0][:, 0]
        second = torch.autograd.grad(first.sum(), x, create_graph=True)[0][:, 2]
        return torch.autograd.grad(second.sum(), x)[0][:, 4]

    return {
        "evaluation": lambda x: torch.prod(x, 1),
        _THIRD: {"func.jvp": vmap(nested), "func.grad": vmap(entry), "backward": backward},
    }


def _numpy() -> Functions:
    def f(x):
        return x.prod(axis=-1)

    def third(x):
        step = differences.THIRD
        return differences.along(
            lambda x: differences.along(lambda x: differences.along(f, x, 4, step), x, 2, step), x, 0, step
        )

    return {"evaluation": f, _THIRD: third}


def _numba() -> Functions:
    from numba import njit

    @njit(fastmath=True)
    def f(x, out):
        for row in range(x.shape[0]):
            p = 1.0
            for i in range(x.shape[1]):
                p *= x[row, i]
            out[row] = p

    @njit(fastmath=True)
    def third(x, out):
        for row in range(x.shape[0]):
            p = x[row, 1] * x[row, 3]
            for i in range(5, x.shape[1]):
                p *= x[row, i]
            out[row] = p

    return {"evaluation": f, _THIRD: third}
