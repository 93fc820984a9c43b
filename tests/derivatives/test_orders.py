"""Operators on operators, to fourth order: random nests against contractions of exact derivatives."""

from __future__ import annotations

import string
from random import Random

import numpy as np
import pytest

import zymogen as zg
from zymogen.errors import ArgumentError
from zymogen.testing.scenarios.exact import Exact

KERNELS = r"""
#include <span>
#include <zymogen/kernel.hpp>

double number(std::span<const double> x, std::span<const double> w, double m) {
    double s = 0, p = m;
    for (std::size_t i = 0; i < x.size(); ++i) {
        s += x[i] * x[i] * x[i] * w[i] * m;
        p *= x[i] + w[i] * w[i];
    }
    return s + p * p;
}
ZYMOGEN_KERNEL(number, "x(n), w(n), m() -> ()");

void vector(std::span<const double> x, std::span<const double> w, double m, std::span<double, 2> y) {
    double s = 0, p = m;
    for (std::size_t i = 0; i < x.size(); ++i) {
        s += x[i] * x[i] * x[i] * w[i] * m;
        p *= x[i] + w[i] * w[i];
    }
    y[0] = s * s;
    y[1] = m * p + s;
}
ZYMOGEN_KERNEL(vector, "x(n), w(n), m() -> y(2)");
"""

N = 3
POINT = {"x": np.array([0.5, -1.25, 2.0]), "w": np.array([1.5, 0.25, -0.75]), "m": np.float64(1.5)}


def number(x, w, m):
    return (x**3 * w).sum() * m + (m * (x + w**2).prod()) ** 2


def vector(x, w, m):
    s = (x**3 * w).sum() * m
    return np.array([s * s, m * m * (x + w**2).prod() + s])


EXACT = {"number": Exact(number, POINT, ("out",)), "vector": Exact(vector, POINT, ("y",))}


@pytest.fixture(scope="module")
def lib():
    return zg.compile(KERNELS)


class Nest:
    """A derivative, and beside it what it must give: a contraction of one exact tensor, written for `np.einsum`."""

    def __init__(self, kernel, name):
        self.derivative, self.exact = kernel, EXACT[name]
        self.letters = iter(string.ascii_letters)
        self.result = [next(self.letters)] if name == "vector" else []
        self.tensor = list(self.result)
        self.names, self.weights, self.directions = [], [], []
        self.rng = np.random.default_rng(0)

    def along(self, name):
        """One more derivative of the tensor; the letter of its axis."""
        self.names.append(name)
        letter = [] if name == "m" else [next(self.letters)]
        self.tensor += letter
        return letter

    def weigh(self, letters, array):
        if letters:
            self.weights.append(("".join(letters), array))
        else:
            self.weights.append(("", array))

    def apply(self, step):
        operator, name, *options = step.split()
        output = self.derivative.plan.outputs[-1].name if len(self.derivative.plan.outputs) > 1 else None
        more = {"output": output, **({"mode": options[0]} if options and not options[0].lstrip("-").isdigit() else {})}
        make = getattr(zg, operator)
        if operator == "partial":
            component = int(options[0])
            self.derivative = make(self.derivative, (name, component), **more)
            self.weigh(self.along(name), np.eye(N)[component])
            return
        if operator == "vjp":
            weights = self.rng.normal(size=[self.size(letter) for letter in self.result])
            self.weigh(self.result, weights)
            self.directions.append(weights)
            self.result = self.along(name)
        elif operator in ("jvp", "hvp"):
            self.result += self.along(name) if operator == "hvp" else []
            v = self.rng.normal(size=() if name == "m" else N)
            self.weigh(self.along(name), v)
            self.directions.append(v)
        elif operator == "hessian_diagonal":
            letter = self.along(name)
            self.names.append(name)
            self.tensor += letter
            self.result += letter
        else:
            for _ in range(2 if operator == "hessian" else 1):
                self.result += self.along(name)
        self.derivative = make(self.derivative, name, **more)

    def size(self, letter):
        return (
            2 if letter == "a" and len(self.tensor) and self.tensor[0] == "a" and self.exact is EXACT["vector"] else N
        )

    def expected(self):
        terms = ["".join(self.tensor), *(letters for letters, _ in self.weights)]
        tensor = self.exact.derivative(*self.names)
        return np.einsum(f"{','.join(terms)}->{''.join(self.result)}", tensor, *(array for _, array in self.weights))

    def found(self):
        results = self.derivative(*POINT.values(), *self.directions)
        while isinstance(results, tuple):
            results = results[-1]
        return results


ANY = [
    "partial x 1", "partial w -1", "derivative m", "jacobian x forward", "jacobian x reverse", "jacobian w auto",
    "jacobian m auto", "hessian x forward", "hessian x reverse", "hessian w auto", "hessian_diagonal x",
    "hessian_diagonal w", "jvp x", "jvp m", "vjp x", "vjp w", "vjp m",
]  # fmt: skip
OF_NUMBERS = ["grad x", "grad w", "grad m", "hvp x", "hvp w"]
ORDERS = {"hessian": 2, "hessian_diagonal": 2, "hvp": 2}
MOST_REVERSE = 2


