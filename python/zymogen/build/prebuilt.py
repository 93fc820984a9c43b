"""Derivatives in an extension module, found by what is asked for: no source is read for it, and nothing compiled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from zymogen import errors
from zymogen.build.artifact import Facts, PrebuiltArtifact, Variant
from zymogen.build.key import digest
from zymogen.errors import EnzymeError
from zymogen.planning.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from zymogen.build.source import Unit
    from zymogen.toolchain.tools import Options

UNITS = "__zymogen__"
"""The attribute of an extension module that has its units."""

_MANY = 4
"""So many derivatives are not written out in a message."""

RequestKey: TypeAlias = "tuple[str, str]"
"""The kernel's name, and the request as text."""


@dataclass(frozen=True)
class Present:
    """What was built for one request."""

    prefix: str
    facts: Facts
    layout: str
    """How the entries are called, see `layout`."""


@dataclass(frozen=True)
class Refused:
    """What Enzyme said to one request, so that nobody has to ask it again."""

    kind: str
    """The name of a class of `zymogen.errors`."""
    text: str

    def error(self) -> EnzymeError:
        kind = getattr(errors, self.kind, EnzymeError)
        return kind(self.text) if isinstance(kind, type) and issubclass(kind, EnzymeError) else EnzymeError(self.text)


@dataclass(frozen=True, eq=False)
class Prebuilt:
    """What an extension module has of one source."""

    module: str
    """The module's name, by which its kernels travel."""
    number: int
    """Which of its sources this is."""
    options: Options
    """How it was compiled; with other options it is something else."""
    library: Path
    checksum: str
    entries: Mapping[RequestKey, Present | Refused]
    derivatives: tuple[str, ...]
    """What was asked for when it was built."""
    has_sources: bool
    """Whether the source came along, so that more can be built from it."""

    def find(self, plans: Callable[[Variant], tuple[Plan, ...]]) -> PrebuiltArtifact | None:
        """What was built for a request; None where it was not.

        Raises
        ------
        EnzymeError
            If it was tried, and Enzyme refused.
        """
        first = plans(Variant())[0]
        known = self.entries.get(request_key(first))
        if isinstance(known, Refused):
            raise known.error()
        if known is None or layout(plans(known.facts.variant)) != known.layout:
            return None
        return PrebuiltArtifact(self.library, known.facts, known.prefix, self.checksum)

    def advice(self, call: str, reason: object) -> str:
        """What to say where a request is neither in the module nor can be built."""
        target = self.module.rpartition(".")[2]
        others = map(_quoted, self.derivatives) if len(self.derivatives) < _MANY else ["..."]
        wanted = " ".join([*others, _quoted(call)])
        return (
            f"{call}: it is not among the derivatives that were built into {self.module}, and it cannot be built here: "
            f"{reason} Whoever builds {self.module} can put it there: "
            f"zymogen_add_module({target} ... DERIVATIVES {wanted})."
        )


def _quoted(argument: str) -> str:
    """As CMake takes it: without quotation marks it would take parentheses apart."""
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def request_key(plan: Plan) -> RequestKey:
    """What a request is found by."""
    asked = repr(plan.request)
    if plan.specialised:
        asked += f" for {plan.declaration.signature.text}, components {plan.components}"
    return plan.declaration.name, asked


def layout(plans: Sequence[Plan]) -> str:
    """A digest of how the entries are called: an entry is never called in another way than it was made for."""
    return digest(tuple(_called(part) for plan in plans for part in (plan, *plan.below)))


def _called(plan: Plan) -> tuple[tuple[str, ...], ...]:
    operands = [(item.role, item.element, *item.array.dims, *item.dims) for item in plan.operands]
    scratch = [("scratch", array.element, str(array.lanes), *array.dims) for array in plan.scratch]
    return (*operands, *scratch, ("dimensions", *plan.dimensions), ("seeds", *(seed.name for seed in plan.seeds)))


def unit_of(module: str, number: int, options: Options) -> Unit:
    """The unit of an extension module, which is imported: its kernels travel by the module's name."""
    from importlib import import_module

    unit: Unit = getattr(import_module(module), UNITS)[number]
    return unit if unit.options == options else replace(unit, options=options)
