"""Who takes part: how each library is set up, which arrays it takes, and how one call of it is written.

Adding a contender is one row here, and one function beside the others in each problem that it takes part in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import Any, Literal

import numpy as np
from timing import Call

Result = np.ndarray | tuple[np.ndarray, ...]
"""What a quantity comes to: one array, or a tuple of them."""


@dataclass(frozen=True)
class Contender:
    """One library, or one way of using it."""

    name: str
    implementation: str
    """Which of a problem's functions is it."""
    package: str = "numpy"
    """What has to be installed."""
    math: Literal["strict", "fast", ""] = ""
    """The flags of C++, for who has any: its functions are given a compiled library then."""
    fills: Literal["", "out=out", "out"] = ""
    """How arrays for the results are given, for who can be given some."""
    tolerance: float = 1e-9
    """The largest error of a result, relative to its largest entry."""

    @cached_property
    def absent(self) -> str:
        """Why the contender cannot take part; empty if it can."""
        return "" if find_spec(self.package) else f"{self.package} is not installed"

    def convert(self, argument: Any) -> Any:
        """The argument as this library's own array. Not part of any time."""
        if self.package == "jax":
            import jax.numpy as jnp

            return jnp.asarray(argument)
        if self.package == "torch":
            import torch

            torch.set_num_threads(1)
            return torch.as_tensor(argument, dtype=torch.float64 if isinstance(argument, float) else None)
        return argument

    def call(self, function: Callable[..., Any], arguments: Sequence[Any], like: Result) -> Call:
        """The statement that is timed; `like` has the shapes of the results.

        Results are there when it ends: JAX computes while Python goes on, and is waited for.
        """
        names = {f"a{number}": self.convert(argument) for number, argument in enumerate(arguments)}
        given = list(names)
        names["f"] = function
        if self.fills and not _is_number(like):
            names["out"] = tuple(map(np.empty_like, like)) if isinstance(like, tuple) else np.empty_like(like)
            given.append("*out" if isinstance(like, tuple) and self.fills == "out" else self.fills)
        text = f"f({', '.join(given)})"
        if self.package == "jax":
            import jax

            names["wait"] = jax.block_until_ready
            text = f"wait({text})" if isinstance(like, tuple) else f"{text}.block_until_ready()"
        return Call(text, names)


def result(call: Call) -> Result:
    """What the call gives, in NumPy's arrays."""
    values = eval(call.statement, dict(call.names))  # our own text
    if values is None:
        values = call.names["out"]
    return tuple(map(np.asarray, values)) if isinstance(values, tuple | list) else np.asarray(values)


def _is_number(like: Result) -> bool:
    return not isinstance(like, tuple) and like.ndim == 0


CONTENDERS = (
    Contender("zymogen", "zymogen", "zymogen", math="strict", fills="out=out"),
    Contender("zymogen, fast", "zymogen", "zymogen", math="fast", fills="out=out"),
    Contender("C++ by hand", "by_hand", "zymogen", math="strict", fills="out=out"),
    Contender("C++ by hand, fast", "by_hand", "zymogen", math="fast", fills="out=out"),
    Contender("Numba by hand", "numba", "numba", fills="out"),
    Contender("JAX", "jax", "jax"),
    Contender("PyTorch", "torch", "torch"),
    Contender("NumPy differences", "differences", "numpy", tolerance=1e-4),
)
