"""D: y = tanh(M x) for 2e4 samples x of 16 numbers, two outputs: Jacobians in x and in M, Hessian diagonal, Hessian."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement
from pathlib import Path

import differences
import numpy as np
from figure import Figure
from goals import over_contender
from race import Functions, Race, run
from timing import Effort

import zymogen as zg

NAME = "D"
SIZE = "2e4 samples"
_OUTPUTS, _INPUTS = 2, 16
_DERIVATIVES = ("Jacobian in x", "Jacobian in M", "Hessian diagonal", "Hessian")

GOALS = tuple(
    over_contender(f"D: {quantity}, {contender} / JAX", 0.8, NAME, SIZE, quantity, "JAX", contender=contender)
    for contender in ("zymogen", "zymogen, fast")
    for quantity in _DERIVATIVES
)


def measure(effort: Effort) -> Iterator[Figure]:
    whole = race(SIZE, effort.rows(20_000))
    for quantity in whole.reference:
        yield from run(whole.of(quantity), effort=effort)


def race(size: str, samples: int) -> Race:
    """All quantities for a number of samples; M is shared by them."""
    random = np.random.default_rng(0)
    M = random.normal(size=(_OUTPUTS, _INPUTS)) / 4
    x = random.normal(size=(samples, _INPUTS))
    return Race(
        NAME,
        size,
        Path(__file__).with_suffix(".cpp").read_text(encoding="utf-8"),
        (M, x),
        _reference(M, x),
        {
            "zymogen": _zymogen,
            "by_hand": _by_hand,
            "jax": _jax,
            "torch": _torch,
            "differences": _numpy,
            "numba": _numba,
        },
    )


def _reference(M: np.ndarray, x: np.ndarray) -> dict[str, np.ndarray]:
    y = np.tanh(x @ M.T)
    slope, curvature = 1 - y**2, -2 * y * (1 - y**2)
    return {
        "evaluation": y,
        "Jacobian in x": np.einsum("da,ac->dac", slope, M),
        "Jacobian in M": np.einsum("da,ab,dc->dabc", slope, np.eye(_OUTPUTS), x),
        "Hessian diagonal": np.einsum("da,ac->dac", curvature, M**2),
        "Hessian": np.einsum("da,ac,ae->dace", curvature, M, M),
    }


def _zymogen(library: zg.Library) -> Functions:
    f = library.model.specialize(a=_OUTPUTS, c=_INPUTS)
    return {
        "evaluation": f,
        "Jacobian in x": zg.jacobian(f, "x"),
        "Jacobian in M": zg.jacobian(f, "M"),
        "Hessian diagonal": zg.hessian_diagonal(f, "x"),
        "Hessian": zg.hessian(f, "x"),
    }


def _by_hand(library: zg.Library) -> Functions:
    return {
        "evaluation": library.model,
        "Jacobian in x": library.model_jacobian_x,
        "Jacobian in M": library.model_jacobian_M,
        "Hessian diagonal": library.model_hessian_diagonal,
        "Hessian": library.model_hessian,
    }


def _jax() -> Functions:
    import jax
    import jax.numpy as jnp
    from jax import grad, hessian, jacfwd, jacrev, jvp

    def model(M, x):
        return jnp.tanh(M @ x)

    def diagonal(M, x):
        """Two tangents along each component in turn, one in the other."""

        def along(f, v):
            return lambda x: jvp(f, (x,), (v,))[1]

        return jax.vmap(lambda v: along(along(lambda x: model(M, x), v), v)(x), out_axes=1)(jnp.eye(_INPUTS))

    def diagonal_of_hessian(M, x):
        return jnp.diagonal(hessian(model, argnums=1)(M, x), axis1=1, axis2=2)

    def rows(**ways):
        return {name: jax.jit(jax.vmap(f, in_axes=(None, 0))) for name, f in ways.items()}

    def output_by_output(M, x):
        """The model is a vector of numbers, and each has a Hessian."""
        return jax.vmap(lambda row: jacfwd(grad(lambda x: jnp.tanh(row @ x)))(x))(M)

    return {
        "evaluation": rows(jit=model),
        "Jacobian in x": rows(jacrev=jacrev(model, argnums=1), jacfwd=jacfwd(model, argnums=1)),
        "Jacobian in M": rows(jacrev=jacrev(model), jacfwd=jacfwd(model)),
        "Hessian diagonal": rows(jvp_of_jvp=diagonal, hessian=diagonal_of_hessian),
        "Hessian": rows(
            hessian=hessian(model, argnums=1),
            jacfwd_of_jacfwd=jacfwd(jacfwd(model, argnums=1), argnums=1),
            jacrev_of_jacrev=jacrev(jacrev(model, argnums=1), argnums=1),
            output_by_output=output_by_output,
        ),
    }


def _torch() -> Functions:
    import torch
    from torch.func import hessian, jacfwd, jacrev, jvp, vmap

    def model(M, x):
        return torch.tanh(M @ x)

    def diagonal(M, x):
        def along(f, v):
            return lambda x: jvp(f, (x,), (v,))[1]

        one_hots = torch.eye(_INPUTS, dtype=torch.float64)
        return vmap(lambda v: along(along(lambda x: model(M, x), v), v)(x), out_dims=1)(one_hots)

    def diagonal_of_hessian(M, x):
        return torch.diagonal(hessian(model, argnums=1)(M, x), dim1=1, dim2=2)

    def backward(M, x):
        """One backward pass for each output: no sample depends on another."""
        x = x.detach().requires_grad_()
        y = torch.tanh(x @ M.T)
        rows = [torch.autograd.grad(y[:, a].sum(), x, retain_graph=True)[0] for a in range(_OUTPUTS)]
        return torch.stack(rows, dim=1)

    def rows(**ways):
        return {name: vmap(f, in_dims=(None, 0)) for name, f in ways.items()}

    return {
        "evaluation": {"batched": lambda M, x: torch.tanh(x @ M.T)},
        "Jacobian in x": {"backward": backward}
        | rows(jacrev=jacrev(model, argnums=1), jacfwd=jacfwd(model, argnums=1)),
        "Jacobian in M": rows(jacrev=jacrev(model), jacfwd=jacfwd(model)),
        "Hessian diagonal": rows(jvp_of_jvp=diagonal, hessian=diagonal_of_hessian),
        "Hessian": rows(hessian=hessian(model, argnums=1)),
    }


def _numpy() -> Functions:
    def model(M, x):
        return np.tanh(x @ M.T)

    def in_x(M, x):
        return differences.columns(lambda x: model(M, x), x)

    def in_M(M, x):
        flat = differences.columns(lambda entries: model(entries.reshape(M.shape), x), M.ravel())
        return flat.reshape(len(x), _OUTPUTS, *M.shape)

    def second(M, x, i, j):
        step = differences.SECOND
        return differences.along(lambda x: differences.along(lambda x: model(M, x), x, j, step), x, i, step)

    def diagonal(M, x):
        return np.stack([second(M, x, c, c) for c in range(_INPUTS)], axis=-1)

    def hessian(M, x):
        H = np.empty((len(x), _OUTPUTS, _INPUTS, _INPUTS))
        for i, j in combinations_with_replacement(range(_INPUTS), 2):
            H[..., i, j] = H[..., j, i] = second(M, x, i, j)
        return H

    return {
        "evaluation": model,
        "Jacobian in x": in_x,
        "Jacobian in M": in_M,
        "Hessian diagonal": diagonal,
        "Hessian": hessian,
    }


def _numba() -> Functions:
    from numba import njit

    @njit(fastmath=True)
    def output(M, x, a):
        s = 0.0
        for c in range(M.shape[1]):
            s += M[a, c] * x[c]
        return np.tanh(s)

    @njit(fastmath=True)
    def model(M, x, y):
        for d in range(x.shape[0]):
            for a in range(M.shape[0]):
                y[d, a] = output(M, x[d], a)

    @njit(fastmath=True)
    def in_x(M, x, J):
        for d in range(x.shape[0]):
            for a in range(M.shape[0]):
                y = output(M, x[d], a)
                for c in range(M.shape[1]):
                    J[d, a, c] = (1 - y * y) * M[a, c]

    @njit(fastmath=True)
    def in_M(M, x, J):
        for d in range(x.shape[0]):
            for a in range(M.shape[0]):
                y = output(M, x[d], a)
                for b in range(M.shape[0]):
                    for c in range(M.shape[1]):
                        J[d, a, b, c] = (1 - y * y) * x[d, c] if a == b else 0.0

    @njit(fastmath=True)
    def diagonal(M, x, H):
        for d in range(x.shape[0]):
            for a in range(M.shape[0]):
                y = output(M, x[d], a)
                for c in range(M.shape[1]):
                    H[d, a, c] = -2 * y * (1 - y * y) * M[a, c] ** 2

    @njit(fastmath=True)
    def hessian(M, x, H):
        for d in range(x.shape[0]):
            for a in range(M.shape[0]):
                y = output(M, x[d], a)
                for c in range(M.shape[1]):
                    for e in range(M.shape[1]):
                        H[d, a, c, e] = -2 * y * (1 - y * y) * M[a, c] * M[a, e]

    return {
        "evaluation": model,
        "Jacobian in x": in_x,
        "Jacobian in M": in_M,
        "Hessian diagonal": diagonal,
        "Hessian": hessian,
    }
