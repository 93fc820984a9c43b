"""Where a pattern comes from: from points that the user lists, or from the calls themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from zymogen.errors import PatternError
from zymogen.runtime.kernel import Kernel
from zymogen.sparse.call import Call
from zymogen.sparse.detection import Detection, Stopwatch
from zymogen.sparse.integers import Integers
from zymogen.sparse.pattern import union
from zymogen.sparse.probe import require_numbers


class Search:
    """Detects the pattern: once where there are points of the user, and else whenever a call has integers of its own.

    Parameters
    ----------
    at : points, each a tuple of arguments of `f`
    """

    def __init__(self, f: Kernel, name: str, at: Sequence[tuple[Any, ...]] | None) -> None:
        self._f = f
        self._name = name
        self._at = at
        self._integers = Integers(f)
        self.detection: Detection | None = None

    @property
    def needs_a_call(self) -> bool:
        return self._at is None

    def is_done_for(self, call: Call) -> bool:
        """Whether nothing new can be found at a call, as far as can be said quickly."""
        return self._at is not None or self._integers.have_met(call)

    def extend(
        self, pattern: csr_array | None, call: Call | None, detect: Callable[[Call, Stopwatch], csr_array]
    ) -> tuple[csr_array, Mapping[bytes, Any]]:
        """The pattern with what there is to be found at a call, or at the points of the user.

        Parameters
        ----------
        pattern : what was found before
        detect : finds the pattern at one point

        Returns
        -------
        csr_array, `pattern` itself if it has all entries already; and the combinations of integers that it has met at
        this call, for `meet`

        Raises
        ------
        PatternError
            If there is neither a point nor a call, or nothing can be concluded at one of them.
        """
        if self._at is not None:
            points = [Call.read(self._f, args, f"{self._name}, at=").first_row(self._name) for args in self._at]
            return self._joined(pattern, points if pattern is None else [], detect), {}
        if call is None:
            if pattern is not None:
                return pattern, {}
            raise PatternError(
                f"{self._name}: the pattern is detected at the first call, and there was none. "
                "Call it, or give sample points with at=, or the pattern itself with pattern=."
            )
        unmet = self._integers.unmet(call)
        points = [call.row(row) for row in unmet.values()]
        if pattern is None and not points:
            points = [call.first_row(self._name)]
        return self._joined(pattern, points, detect), unmet

    def meet(self, call: Call, met: Mapping[bytes, Any]) -> None:
        """Remember what `extend` has found at a call, as soon as every call finds it in the pattern."""
        self._integers.meet(call, met)

    def _joined(
        self, pattern: csr_array | None, points: Sequence[Call], detect: Callable[[Call, Stopwatch], csr_array]
    ) -> Any:
        watch = Stopwatch()
        for point in points:
            with watch.paused(), np.errstate(all="ignore"):
                require_numbers(self._f(*point.args), self._name)
            found = detect(point, watch)
            if pattern is not None and pattern.shape != found.shape:
                raise PatternError(
                    f"{self._name}: points of at= make matrices of shapes {pattern.shape} and {found.shape}. "
                    "Expected is one size."
                )
            both = found if pattern is None else union(pattern, found)
            pattern = both if pattern is None or both.nnz > pattern.nnz else pattern
        if points:
            now = watch.read(len(points))
            self.detection = now if self.detection is None else self.detection + now
        return pattern
