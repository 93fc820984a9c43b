"""From plans to a shared library: what is in the store is taken from there, all else is compiled."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from zymogen.build.environment import common_key, toolchain_for, user_files, with_own_headers, workspace_in
from zymogen.build.key import cpu_identity, digest
from zymogen.build.libraries import check_libraries
from zymogen.build.offsets import steps_back
from zymogen.build.source import Unit
from zymogen.build.store import Entry, Store
from zymogen.build.traps import differentiated, refuse_traps
from zymogen.codegen.text import source as generated_source
from zymogen.errors import EnzymeError, UnsupportedConstructError
from zymogen.ir.listing import read
from zymogen.planning.draft import SeedKind
from zymogen.planning.names import size_symbols, symbol
from zymogen.planning.plan import Plan
from zymogen.planning.request import OneHot
from zymogen.toolchain.tools import Options

if TYPE_CHECKING:
    from zymogen.toolchain.stages import Workspace

# The stages, and what they need to run compilers, are imported where something is compiled: most processes find all
# they ask for in the store, and their import of this package stays short.

LIBRARY = "kernel.so"
BEFORE, AFTER = "before.ll", "after.ll"
SOURCE = "entry.cpp"
_FACTS = "build.json"


@dataclass(frozen=True)
class Variant:
    """One of the ways to write a derivative. The first is the fastest; Enzyme cannot do all of them for all kernels."""

    seed: SeedKind = "implicit"
    """How one-hot tangents are made: without memory, or from a buffer."""
    wide: bool = True
    """Whether a pass may go along several directions."""


Plans = Callable[[Variant], tuple[Plan, ...]]


@dataclass(frozen=True)
class Artifact:
    """A finished build: what `Plans` became."""

    entry: Entry
    variant: Variant

    @property
    def library(self) -> Path:
        return self.entry.path(LIBRARY)

    def text(self, name: str) -> str:
        return self.entry.path(name).read_text(encoding="utf-8")


def build(plans: Plans, unit: Unit, store: Store, call: str) -> Artifact:
    """The shared library for the loops of one kernel or derivative, from the store or made now.

    Raises
    ------
    CompileError
        Or one of its kinds, if the compiler or Enzyme refuses.
    NotCompiledError
        If it is not in the store and there is no toolchain.
    """
    entry, variant = store.load(
        _key(plans, unit),
        lambda scratch: _Build(plans, unit, store, call, scratch).run(),
        use=_recorded_variant,
        label=call,
    )
    return Artifact(entry, variant)


def find(plans: Plans, unit: Unit, store: Store) -> Artifact | None:
    """What `build` would find in the store; None where it would have to compile."""
    entry = store.find(_key(plans, unit))
    return None if entry is None else Artifact(entry, _recorded_variant(entry))


def _key(plans: Plans, unit: Unit) -> str:
    text = generated_source(plans(Variant()), unit.source.include)
    return digest("build", common_key(unit.options), cpu_identity(), unit.source.fingerprint, unit.libraries, text)


def _recorded_variant(entry: Entry) -> Variant:
    return Variant(**json.loads(entry.path(_FACTS).read_text(encoding="utf-8")))


def write_assembly(artifact: Artifact, options: Options, store: Store, call: str) -> str:
    """Assembly of an artifact's code, for the processor at hand."""
    import tempfile

    from zymogen.toolchain import stages

    with tempfile.TemporaryDirectory(prefix="zymogen-") as folder:
        result = Path(folder, "kernel.s")
        workspace = workspace_in(Path(folder), store, call)
        stages.write_assembly(toolchain_for(call, store), options, artifact.entry.path(AFTER), result, workspace)
        return result.read_text(encoding="utf-8")


def _needs_memory(ir: str, plan: Plan) -> bool:
    """Whether a one-hot tangent without memory would be wrong."""
    module = read(ir)
    levels = [level for level in plan.request.levels if isinstance(level, OneHot)]
    arrays = {symbol(name) for level in levels for name in level.arguments}
    sizes = size_symbols(plan.declaration.signature).values()
    return steps_back(tuple(differentiated(module)), arrays, sizes)


class _Build:
    """One build in a scratch folder of the store, which becomes the entry."""

    def __init__(self, plans: Plans, unit: Unit, store: Store, call: str, scratch: Path) -> None:
        self.plans, self.unit, self.scratch = plans, unit, scratch
        self.work = scratch / "work"
        self.work.mkdir()
        self.toolchain = toolchain_for(call, store)
        self.include, root = unit.source.place(self.work)
        self.workspace = workspace_in(self.work, store, call, root)
        self.first_attempt = workspace_in(self.work, store, call, root, logs=False)
        self.options = with_own_headers(unit.options, root)

    def run(self) -> None:
        from zymogen.toolchain import stages

        variant = self._differentiate_in_some_way()
        object_file = self.work / "kernel.o"
        stages.compile_to_object(self.toolchain, self.options, self.scratch / AFTER, object_file, self.workspace)
        stages.link(self.toolchain, self.options, [object_file], self.scratch / LIBRARY, self.workspace)
        check_libraries(self.unit, self.workspace.call)
        (self.scratch / _FACTS).write_text(json.dumps(asdict(variant)), encoding="utf-8")

    def _differentiate_in_some_way(self) -> Variant:
        plan = self.plans(Variant())[0]
        # The kernel may hand its argument to code that Enzyme cannot rewrite for the implicit one-hot, or use what
        # Enzyme cannot differentiate along several directions.
        variants = [
            Variant(seed, wide)
            for wide in ((True, False) if plan.has_lanes else (True,))
            for seed in cast(tuple[SeedKind, ...], ("implicit", "dense") if plan.has_one_hot else ("implicit",))
        ]
        for variant in variants[:-1]:
            try:
                self._differentiate(self.plans(variant), self.first_attempt)
            except UnsupportedConstructError:
                raise
            except EnzymeError:
                continue
            return variant
        self._differentiate(self.plans(variants[-1]), self.workspace)
        return variants[-1]

    def _differentiate(self, plans: tuple[Plan, ...], workspace: Workspace) -> None:
        from zymogen.toolchain import stages

        source = self.unit.source
        # Names of files may hold bytes that are no UTF-8.
        (self.scratch / SOURCE).write_bytes(generated_source(plans, source.include).encode("utf-8", "surrogateescape"))
        file = self.work / SOURCE
        file.write_bytes(generated_source(plans, self.include).encode("utf-8", "surrogateescape"))
        before, after = self.scratch / BEFORE, self.scratch / AFTER
        read = stages.compile_to_ir(self.toolchain, self.options, file, before, workspace, plans[0].request.order)
        source.check(user_files(read, self.work), self.unit.options.include, workspace.call)
        listing = before.read_text(encoding="utf-8")
        refuse_traps(listing, plans[0].request.levels, workspace.call)
        for plan in plans:
            if plan.seed == "implicit" and plan.has_one_hot and _needs_memory(listing, plan):
                raise EnzymeError(f"{workspace.call}: a one-hot tangent without memory would be silently wrong.")
        if plans[0].request.levels:
            stages.differentiate(self.toolchain, self.options, before, after, workspace)
        else:
            after.write_bytes(before.read_bytes())
