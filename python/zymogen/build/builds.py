"""What kernels ask for a build: it is taken from the extension module or from the store, or made.

All that looks up, verifies and compiles builds is imported by these functions when they are called. So the import of
this package, and of an extension module, stays short, and a call of what was built ahead of time needs none of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zymogen.build.artifact import Artifact, Plans, PrebuiltArtifact, StoredArtifact
    from zymogen.build.source import Unit
    from zymogen.declaration import Declaration


def describe(unit: Unit) -> tuple[Unit, tuple[Declaration, ...]]:
    """The kernels that a source registers: `zymogen.build.description.describe` in the user's store."""
    from zymogen.build import description
    from zymogen.build.store import Store

    return description.describe(unit, Store())


def find(plans: Plans, unit: Unit) -> Artifact | None:
    """What there is already of the loops of one kernel or derivative; None where it would have to be compiled.

    Raises
    ------
    EnzymeError
        If Enzyme refused when the extension module was built.
    """
    return _built_ahead(plans, unit) or _find_in_store(plans, unit)


def make(plans: Plans, unit: Unit, call: str) -> Artifact:
    """A build of the loops of one kernel or derivative: what there is ahead of time, or else `make_in_store`.

    Raises
    ------
    EnzymeError
        If Enzyme refused when the extension module was built.
    """
    return _built_ahead(plans, unit) or make_in_store(plans, unit, call)


def make_in_store(plans: Plans, unit: Unit, call: str) -> StoredArtifact:
    """A build with the texts that it went through, which no extension module has: `zymogen.build.pipeline.build`."""
    from zymogen.build import pipeline
    from zymogen.build.store import Store

    return pipeline.build(plans, unit, Store(), call)


def write_assembly(artifact: StoredArtifact, unit: Unit, call: str) -> str:
    """Assembly of a build's code, for the processor at hand."""
    from zymogen.build import pipeline
    from zymogen.build.store import Store

    return pipeline.write_assembly(artifact, unit.options, Store(), call)


def _built_ahead(plans: Plans, unit: Unit) -> PrebuiltArtifact | None:
    """What an extension module has; nothing else is looked at."""
    if unit.prebuilt is None or unit.options != unit.prebuilt.options:
        return None
    return unit.prebuilt.find(plans)


def _find_in_store(plans: Plans, unit: Unit) -> StoredArtifact | None:
    from zymogen.build import pipeline
    from zymogen.build.store import Store

    return pipeline.find(plans, unit, Store())
