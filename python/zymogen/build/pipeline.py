"""From plans to a shared library: what is in the store is taken from there, all else is compiled."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from zymogen.build import variants
from zymogen.build.artifact import AFTER, FACTS, Facts, Plans, StoredArtifact, Variant, facts_of
from zymogen.build.environment import common_key, toolchain_for, workspace_in
from zymogen.build.key import digest
from zymogen.build.source import Unit
from zymogen.build.store import Entry, Store
from zymogen.codegen.text import source as generated_source
from zymogen.errors import NotCompiledError, StoreError, ToolchainError
from zymogen.toolchain.find import find_toolchain
from zymogen.toolchain.tools import Options

if TYPE_CHECKING:
    from zymogen.build.compilation import Compilation

# Compilations, and what they need, are imported where something is compiled: most processes find all they ask for in
# the store, and are done sooner without.


def build(plans: Plans, unit: Unit, store: Store, call: str) -> StoredArtifact:
    """The shared library for the loops of one kernel or derivative, from the store or made now.

    Raises
    ------
    CompileError
        Or one of its kinds, if the compiler or Enzyme refuses.
    NotCompiledError
        If it is not in the store and there is no toolchain.
    """
    if unit.prebuilt is not None and not unit.prebuilt.has_sources:
        raise NotCompiledError(unit.prebuilt.advice(call, "its sources did not come along (NO_SOURCES or LIBRARIES)."))
    try:
        entry, facts = store.load(
            _key(plans, unit),
            lambda scratch: _compilation(plans, unit, store, call, scratch).library(),
            use=_recorded_facts,
            label=call,
        )
    except (NotCompiledError, StoreError) as error:
        if unit.prebuilt is None:
            raise
        raise NotCompiledError(unit.prebuilt.advice(call, _hindrance(error))) from error
    return StoredArtifact(entry, facts)


def _hindrance(error: NotCompiledError | StoreError) -> Exception:
    """Why nothing can be built: first of all, because there is nothing to build with."""
    try:
        find_toolchain()
    except ToolchainError as missing:
        return missing
    return error


def build_object(plans: Plans, unit: Unit, store: Store, call: str, prefix: str) -> StoredArtifact:
    """As `build`, but an object file to be linked with others, whose symbols all begin with `prefix`."""
    entry, facts = store.load(
        digest(_key(plans, unit), "object", prefix),
        lambda scratch: _compilation(plans, unit, store, call, scratch).object_file(prefix),
        use=_recorded_facts,
        label=call,
    )
    return StoredArtifact(entry, facts)


def _compilation(plans: Plans, unit: Unit, store: Store, call: str, scratch: Path) -> Compilation:
    from zymogen.build.compilation import Compilation

    return Compilation(plans, unit, store, call, scratch)


def find(plans: Plans, unit: Unit, store: Store) -> StoredArtifact | None:
    """What `build` would find in the store; None where it would have to compile."""
    if unit.prebuilt is not None and not unit.prebuilt.has_sources:
        return None
    entry = store.find(_key(plans, unit))
    return None if entry is None else StoredArtifact(entry, _recorded_facts(entry))


def _key(plans: Plans, unit: Unit) -> str:
    first = plans(Variant())
    ways = (*variants.in_blocks(first[0]), *variants.row_by_row(first[0]))
    texts = (
        generated_source(first if variant == Variant() else plans(variant), unit.source.include) for variant in ways
    )
    return digest("build", common_key(unit.options), unit.source.fingerprint, unit.libraries, *texts)


def _recorded_facts(entry: Entry) -> Facts:
    return facts_of(json.loads(entry.path(FACTS).read_text(encoding="utf-8")))


def write_assembly(artifact: StoredArtifact, options: Options, store: Store, call: str) -> str:
    """Assembly of an artifact's code, for the processor at hand."""
    import tempfile

    from zymogen.toolchain import stages

    with tempfile.TemporaryDirectory(prefix="zymogen-") as folder:
        result = Path(folder, "kernel.s")
        workspace = replace(workspace_in(Path(folder), store, call, options), blocks=artifact.facts.variant.blocks)
        stages.write_assembly(toolchain_for(call, store), options, artifact.entry.path(AFTER), result, workspace)
        return result.read_text(encoding="utf-8")
