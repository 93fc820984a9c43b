"""The functions of zymogen/special.hpp in C++ and in mpmath, and points where they are well conditioned.

All are one kernel of two integers and three numbers, of which another integer chooses a function.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import mpmath as mp
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Function:
    """An expression of integers `n` and `m` and numbers `x`, `y` and `z`, of which it may use the first ones only."""

    expression: str
    exact: Callable[..., mp.mpf]
    points: tuple[tuple[float, ...], ...]


def over(*points: float) -> tuple[tuple[float, ...], ...]:
    """Points of a function of one number."""
    return tuple((point,) for point in points)


def degrees(all_of_them: tuple[int, ...], *points: float) -> tuple[tuple[float, ...], ...]:
    """Points of a polynomial: its degree and a number."""
    return tuple((n, point) for n in all_of_them for point in points)


def orders(*points: float) -> tuple[tuple[float, ...], ...]:
    """Points of a function with a degree and an order: these and a number."""
    return tuple((n, m, point) for n, m in ((0, 0), (1, 1), (5, 2), (7, 3), (20, 6)) for point in points)


def assoc_legendre(n: int, m: int, x: mp.mpf) -> mp.mpf:
    """By Gauss's hypergeometric series (DLMF 14.3.4 without the factor (-1)^m)."""
    factor = mp.factorial(n + m) / (2**m * mp.factorial(m) * mp.factorial(n - m))
    return factor * (1 - x * x) ** (mp.mpf(m) / 2) * mp.hyp2f1(m - n, n + m + 1, m + 1, (1 - x) / 2)


def sph_legendre(l: int, m: int, theta: mp.mpf) -> mp.mpf:  # noqa: E741
    return mp.re(mp.spherharm(l, m, theta, 0))


ANGLES = (0.4, -1.2, 1.5707963267948966, 2.5, -8.2)

FUNCTIONS = (
    Function("zymogen::legendre(n, x)", mp.legendre, degrees((0, 1, 5, 30), -0.95, -0.3, 0.2, 1)),
    Function("zymogen::assoc_legendre(n, m, x)", assoc_legendre, orders(-0.95, -0.3, 0.77)),
    Function("zymogen::sph_legendre(n, m, x)", sph_legendre, orders(0.1, 1.3, 3)),
    Function("zymogen::hermite(n, x)", mp.hermite, degrees((0, 1, 8), -1.5, 0.3, 4)),
    Function("zymogen::laguerre(n, x)", lambda n, x: mp.laguerre(n, 0, x), degrees((0, 1, 6), 0, 1.3, 7.5)),
    Function("zymogen::assoc_laguerre(n, m, x)", mp.laguerre, orders(0, 1.3, 7.5)),
    Function("zymogen::comp_ellint_1(x)", lambda k: mp.ellipk(k * k), over(-0.99, 0, 0.3, 0.8)),
    Function("zymogen::comp_ellint_2(x)", lambda k: mp.ellipe(k * k), over(-0.99, 0, 0.3, 0.8)),
    Function(
        "zymogen::comp_ellint_3(x, y)",
        lambda k, nu: mp.ellippi(nu, k * k),
        ((0.3, 0.6), (-0.9, -0.7), (0.0, 0.4), (0.7, 0.49), (0.5, 0.97), (0.2, -4.0)),
    ),
    Function(
        "zymogen::ellint_1(x, y)",
        lambda k, phi: mp.ellipf(phi, k * k),
        tuple((k, phi) for k in (0.0, -0.95) for phi in ANGLES),
    ),
    Function(
        "zymogen::ellint_2(x, y)",
        lambda k, phi: mp.ellipe(phi, k * k),
        (*((k, phi) for k in (0.0, -0.95) for phi in ANGLES), (1.0, 0.4)),
    ),
    Function(
        "zymogen::ellint_3(x, y, z)",
        lambda k, nu, phi: mp.ellippi(nu, phi, k * k),
        ((0.6, 0.3, 1.2), (-0.8, -2.0, -0.4), (0.6, 0.3, 1.5707963267948966), (0.4, 0.7, 2.5), (0.5, 1.5, 0.6)),
    ),
    Function("zymogen::expint(x)", mp.ei, over(-50, -6, -2, -1.9, -0.3, 1e-6, 0.2, 1.1, 9, 39.9, 40, 300, 712, 715)),
    Function(
        "zymogen::riemann_zeta(x)",
        mp.zeta,
        over(-60.3, -7.5, -2, -0.6, -0.5, 0, 0.4, 0.999, 1.001, 2, 7.7, 30, 64, 65),
    ),
    Function(
        "zymogen::beta(x, y)",
        mp.beta,
        (
            *((0.3, 0.7), (4.0, 4.0), (11.9, 0.2), (9.0, 11.9)),  # gamma functions
            *((0.2, 12.0), (200.0, 3.0), (1e8, 0.5), (0.5, 1e15), (11.9, 1e4)),  # one of them by Stirling's formula
            *((12.0, 12.0), (13.0, 40.0), (90.0, 60.0), (12.0, 1e9)),  # all by Stirling's formula
        ),
    ),
    Function("zymogen::digamma(x)", mp.digamma, over(-7.3, -0.4, 0.2, 0.5, 1, 3.7, 12, 1e5)),
)

_CASES = "".join(f"        case {k}: return {function.expression};\n" for k, function in enumerate(FUNCTIONS))
KERNEL = f"""
#include <zymogen/kernel.hpp>
#include <zymogen/special.hpp>

double chosen(std::span<const double, 3> of, int n, int m, int which) {{
    const double x = of[0], y = of[1], z = of[2];
    switch (which) {{
{_CASES}    }}
    return x + y + z;
}}
ZYMOGEN_KERNEL(chosen, "of(3), n(), m(), which() -> ()");
"""


@dataclass(frozen=True)
class Case:
    """A function, its integers and its numbers."""

    which: int
    integers: tuple[int, ...]
    numbers: tuple[float, ...]

    @classmethod
    def all(cls) -> list[Case]:
        return [
            cls(which, tuple(map(int, point[:count])), point[count:])
            for which, function in enumerate(FUNCTIONS)
            for count in [("n," in function.expression) + ("m," in function.expression)]
            for point in function.points
        ]

    @property
    def arguments(self) -> tuple[tuple[float, ...], int, int, int]:
        """What the kernel takes, with numbers that the function does not use."""
        n, m = (*self.integers, 0, 0)[:2]
        return (*self.numbers, 0.5, 0.5)[:3], n, m, self.which

    def value(self, *numbers: mp.mpf) -> mp.mpf:
        return FUNCTIONS[self.which].exact(*self.integers, *numbers)

    def exact(self) -> tuple[float, np.ndarray, np.ndarray]:
        """The value, the gradient and the Hessian, with zeros for numbers that the function does not use."""
        at = tuple(map(mp.mpf, self.numbers))
        gradient, hessian = np.zeros(3), np.zeros((3, 3))
        with mp.workdps(30):
            for i in range(len(at)):
                gradient[i] = mp.diff(self.value, at, tuple(int(k == i) for k in range(len(at))))
                for j in range(i + 1):
                    by = tuple(int(k == i) + int(k == j) for k in range(len(at)))
                    hessian[i, j] = hessian[j, i] = mp.diff(self.value, at, by)
            return float(self.value(*at)), gradient, hessian