def nests(seed, count):
    """Different nests of two or three operators, to fourth order at most."""
    random, found = Random(seed), []
    while len(found) < count:
        kernel = random.choice(["number", "vector"])
        rank, order, steps = int(kernel == "vector"), 0, []
        for _ in range(random.choice([2, 3, 3])):
            step = random.choice(ANY + (OF_NUMBERS * 2 if rank == 0 else []))
            operator, name, *_ = step.split()
            order += ORDERS.get(operator, 1)
            axes = int(name != "m")
            rank = {"vjp": axes, "hvp": axes, "grad": axes}.get(
                operator, rank + axes * {"jacobian": 1, "hessian": 2, "hessian_diagonal": 1}.get(operator, 0)
            )
            steps.append(step)
        text = f"{kernel}: {', '.join(steps)}"
        if order <= 4 and text not in found:
            found.append(text)
    return found


CHOSEN = [
    "vector: vjp x, jacobian x forward",
    "vector: vjp x, jacobian w reverse",
    "vector: hessian x forward, jacobian x forward",
    "vector: hessian x forward, vjp m, grad w",
    "vector: jacobian x forward, partial x 0",
    "vector: partial x 2, hessian_diagonal x",
    "vector: jacobian x forward, derivative m",
    "vector: hessian x forward, hessian x forward",
    "number: hessian x forward, hessian w forward",
    "number: hessian x reverse, hessian x forward",
    "vector: jacobian x forward, vjp m, grad x",
    "vector: jacobian x forward, vjp m, hessian x forward",
    "vector: jacobian x reverse, vjp m, hessian x reverse",
    "vector: hessian x forward, vjp m, hessian_diagonal w",
    "vector: jacobian x forward, vjp m, hvp x",
    "number: hvp x, vjp x, jacobian w forward",
    "number: jacobian x forward, jacobian w forward, hessian x forward",
    "vector: hessian_diagonal x, hessian_diagonal x",
]


@pytest.mark.parametrize("text", [*CHOSEN, *(text for text in nests(0, 6) if text not in CHOSEN)])
def test_nests(lib, text):
    kernel, steps = text.split(": ")
    nest = Nest(lib[kernel], kernel)
    for step in steps.split(", "):
        nest.apply(step)
    expected, found = nest.expected(), nest.found()
    assert np.shape(found) == expected.shape
    scale = np.abs(expected).max(initial=0)
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12 * scale)


def test_the_order_of_arguments_does_not_matter(lib):
    """Third derivatives by the same arguments, by four nests."""
    at = POINT.values()
    expected = EXACT["vector"].third("x", "w", "x")
    f = lib.vector
    nested = [
        zg.jacobian(zg.jacobian(zg.jacobian(f, "x", mode="forward"), "w", mode="forward"), "x", mode="forward")(*at),
        np.swapaxes(zg.jacobian(zg.hessian(f, "x", mode="forward"), "w", mode="forward")(*at), -1, -2),
        np.swapaxes(zg.jacobian(zg.hessian(f, "x", mode="reverse"), "w", mode="forward")(*at), -1, -2),
        np.moveaxis(zg.hessian(zg.jacobian(f, "w", mode="forward"), "x", mode="forward")(*at), 1, 2),
    ]
    for found in nested:
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12 * np.abs(expected).max())


def test_one_number_of_a_third_derivative_is_an_entry_of_all(lib):
    at = POINT.values()
    whole = zg.jacobian(zg.hessian(lib.vector, "x", mode="forward"), "x", mode="forward")(*at)
    for i, j, k in ((0, 0, 0), (0, 1, 2), (2, 2, 1)):
        one = zg.partial(lib.vector, "x", "x", "x")(*at, i, j, k)
        np.testing.assert_allclose(one, whole[:, i, j, k], rtol=1e-13)
    columns = zg.jacobian(zg.hessian(lib.vector, "x", mode="forward"), "x", mode="forward", cols=[2, 0])(*at)
    np.testing.assert_allclose(columns, whole[..., [2, 0]], rtol=1e-13)


@pytest.mark.parametrize("inner", ["forward", "reverse"])
@pytest.mark.parametrize("outer", ["forward", "reverse", "auto"])
def test_rows_of_what_is_computed_in_steps_are_refused(lib, inner, outer):
    """Each step has a column or a row only: taking listed rows of it wrote to memory of others."""
    d = zg.jacobian(lib.vector, "x", mode=inner)
    with pytest.raises(ArgumentError, match=r"rows= were given, and \w+\(2,n\) is computed component by component"):
        zg.jacobian(d, "x", mode=outer, rows=[(1, 2)])


def test_rows_below_and_columns_above(lib):
    at = POINT.values()
    whole = EXACT["vector"].hessian("x")
    for mode in ("forward", "reverse"):
        rows = zg.jacobian(lib.vector, "x", mode=mode, rows=[1, 0, 1])
        found = zg.jacobian(rows, "x", mode="forward", cols=[-1])(*at)
        np.testing.assert_allclose(found, whole[[1, 0, 1]][..., [-1]], rtol=1e-13)
    numbers = zg.jacobian(lib.vector, "m", mode="forward", rows=[1])
    found = zg.jacobian(numbers, "x", mode="forward", rows=[0, -1])(*at)
    np.testing.assert_allclose(found, EXACT["vector"].hessian("m", "x")[[1, 1]], rtol=1e-13)
