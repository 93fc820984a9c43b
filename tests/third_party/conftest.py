"""Kernels that use libraries of others, and how their derivatives are compared with exact ones."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.packages import file_of

import zymogen as zg
from zymogen.testing import check_derivatives
from zymogen.testing.scenarios.exact import Exact

KERNELS = Path(__file__).parent / "kernels"

LIBRARIES: dict[str, dict[str, list[str]]] = {
    "boost_math.cpp": {
        "include": [file_of("boost-headers", "boost_headers/include")],
        "define": ["BOOST_MATH_STANDALONE", "BOOST_MATH_PROMOTE_DOUBLE_POLICY=false"],
    },
    "boost_odeint.cpp": {"include": [file_of("boost-headers", "boost_headers/include")]},
    "eigen.cpp": {"include": [file_of("cmeel-eigen", "cmeel.prefix/include/eigen3")]},
    "pythran.cpp": {"include": [file_of("pythran", "pythran")]},
}


@dataclass(frozen=True)
class Subject:
    """A kernel with one real argument, the first, and the same function in mpmath's numbers."""

    kernel: zg.Kernel
    reference: Callable[..., Any]
    point: np.ndarray
    rest: tuple[Any, ...] = ()
    tolerance: float = 1e-12
    """Relative to the largest entry."""

    @cached_property
    def name(self) -> str:
        return self.kernel.operands[0].name

    @cached_property
    def exact(self) -> Exact:
        arguments = {self.name: self.point, **{f"argument {i}": value for i, value in enumerate(self.rest)}}
        return Exact(self.reference, arguments, ("out",))

    @cached_property
    def direction(self) -> np.ndarray:
        return np.array([1.0, -0.5, 2.0, 0.25, -1.0])[: self.point.size]

    @cached_property
    def weight(self) -> np.ndarray:
        """Of the results."""
        return np.array([1.0, 2.0, -0.5, 0.75])[: np.size(self.exact.value)].reshape(np.shape(self.exact.value))

    @cached_property
    def derivatives(self) -> dict[str, zg.Kernel]:
        """Built two at a time: most of the time goes to headers, which each build reads anew."""
        f, name = self.kernel, self.name
        wanted = {
            "value": f,
            "jvp": zg.jvp(f, name),
            "vjp": zg.vjp(f, name),
            "partial": zg.partial(f, (name, 1)),
            "second": zg.jvp(zg.vjp(f, name), name) if self.exact.value.ndim else zg.hvp(f, name),
        }
        with ThreadPoolExecutor(2) as workers:
            list(workers.map(lambda derivative: derivative.build(), wanted.values()))
        return wanted

    def check(self) -> None:
        """Compare the value, both modes, one component, and second derivatives along a direction with exact ones."""
        arguments, direction, jacobian = (self.point, *self.rest), self.direction, self.exact.jacobian(self.name)
        along = self.exact.hessian(self.name) @ direction
        value, tangent = self.derivatives["jvp"](*arguments, direction)
        self.agrees(self.kernel(*arguments), self.exact.value)
        self.agrees(value, self.exact.value)
        self.agrees(tangent, jacobian @ direction)
        self.agrees(self.derivatives["vjp"](*arguments, self.weight), self.weighted(jacobian))
        self.agrees(self.derivatives["partial"](*arguments), jacobian[..., 1])
        if self.exact.value.ndim:
            first, second = self.derivatives["second"](*arguments, self.weight, direction)
            self.agrees(first, self.weighted(jacobian))
        else:
            second = self.derivatives["second"](*arguments, direction)
        self.agrees(second, self.weighted(along))

    def refused(self) -> set[str]:
        """The nests of up to two levels that Enzyme does not make; the others agree with each other and differences."""
        report = check_derivatives(self.kernel, (self.point, *self.rest))
        return {finding.nest for finding in report.refused}

    def weighted(self, results: np.ndarray) -> np.ndarray:
        return np.tensordot(self.weight, results, self.weight.ndim)

    def agrees(self, found: Any, exact: Any) -> None:
        np.testing.assert_allclose(found, exact, rtol=0, atol=self.tolerance * np.abs(exact).max())


@pytest.fixture(scope="session")
def library() -> Callable[[str], zg.Library]:
    """The kernels of a file, compiled as docs/third-party.md says."""
    return lambda file: zg.compile(KERNELS / file, **LIBRARIES[file])


@pytest.fixture(scope="session")
def subject() -> type[Subject]:
    return Subject
