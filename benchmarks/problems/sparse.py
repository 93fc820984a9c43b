"""sparse: a tridiagonal Jacobian and a tridiagonal Hessian of 1e5 unknowns, refilled; and what their plans take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import differences
import numpy as np
from figure import Figure
from goals import over_quantity
from race import Functions, Race, run
from timing import Effort

import zymogen as zg
from zymogen.sparse.coloring import color_hessian, color_jacobian

NAME = "sparse"
_JACOBIAN, _HESSIAN = "Broyden's function, n = 1e5", "Rosenbrock's chain, n = 1e5"
_SOURCE = Path(__file__).with_suffix(".cpp")

GOALS = (
    over_quantity("sparse: Jacobian / evaluation", 12.0, NAME, _JACOBIAN, "sparse Jacobian", "evaluation"),
    over_quantity("sparse: Hessian / evaluation", 12.0, NAME, _HESSIAN, "sparse Hessian", "evaluation"),
)


def measure(effort: Effort) -> Iterator[Figure]:
    n = effort.rows(10**5)
    yield from run(_jacobian(n), effort=effort)
    yield from run(_hessian(n), effort=effort)
    library = zg.compile(_SOURCE.read_text(encoding="utf-8"))
    x = _point(n)
    yield from _plan(
        _JACOBIAN, lambda: zg.sparse_jacobian(library.broyden, at=[(x,)]), lambda p: color_jacobian(p, "auto"), effort
    )
    yield from _plan(_HESSIAN, lambda: zg.sparse_hessian(library.rosenbrock, at=[(x,)]), color_hessian, effort)


def _point(n: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=n)


def _tridiagonal(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of each entry, row by row."""
    rows = np.repeat(np.arange(n), 3)
    columns = rows + np.tile([-1, 0, 1], n)
    inside = (columns >= 0) & (columns < n)
    return rows[inside], columns[inside]


def _jacobian(n: int) -> Race:
    x = _point(n)
    rows, columns = _tridiagonal(n)
    value = (3 - 2 * x) * x + 1
    value[1:] -= x[:-1]
    value[:-1] -= 2 * x[1:]
    entries = np.select([columns < rows, columns == rows], [-1.0, 3 - 4 * x[rows]], -2.0)

    def zymogen(library: zg.Library) -> Functions:
        derivative = zg.sparse_jacobian(library.broyden)
        return {"evaluation": library.broyden, "sparse Jacobian": _refill(derivative, x)}

    def by_hand(library: zg.Library) -> Functions:
        return {"evaluation": library.broyden, "sparse Jacobian": _with_columns(library.broyden_jacobian, columns)}

    def of(xp: Any, x: Any) -> Any:
        """Broyden's function, with arrays of `xp`."""
        zero = xp.zeros_like(x[:1])
        return (3 - 2 * x) * x + 1 - xp.concatenate([zero, x[:-1]]) - 2 * xp.concatenate([x[1:], zero])

    def jax() -> Functions:
        import jax
        import jax.numpy as jnp

        def compressed(x):
            products = jax.vmap(lambda seed: jax.jvp(lambda x: of(jnp, x), (x,), (seed,))[1])(jnp.asarray(_seeds(n)))
            return products[columns % 3, rows]

        return {"evaluation": jax.jit(lambda x: of(jnp, x)), "sparse Jacobian": jax.jit(compressed)}

    def torch() -> Functions:
        import torch

        seeds, colors, at = map(torch.as_tensor, (_seeds(n), columns % 3, rows))

        def compressed(x):
            along = torch.func.vmap(lambda seed: torch.func.jvp(lambda x: of(torch, x), (x,), (seed,))[1])
            return along(seeds)[colors, at]

        return {"evaluation": lambda x: of(torch, x), "sparse Jacobian": compressed}

    def numpy() -> Functions:
        def compressed(x):
            step = differences.FIRST
            products = [(of(np, x + step * seed) - of(np, x - step * seed)) / (2 * step) for seed in _seeds(n)]
            return np.stack(products)[columns % 3, rows]

        return {"evaluation": lambda x: of(np, x), "sparse Jacobian": compressed}

    def numba() -> Functions:
        from numba import njit

        @njit(fastmath=True)
        def f(x, y):
            for i in range(x.size):
                s = (3 - 2 * x[i]) * x[i] + 1
                if i > 0:
                    s -= x[i - 1]
                if i + 1 < x.size:
                    s -= 2 * x[i + 1]
                y[i] = s

        @njit(fastmath=True)
        def fill(x, entries):
            entry = 0
            for i in range(x.size):
                if i > 0:
                    entries[entry] = -1.0
                    entry += 1
                entries[entry] = 3 - 4 * x[i]
                entry += 1
                if i + 1 < x.size:
                    entries[entry] = -2.0
                    entry += 1

        return {"evaluation": f, "sparse Jacobian": fill}

    return Race(
        NAME,
        _JACOBIAN,
        _SOURCE.read_text(encoding="utf-8"),
        (x,),
        {"evaluation": value, "sparse Jacobian": entries},
        {"zymogen": zymogen, "by_hand": by_hand, "jax": jax, "torch": torch, "differences": numpy, "numba": numba},
    )


