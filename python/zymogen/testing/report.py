"""What `check_derivatives` has found, as a page to read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from zymogen.runtime.checks.level import Entry

Verdict = Literal["agrees", "differs", "unknown", "refused"]


@dataclass(frozen=True)
class Finding:
    """One comparison of a derivative."""

    order: int
    active: tuple[str, ...]
    """The arguments that are differentiated."""
    nest: str
    """How the derivative is made, such as "forward over reverse"."""
    against: str
    """What it is compared with: "differences", or another nest."""
    verdict: Verdict
    worst: Entry | None = None
    """The entry that is furthest off, relative to its size, of those that could be compared."""
    reason: str = ""

    def __str__(self) -> str:
        line = f"{self.verdict:8} order {self.order}, {' and '.join(self.active)}: {self.nest} with {self.against}"
        if self.worst is not None:
            along = f" along {self.worst.along}" if self.worst.along else ""
            line += (
                f"; {self.worst.name}{along} = {self.worst.given:.10g}, expected {self.worst.expected:.10g} "
                f"({self.worst.share:.1g} apart)"
            )
        return line + (f": {self.reason.partition(chr(10))[0]}" if self.reason else "")


@dataclass(frozen=True)
class DerivativeReport:
    """All comparisons of one kernel's derivatives; `str` gives a line for each."""

    kernel: str
    order: int
    findings: tuple[Finding, ...]

    @property
    def failed(self) -> tuple[Finding, ...]:
        """Comparisons of what is not equal."""
        return self._with("differs")

    @property
    def unknown(self) -> tuple[Finding, ...]:
        """Comparisons that could not be made: kinks, NaN, rounding."""
        return self._with("unknown")

    @property
    def refused(self) -> tuple[Finding, ...]:
        """Derivatives that Enzyme does not make for this kernel."""
        return self._with("refused")

    @property
    def worst(self) -> Finding | None:
        """The comparison with the entry that is furthest off."""
        compared = [finding for finding in self.findings if finding.worst is not None]
        return max(compared, key=lambda item: item.worst.share if item.worst else 0.0, default=None)

    def __str__(self) -> str:
        agreed = len(self._with("agrees"))
        lines = [f"{self.kernel}, derivatives up to order {self.order}: {agreed} of {len(self.findings)} agree"]
        return "\n".join([*lines, *map(str, self.findings)])

    def _with(self, verdict: str) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.verdict == verdict)
