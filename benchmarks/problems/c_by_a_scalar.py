"""C: the derivative of an array of 21 numbers with respect to one, once and for 1e5 rows of data."""

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

NAME = "C"
_CALL, _BATCH = "one call", "1e5 rows"
_POINTS = 21
_DERIVATIVE = "derivative in m"

GOALS = (
    *(
        over_quantity(
            f"C: derivative / evaluation, {contender}, {size}",
            1.3,
            NAME,
            size,
            _DERIVATIVE,
            "evaluation",
            contender,
        )
        for contender in ("zymogen", "zymogen, fast")
        for size in (_CALL, _BATCH)
    ),
    *(
        over_contender(f"C: {contender} / JAX, one call", 0.1, NAME, _CALL, _DERIVATIVE, "JAX", contender=contender)
        for contender in ("zymogen", "zymogen, fast")
    ),
)


def measure(effort: Effort) -> Iterator[Figure]:
    yield from run(race(_CALL, None), effort=effort)
    yield from run(race(_BATCH, effort.rows(10**5)), effort=effort)


def race(size: str, rows: int | None) -> Race:
    """One point, or `rows` of them with data `d` and a number `m` each, on one grid `x`."""
    random = np.random.default_rng(0)
    x = np.arange(_POINTS) - 10.0
    d = 1 / (1 + x**2)
    m = 0.25
    if rows is not None:
        d = d * random.uniform(0.5, 1.5, size=(rows, _POINTS))
        m = random.uniform(-1, 1, size=rows)
    value, derivative = _reference(x, d, m)
    return Race(
        NAME,
        size,
        Path(__file__).with_suffix(".cpp").read_text(encoding="utf-8"),
        (x, d, m),
        {"evaluation": value, _DERIVATIVE: derivative},
        {
            "zymogen": _zymogen,
            "by_hand": _by_hand,
            "jax": lambda: _jax(batch=rows is not None),
            "torch": lambda: _torch(batch=rows is not None),
            "differences": _numpy,
            "numba": lambda: _numba(batch=rows is not None),
        },
    )


def _values(x: np.ndarray, d: np.ndarray, m: float | np.ndarray) -> np.ndarray:
    d0 = np.exp(-1.5 * (x - np.asarray(m)[..., None]) ** 2)
    q = np.sum(d * d0, axis=-1, keepdims=True) / np.sum(d0 * d0, axis=-1, keepdims=True)
    return d - q * d0


def _reference(x: np.ndarray, d: np.ndarray, m: float | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    away = x - np.asarray(m)[..., None]
    d0 = np.exp(-1.5 * away**2)
    d0_dm = 3 * away * d0
    norm = np.sum(d0 * d0, axis=-1, keepdims=True)
    q = np.sum(d * d0, axis=-1, keepdims=True) / norm
    q_dm = (np.sum(d * d0_dm, axis=-1, keepdims=True) - 2 * q * np.sum(d0 * d0_dm, axis=-1, keepdims=True)) / norm
    return _values(x, d, m), -(q_dm * d0 + q * d0_dm)


def _zymogen(library: zg.Library) -> Functions:
    f, derivative = library.rs, zg.partial(library.rs, "m")
    return {
        "evaluation": {"any size": f, "specialized": f.specialize(n=_POINTS)},
        _DERIVATIVE: {"any size": derivative, "specialized": derivative.specialize(n=_POINTS)},
    }


def _by_hand(library: zg.Library) -> Functions:
    return {"evaluation": library.rs, _DERIVATIVE: library.rs_derivative}


def _jax(*, batch: bool) -> Functions:
    import jax
    import jax.numpy as jnp

    def rs(x, d, m):
        d0 = jnp.exp(-1.5 * (x - m) ** 2)
        return d - jnp.dot(d, d0) / jnp.dot(d0, d0) * d0

    def rows(f):
        return jax.jit(jax.vmap(f, in_axes=(None, 0, 0)) if batch else f)

    return {"evaluation": rows(rs), _DERIVATIVE: rows(jax.jacfwd(rs, argnums=2))}


def _torch(*, batch: bool) -> Functions:
    import torch

    def rs(x, d, m):
        d0 = torch.exp(-1.5 * (x - m) ** 2)
        return d - torch.dot(d, d0) / torch.dot(d0, d0) * d0

    def along(x, d, m):
        return torch.func.jvp(lambda m: rs(x, d, m), (m,), (torch.ones_like(m),))[1]

    def rows(f):
        return torch.func.vmap(f, in_dims=(None, 0, 0)) if batch else f

    ways = {"func.jvp": rows(along), "func.jacfwd": rows(torch.func.jacfwd(rs, argnums=2))}
    return {"evaluation": rows(rs), _DERIVATIVE: ways}


def _numpy() -> Functions:
    def derivative(x, d, m):
        step = differences.FIRST
        return (_values(x, d, m + step) - _values(x, d, m - step)) / (2 * step)

    return {"evaluation": _values, _DERIVATIVE: derivative}


def _numba(*, batch: bool) -> Functions:
    from numba import njit

    @njit(fastmath=True)
    def rs(x, d, m, r):
        dot = norm = 0.0
        for i in range(x.size):
            r[i] = np.exp(-1.5 * (x[i] - m) ** 2)
            dot += d[i] * r[i]
            norm += r[i] * r[i]
        for i in range(x.size):
            r[i] = d[i] - dot / norm * r[i]

    @njit(fastmath=True)
    def derivative(x, d, m, dr):
        dot = norm = dot_dm = norm_dm = 0.0
        for i in range(x.size):
            d0 = np.exp(-1.5 * (x[i] - m) ** 2)
            d0_dm = 3 * (x[i] - m) * d0
            dr[i] = d0
            dot += d[i] * d0
            norm += d0 * d0
            dot_dm += d[i] * d0_dm
            norm_dm += 2 * d0 * d0_dm
        q = dot / norm
        q_dm = (dot_dm - q * norm_dm) / norm
        for i in range(x.size):
            dr[i] = -(q_dm + q * 3 * (x[i] - m)) * dr[i]

    def rows(f):
        @njit(fastmath=True)
        def for_each(x, d, m, out):
            for row in range(m.size):
                f(x, d[row], m[row], out[row])

        return for_each if batch else f

    return {"evaluation": rows(rs), _DERIVATIVE: rows(derivative)}
