"""Exact results: derivatives of a reference in arithmetic of many digits, without any differentiation software."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zymogen.errors import ArgumentError, MissingPackageError, NotDifferentiableError

Reference = Callable[..., Any]
"""The kernel's function once more, in plain arithmetic: arrays of mpmath numbers in, numbers or arrays of them out."""

_DIGITS = 240
_STEP_DIGITS = 45
_KEPT_DIGITS = 30
_NOISE = 1e-40

_Moves = tuple[tuple[tuple[str, int], int], ...]


class Exact:
    """Values and derivatives of a reference at one point, right to the last digit of a float64.

    Parameters
    ----------
    reference : called with the arguments in order; gives the result, or a tuple of the results
    arguments : the point; arguments of floating-point type are those that are differentiated
    results : names of the results

    Notes
    -----
    A derivative of order k is the k-th forward difference over steps of 1e-45, in arithmetic of 240 digits: the
    difference is then wrong by about 1e-45 (the step) and 1e-240 / 1e-45^k (the arithmetic), relative to the
    derivative's neighbours. What is smaller than 1e-30 of the largest entry, or than 1e-40, is therefore zero. The
    reference must be differentiable at the point; where it is not, results are those of the side on which arguments
    grow, or infinite.
    """

    def __init__(self, reference: Reference, arguments: Mapping[str, Any], results: tuple[str, ...]) -> None:
        self._reference = reference
        self._results = results
        self._precise = _precise()
        self._point = {name: np.asarray(value) for name, value in arguments.items()}
        self._known: dict[_Moves, tuple[NDArray[Any], ...]] = {}

    @property
    def value(self) -> Any:
        """The result, or a tuple of the results."""
        found = tuple(self._rounded(array) for array in self._at(()))
        return found[0] if len(found) == 1 else found

    def jacobian(self, argument: str, *, output: str | None = None) -> NDArray[np.float64]:
        """First derivatives: [o, i] = d y[o] / d x[i]."""
        return self.derivative(argument, output=output)

    def hessian(self, first: str, second: str | None = None, *, output: str | None = None) -> NDArray[np.float64]:
        """Second derivatives: [o, i, j] = d2 y[o] / (d x[i] d z[j]); the second argument is the first by default."""
        return self.derivative(first, second or first, output=output)

    def third(self, first: str, second: str, last: str, *, output: str | None = None) -> NDArray[np.float64]:
        """Third derivatives, by three arguments."""
        return self.derivative(first, second, last, output=output)

    def derivative(self, *arguments: str, output: str | None = None) -> NDArray[np.float64]:
        """All partial derivatives by the arguments, one after the other: of shape out + in + in + ...

        Raises
        ------
        ValueError
            If there is no such argument or result, or the result is to be named.
        TypeError
            If the argument or the result is an integer.
        """
        position = self._position(output)
        value = self._at(())[position]
        if _is_integer(value):
            raise NotDifferentiableError(
                f"exact: {self._results[position]} is an integer, which has no derivative. Use another result."
            )
        shape = tuple(extent for name in arguments for extent in self._array(name).shape)
        found = np.empty((math.prod(shape), *value.shape), object)
        components = (range(self._array(name).size) for name in arguments)
        for row, numbers in enumerate(itertools.product(*components)):
            found[row] = self._difference(tuple(zip(arguments, numbers, strict=True)), position)
        whole = found.reshape((*shape, *value.shape))
        return self._rounded(np.moveaxis(whole, range(len(shape)), range(value.ndim, whole.ndim)))

    def _array(self, name: str) -> NDArray[Any]:
        if name not in self._point:
            raise ArgumentError(f"exact: there is no argument {name!r}. Arguments are {', '.join(self._point)}.")
        if self._point[name].dtype.kind != "f":
            raise NotDifferentiableError(
                f"exact: {name} is of type {self._point[name].dtype}, which has no derivative. "
                f"Differentiable are {', '.join(n for n, a in self._point.items() if a.dtype.kind == 'f') or 'none'}."
            )
        return self._point[name]

    def _position(self, output: str | None) -> int:
        if output in self._results:
            return self._results.index(output)
        if output is not None or len(self._results) > 1:
            raise ArgumentError(
                f"exact: output={output!r} is none of the results. Use one of {', '.join(self._results)}."
            )
        return 0

    def _difference(self, variables: tuple[tuple[str, int], ...], position: int) -> Any:
        """The forward difference along all of the variables, divided by the steps."""
        with self._precise.workdps(_DIGITS):
            total: Any = 0
            for size in range(len(variables) + 1):
                sign = (-1) ** (len(variables) - size)
                for moved in itertools.combinations(variables, size):
                    total = total + sign * self._at(tuple(sorted(Counter(moved).items())))[position]
            return total * self._precise.mpf(10) ** (_STEP_DIGITS * len(variables))

    def _at(self, moves: _Moves) -> tuple[NDArray[Any], ...]:
        """The results where some components are moved by some steps."""
        if moves not in self._known:
            with self._precise.workdps(_DIGITS):
                point = {name: self._numbers(array) for name, array in self._point.items()}
                for (name, number), count in moves:
                    point[name].flat[number] += count * self._precise.mpf(10) ** -_STEP_DIGITS
                given = (array if array.ndim else array[()] for array in point.values())
                results = self._reference(*given)
            several = results if isinstance(results, tuple) else (results,)
            if len(several) != len(self._results):
                raise ArgumentError(
                    f"exact: the reference gives {len(several)} results. "
                    f"Expected are {len(self._results)}: {', '.join(self._results)}."
                )
            self._known[moves] = tuple(np.array(result, object) for result in several)
        return self._known[moves]

    def _numbers(self, array: NDArray[Any]) -> NDArray[Any]:
        """A copy with numbers that references compute with: mpmath's, or Python's integers and truth values."""
        convert = self._precise.mpf if array.dtype.kind == "f" else lambda number: number
        return np.array([convert(number) for number in array.reshape(-1).tolist()], object).reshape(array.shape)

    def _rounded(self, array: NDArray[Any]) -> NDArray[Any]:
        flat = array.reshape(-1).tolist()
        if _is_integer(array):
            return np.array(flat).reshape(array.shape)
        least = max(map(abs, flat), default=0) * self._precise.mpf(10) ** -_KEPT_DIGITS + _NOISE
        return np.array([float(e) if abs(e) > least else 0.0 for e in flat], np.float64).reshape(array.shape)


def _is_integer(array: NDArray[Any]) -> bool:
    return array.size > 0 and all(isinstance(number, int) for number in array.reshape(-1).tolist())


@cache
def _precise() -> Any:
    try:
        from mpmath import mp
    except ImportError as error:
        raise MissingPackageError(
            "exact results need mpmath, which is not installed. It computes in many digits. Run `pip install mpmath`."
        ) from error
    return mp
