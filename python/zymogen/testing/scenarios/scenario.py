"""A scenario: a kernel, points at which it is called, and exact results there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from zymogen.errors import ArgumentError
from zymogen.runtime.kernel import Kernel
from zymogen.runtime.library import Library, compile
from zymogen.testing.scenarios.exact import Exact, Reference


@dataclass(frozen=True, eq=False)
class Scenario:
    """A kernel, points, and exact values and derivatives of any order at these points.

    Parameters
    ----------
    name : the kernel's name in the C++ source
    source : C++ text; scenarios with the same text are compiled together
    reference : the same function in plain Python, called with the arguments in order: numbers of mpmath, or NumPy
        arrays of them (of dtype object), and integers and truth values as they are. It gives the result (a number, a
        list or an array), or a tuple of the results
    arguments : the point: values by name, in the order of a call. Arrays and numbers of floating-point type are those
        that are differentiated, so write 2.0 and not 2
    results : names of the results, as in the signature
    others : further points, as mappings of those arguments that differ; shapes may differ too

    Examples
    --------
    >>> from mpmath import mp
    >>> import zymogen as zg
    >>> text = '''
    ... #include <cmath>
    ... #include <zymogen/kernel.hpp>
    ... double wave(double x, double k) { return std::sin(k * x); }
    ... ZYMOGEN_KERNEL(wave, "x(), k() -> ()");
    ... '''
    >>> wave = zg.testing.Scenario("wave", text, lambda x, k: mp.sin(k * x), {"x": 0.5, "k": 3.0})
    >>> wave.exact.hessian("x", "k")
    array(-1.42550528)
    >>> zg.partial(wave.kernel, "x", "k")(*wave.point())
    np.float64(-1.42550527...)
    """

    name: str
    source: str
    reference: Reference
    arguments: Mapping[str, Any]
    results: tuple[str, ...] = ("out",)
    others: tuple[Mapping[str, Any], ...] = ()

    def __repr__(self) -> str:
        return f"<scenario {self.name}: {', '.join(self.arguments)} -> {', '.join(self.results)}>"

    @property
    def points(self) -> tuple[dict[str, Any], ...]:
        """All points, the first of them `arguments`."""
        return tuple({**self.arguments, **other} for other in ({}, *self.others))

    @property
    def real(self) -> tuple[str, ...]:
        """Names of the arguments that are differentiated."""
        return tuple(name for name, value in self.arguments.items() if np.asarray(value).dtype.kind == "f")

    @property
    def kernel(self) -> Kernel:
        """The kernel, compiled at its first call."""
        return _library(self.source)[self.name]

    def point(self, number: int = 0, dtype: DTypeLike | None = None) -> tuple[NDArray[Any], ...]:
        """The arguments of one of the points as arrays, those of floating-point type converted to `dtype`."""
        arrays = (np.array(value) for value in self._point(number).values())
        return tuple(array.astype(dtype) if dtype and array.dtype.kind == "f" else array for array in arrays)

    @property
    def exact(self) -> Exact:
        """Exact results at the first point."""
        return self.exact_at(0)

    def exact_at(self, number: int) -> Exact:
        """Exact results at one of the points."""
        point = self._point(number)
        if number not in self._exact:
            self._exact[number] = Exact(self.reference, point, self.results)
        return self._exact[number]

    @cached_property
    def _exact(self) -> dict[int, Exact]:
        return {}

    def _point(self, number: int) -> dict[str, Any]:
        if not 0 <= number < len(self.points):
            raise ArgumentError(
                f"scenario {self.name}: there is no point {number}. Points are 0 to {len(self.points) - 1}."
            )
        return self.points[number]


def shared_source(theme: str) -> str:
    """The C++ text of the scenarios that come with the package."""
    return Path(__file__).with_name(f"{theme}.cpp").read_text(encoding="utf-8")


@cache
def _library(source: str) -> Library:
    return compile(source)
