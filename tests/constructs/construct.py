"""A construct of C++: a kernel, what it computes exactly, and what its derivatives are in four columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

import zymogen as zg
from zymogen.errors import CompileError, WrongDerivativeError
from zymogen.testing.scenarios.exact import Exact
from zymogen.toolchain.process import ARCHIVE, LOG

POINT = np.array([0.7, 0.4, 1.1, 0.3])
DIRECTION = np.array([1.0, 0.5, -1.0, 2.0])
TOLERANCE = 1e-12  # relative to the largest entry, as in zg.testing.check_scenario

# What is built for a cell.
COLUMNS: dict[str, Callable[[zg.Kernel], zg.Kernel]] = {
    "forward": lambda f: zg.jvp(f, "x"),
    "reverse": lambda f: zg.value_and_grad(f, "x"),
    "forward over reverse": lambda f: zg.hessian(f, "x", mode="reverse"),
    "forward over forward": lambda f: zg.hessian(f, "x", mode="forward"),
}


@dataclass(frozen=True)
class Refusal:
    """How a derivative is refused: the class of the error, and its text without what differs between kernels."""

    error: str
    text: str

    @classmethod
    def of(cls, error: Exception) -> Refusal:
        text = str(error).partition(ARCHIVE)[0].partition(LOG)[0]
        text = re.sub(r"^[\w]+\([^\n]*?\): ", "", text, count=1)
        text = re.sub(r"(?:/[\w.+-]+)*/?(?:<text>|\b\w+\.(?:[ch]pp|h)):\d+", "FILE:LINE", text)
        text = re.sub(r"after \d+\.\d seconds", "after N seconds", text)
        if isinstance(error, WrongDerivativeError):
            text = re.sub(r"-?\b\d[\d.]*(?:e[-+]?\d+)?(?<!\.)", "N", re.sub(r"`\w+`", "`f`", text))
        return cls(type(error).__name__, " ".join(text.split()))


@dataclass(frozen=True, eq=False)
class Construct:
    """One row of the table.

    Parameters
    ----------
    title : what it is, for readers
    name : of the kernel, `x(n) -> ()`
    source : C++ text or a file
    reference : the same function, of a list of mpmath numbers
    instead : what to write where it is refused
    options : for zg.compile
    tolerance : relative to the largest entry
    exhaustive : whether all of its cells are left to the long tests
    """

    title: str
    name: str
    source: str
    reference: Callable[..., Any]
    instead: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    tolerance: float = TOLERANCE
    exhaustive: bool = False

    @cached_property
    def kernel(self) -> zg.Kernel:
        return zg.compile(self.source, **self.options)[self.name]

    @cached_property
    def exact(self) -> Exact:
        return Exact(lambda x: self.reference(list(x)), {"x": POINT}, ("out",))

    def built(self, column: str) -> zg.Kernel:
        """The derivative of a column, compiled: a `CompileError` says how it is refused."""
        derivative = COLUMNS[column](self.kernel)
        derivative.build()
        return derivative

    def refusal(self, column: str, rest: tuple[Any, ...] = ()) -> Refusal | None:
        """How the derivative of a column is refused, when it is built or when it is called; None where it is not."""
        try:
            self._called(column, rest)
        except (CompileError, WrongDerivativeError) as error:
            return Refusal.of(error)
        return None

    def check(self, column: str, rest: tuple[Any, ...] = (), exact: Exact | None = None) -> None:
        """Compare a derivative, and the value if it comes with it, with exact ones; `rest` are further arguments."""
        exact = exact or self.exact
        found = self._called(column, rest)
        if column == "forward":
            self._compare(found[0], exact.value)
            self._compare(found[1], exact.jacobian("x") @ DIRECTION)
        elif column == "reverse":
            self._compare(found[0], exact.value)
            self._compare(found[1], exact.jacobian("x"))
        else:
            self._compare(found, exact.hessian("x"))

    def _called(self, column: str, rest: tuple[Any, ...]) -> Any:
        direction = (DIRECTION,) if column == "forward" else ()
        # Vectorised code also divides in lanes whose results are thrown away, and that sets the processor's flags.
        with np.errstate(all="ignore"):
            return self.built(column)(POINT, *rest, *direction)

    def _compare(self, found: Any, exact: Any) -> None:
        largest = np.abs(exact).max()
        np.testing.assert_allclose(found, exact, rtol=0, atol=self.tolerance * largest, err_msg=self.title)
