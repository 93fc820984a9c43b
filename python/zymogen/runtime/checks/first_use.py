"""What happens at the first calls of a derivative: its first row is compared before anything is returned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zymogen.errors import WrongDerivativeError, ZymogenError
from zymogen.runtime.checks.chain import compare
from zymogen.runtime.checks.complaint import complaint_of_layout, complaint_of_level
from zymogen.runtime.checks.directions import Direction
from zymogen.runtime.checks.point import results_of
from zymogen.runtime.checks.projection import Results
from zymogen.runtime.checks.records import is_done, note_passed, note_undecided
from zymogen.runtime.checks.row import Row, as_elements, first_results
from zymogen.runtime.ufunc import dtype_of

if TYPE_CHECKING:
    from zymogen.runtime.kernel import Kernel

_LARGE = 2**22  # numbers
_SAME = 1e-3  # a row by itself may be rounded in another way than in a batch, and no more


@dataclass(frozen=True)
class FirstUse:
    """A call whose first row will be compared."""

    kernel: Kernel
    row: Row
    keys: tuple[str, ...]
    """Of the records of all loops; none where nothing is remembered."""
    outputs: tuple[Any, ...]
    """Arrays of the caller that results are written to."""
    kwargs: Mapping[str, Any]

    def finish(self, results: Any) -> None:
        """Compare; `results` are those of the ufunc.

        Raises
        ------
        WrongDerivativeError
            If an entry surely differs. Arrays that were given for results are then filled with NaN.
        """
        flat = results if isinstance(results, tuple) else (results,)
        if not all(isinstance(item, (np.ndarray, np.generic)) for item in flat):
            return
        try:
            found = self._own(flat)
            self._compare_layout(found)
            self._compare_loops(found)
        except WrongDerivativeError:
            for output in self.outputs:
                if isinstance(output, np.ndarray) and output.dtype.kind == "f":
                    np.copyto(output, np.nan, where=self.kwargs.get("where", True))
            raise
        except (ZymogenError, MemoryError):
            self._undecided(self.row.loop)

    def _own(self, results: Sequence[Any]) -> Results | None:
        """The call's first row as it was computed: not of sums over a batch, nor where `out=` has rounded it."""
        outputs = self.kernel.plans[self.row.loop].outputs
        types = [dtype_of(output.element) for output in outputs]
        if not self.kernel.by_rows or [result.dtype for result in results] != types:
            return None
        return tuple(first_results(self.kernel, results, self.kwargs, self.row.place))

    def _compare_layout(self, found: Results | None) -> None:
        """The first row as it was computed, wherever it lay, with the same row by itself in fresh memory."""
        if found is None or sum(result.size for result in found) > _LARGE:
            return  # of large results there is room for one; the comparison with differences sees them too
        expected = _evaluated(self.kernel.opened, self.row.arguments)
        if not _differ(found, expected):
            return
        again = _evaluated(self.kernel.opened, self.row.arguments)
        if all(np.array_equal(a, b, equal_nan=True) for a, b in zip(expected, again, strict=True)):
            raise WrongDerivativeError(complaint_of_layout(self.kernel, found, expected))

    def _compare_loops(self, found: Results | None) -> None:
        self._compare_loop(self.row, found)
        for number, (plan, key) in enumerate(zip(self.kernel.plans, self.keys, strict=False)):
            if number != self.row.loop and not is_done(key):
                # The same code for other element types: what is wrong there concerns the calls that use it.
                with np.errstate(all="ignore"):
                    other = as_elements(plan, self.row.arguments, number)
                try:
                    self._compare_loop(other)
                except WrongDerivativeError:
                    continue

    def _compare_loop(self, row: Row, found: Results | None = None) -> None:
        complete = True
        for comparison in compare(self.kernel.opened, row.arguments, found):
            if comparison.verdict == "differs":
                raise WrongDerivativeError(complaint_of_level(self.kernel, comparison))
            complete = complete and comparison.settled
        if not complete:
            self._undecided(row.loop)
        elif self.keys:
            note_passed(self.keys[row.loop])

    def _undecided(self, loop: int) -> None:
        if self.keys:
            note_undecided(self.keys[loop])


def _evaluated(kernel: Kernel, arguments: Direction) -> tuple[np.ndarray, ...]:
    with np.errstate(all="ignore"):
        return results_of(kernel, arguments)


def _differ(found: Sequence[np.ndarray], expected: Sequence[np.ndarray]) -> bool:
    for one, other in zip(found, expected, strict=True):
        if other.dtype.kind == "f":
            size = float(np.max(np.abs(other), initial=0.0, where=np.isfinite(other)))
            with np.errstate(all="ignore"):
                if (np.abs(one.astype(np.float64) - other) > _SAME * size).any():
                    return True
    return False