def _hessian(n: int) -> Race:
    x = _point(n)
    rows, columns = _tridiagonal(n)
    diagonal = np.full(n, 200.0)
    diagonal[0] = 0
    diagonal[:-1] += 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
    entries = np.where(rows == columns, diagonal[rows], -400 * x[np.minimum(rows, columns)])

    def zymogen(library: zg.Library) -> Functions:
        derivative = zg.sparse_hessian(library.rosenbrock)
        return {"evaluation": library.rosenbrock, "sparse Hessian": _refill(derivative, x)}

    def by_hand(library: zg.Library) -> Functions:
        return {"evaluation": library.rosenbrock, "sparse Hessian": _with_columns(library.rosenbrock_hessian, columns)}

    def of(x: Any) -> Any:
        return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()

    def jax() -> Functions:
        import jax
        import jax.numpy as jnp

        def compressed(x):
            products = jax.vmap(lambda seed: jax.jvp(jax.grad(of), (x,), (seed,))[1])(jnp.asarray(_seeds(n)))
            return products[columns % 3, rows]

        return {"evaluation": jax.jit(of), "sparse Hessian": jax.jit(compressed)}

    def torch() -> Functions:
        import torch

        seeds, colors, at = map(torch.as_tensor, (_seeds(n), columns % 3, rows))

        def compressed(x):
            along = torch.func.vmap(lambda seed: torch.func.jvp(torch.func.grad(of), (x,), (seed,))[1])
            return along(seeds)[colors, at]

        return {"evaluation": of, "sparse Hessian": compressed}

    def numpy() -> Functions:
        return {"evaluation": of}

    def numba() -> Functions:
        from numba import njit

        @njit(fastmath=True)
        def f(x):
            s = 0.0
            for i in range(x.size - 1):
                s += 100 * (x[i + 1] - x[i] * x[i]) ** 2 + (1 - x[i]) ** 2
            return s

        @njit(fastmath=True)
        def fill(x, entries):
            entry = 0
            for i in range(x.size):
                diagonal = 0.0
                if i > 0:
                    entries[entry] = -400 * x[i - 1]
                    diagonal = 200.0
                    entry += 1
                if i + 1 < x.size:
                    entries[entry] = diagonal + 1200 * x[i] * x[i] - 400 * x[i + 1] + 2
                    entries[entry + 1] = -400 * x[i]
                    entry += 2
                else:
                    entries[entry] = diagonal

        return {"evaluation": f, "sparse Hessian": fill}

    return Race(
        NAME,
        _HESSIAN,
        _SOURCE.read_text(encoding="utf-8"),
        (x,),
        {"evaluation": of(x), "sparse Hessian": entries},
        {"zymogen": zymogen, "by_hand": by_hand, "jax": jax, "torch": torch, "differences": numpy, "numba": numba},
    )


def _seeds(n: int) -> np.ndarray:
    """Every third column in one direction: what a user who knows the pattern gives to JAX or PyTorch."""
    return (np.arange(n) % 3 == np.arange(3)[:, None]).astype(float)


def _refill(derivative: Callable[..., Any], x: np.ndarray) -> Callable[..., np.ndarray]:
    """Fills the matrix that the first call has given; its entries are what others give."""
    matrix = derivative(x)

    def refill(x: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:  # noqa: ARG001
        return derivative(x, out=matrix).data

    return refill


def _with_columns(f: zg.Kernel, columns: np.ndarray) -> Callable[..., np.ndarray]:
    columns = columns.astype(np.int32)
    return lambda x, out=None: f(x, columns, out=out)


def _plan(size: str, operator: Callable[[], Any], color: Callable[[Any], Any], effort: Effort) -> Iterator[Figure]:
    """Detection without the time in which its code is compiled, and colouring without detection."""
    times = []
    for _ in range(effort.processes):
        derivative = operator()
        pattern = derivative.pattern
        start = perf_counter()
        color(pattern)
        times.append((derivative.detection.seconds, perf_counter() - start))
    detection, coloring = zip(*times, strict=True)
    yield Figure(NAME, size, "detection of the pattern", "zymogen", detection)
    yield Figure(NAME, size, "passes of detection", "zymogen", (derivative.detection.passes,), unit="")
    yield Figure(NAME, size, "colouring", "zymogen", coloring)
    yield Figure(NAME, size, "colours", "zymogen", (derivative.coloring.count,), unit="")
