"""A scenario at one of its points: arrays to call derivatives with, and exact results in the shapes they give."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from zymogen.testing.scenarios.scenario import Scenario

Array = NDArray[Any]


class Point:
    """What operators are called with at a point, and what they must give.

    Several arguments are treated as one vector here, of N components: those of the first argument, then those of the
    second, and so on. Derivatives by several arguments are exact in that form, too.
    """

    def __init__(self, scenario: Scenario, number: int = 0, dtype: DTypeLike | None = None) -> None:
        self.scenario = scenario
        self.exact = scenario.exact_at(number)
        self.arguments = scenario.point(number, dtype)
        self._shapes = {name: array.shape for name, array in zip(scenario.arguments, self.arguments, strict=True)}

    @cached_property
    def values(self) -> dict[str, Array]:
        """The results by name."""
        value = self.exact.value
        return dict(zip(self.scenario.results, value if isinstance(value, tuple) else (value,), strict=True))

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """Names of the results that have derivatives."""
        return tuple(name for name, value in self.values.items() if value.dtype.kind == "f")

    def jacobian(self, names: Sequence[str], output: str) -> Array:
        """First derivatives, of shape (*out, N)."""
        out = self.values[output].shape
        blocks = [self.exact.jacobian(name, output=output) for name in names]
        shaped = [block.reshape((*out, self._size(name))) for name, block in self._with(names, blocks)]
        return np.concatenate(shaped, -1)

    def hessian(self, first: Sequence[str], second: Sequence[str], output: str) -> Array:
        """Second derivatives, of shape (*out, N of the first, N of the second)."""
        out = self.values[output].shape
        rows = []
        for name in first:
            blocks = [self.exact.hessian(name, other, output=output) for other in second]
            shaped = [b.reshape((*out, self._size(name), self._size(o))) for o, b in self._with(second, blocks)]
            rows.append(np.concatenate(shaped, -1))
        return np.concatenate(rows, -2)

    def size(self, names: Sequence[str]) -> int:
        """N, the number of components of some arguments."""
        return sum(self._size(name) for name in names)

    def apart(self, stacked: Array, names: Sequence[str]) -> list[Array]:
        """An array of shape (..., N) as one of shape (..., *in) for each argument."""
        ends = np.cumsum([self._size(name) for name in names])[:-1]
        parts = np.split(stacked, ends, axis=-1)
        return [part.reshape((*part.shape[:-1], *self._shapes[name])) for name, part in self._with(names, parts)]

    def directions(self, names: Sequence[str]) -> list[Array]:
        """N tangents, each along one component: an array of shape (N, *in) for each argument."""
        units = np.eye(self.size(names))
        return [part.astype(self._dtype(name)) for name, part in self._with(names, self.apart(units, names))]

    def along(self, names: Sequence[str]) -> list[Array]:
        """One tangent that has all components."""
        count = self.size(names)
        return [part.astype(self._dtype(name)) for name, part in self._with(names, self.apart(_uneven(count), names))]

    def cotangents(self) -> list[Array]:
        """One cotangent for each component of each result: an array of shape (M, *out) for each result."""
        sizes = [self.values[name].size for name in self.outputs]
        parts = np.split(np.eye(sum(sizes)), np.cumsum(sizes)[:-1], axis=-1)
        return [
            part.reshape((len(part), *self.values[name].shape)).astype(self._real)
            for name, part in self._with(self.outputs, parts)
        ]

    def weights(self) -> list[Array]:
        """One cotangent that has all components."""
        values = [self.values[name] for name in self.outputs]
        return [_uneven(value.size).reshape(value.shape).astype(self._real) for value in values]

    def components(self, name: str) -> list[Array]:
        """What stands for all components of an argument in a call with an open index: nothing for a number."""
        shape = self._shapes[name]
        if not shape:
            return []
        indices = np.moveaxis(np.indices(shape), 0, -1).reshape(-1, len(shape))
        return [indices[:, 0] if len(shape) == 1 else indices]

    @property
    def _real(self) -> np.dtype[Any]:
        return self._dtype(self.scenario.real[0])

    def _size(self, name: str) -> int:
        return int(np.prod(self._shapes[name], dtype=int))

    def _dtype(self, name: str) -> np.dtype[Any]:
        return self.arguments[tuple(self._shapes).index(name)].dtype

    @staticmethod
    def _with(names: Sequence[str], arrays: Sequence[Array]) -> zip[tuple[str, Array]]:
        return zip(names, arrays, strict=True)


def _uneven(count: int) -> Array:
    """Numbers of both signs of which no two are the same, exact in float32 too."""
    return (-1.0) ** np.arange(count) * (1 + np.arange(count) / 8)
