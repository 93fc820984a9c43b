"""One build: the code of a kernel or derivative, made by the compiler and Enzyme in a scratch folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from zymogen.build.artifact import AFTER, BEFORE, FACTS, LIBRARY, OBJECT, SOURCE, Facts, Plans, Variant
from zymogen.build.blocks import keeps_nothing, returns_always
from zymogen.build.environment import toolchain_for, user_files, with_own_headers, workspace_in
from zymogen.build.libraries import check_libraries
from zymogen.build.offsets import needs_memory
from zymogen.build.precompiled import make_headers
from zymogen.build.shortcuts import refuse_shortcuts
from zymogen.build.source import Unit
from zymogen.build.store import Store
from zymogen.build.traps import differentiated, refuse_traps, uses_registered_rules
from zymogen.build.variants import EFFORT_FOR_BLOCKS, in_blocks, row_by_row
from zymogen.codegen.text import source as generated_source
from zymogen.errors import EnzymeError, UnsupportedConstructError
from zymogen.ir.listing import read
from zymogen.ir.prefix import with_prefix
from zymogen.planning.names import size_symbols, symbol
from zymogen.planning.plan import Plan
from zymogen.planning.request import OneHot, Select
from zymogen.toolchain import stages
from zymogen.toolchain.messages.diagnostics import NoVectorsError, TooMuchEffortError
from zymogen.toolchain.stages import Workspace


class _OneDirectionError(EnzymeError):
    """The code takes one direction at a time."""


class Compilation:
    """One build in a scratch folder of the store, which becomes the entry."""

    def __init__(self, plans: Plans, unit: Unit, store: Store, call: str, scratch: Path) -> None:
        self.plans, self.unit, self.scratch = plans, unit, scratch
        self.work = scratch / "work"
        self.work.mkdir()
        self.toolchain = toolchain_for(call, store)
        self.include, root = unit.source.place(self.work)
        plan = plans(Variant())[0]
        headers = make_headers(unit, store)
        self.workspace = workspace_in(
            self.work,
            store,
            call,
            unit.options,
            root,
            order=plan.request.order,
            precompiled=headers,
            generated=self.work / SOURCE,
            kernels=[plan.declaration],
        )
        self.options = with_own_headers(unit.options, root)

    def library(self) -> None:
        compiled = self.work / OBJECT

        def make_object(workspace: Workspace) -> None:
            stages.compile_to_object(self.toolchain, self.options, self.scratch / AFTER, compiled, workspace)

        facts = self._build_in_some_way(make_object)
        stages.link(self.toolchain, self.options, [compiled], self.scratch / LIBRARY, self.workspace)
        self._finish(facts)

    def object_file(self, prefix: str) -> None:
        named = self.work / "prefixed.ll"

        def make_object(workspace: Workspace) -> None:
            text = (self.scratch / AFTER).read_text(encoding="utf-8")
            named.write_text(with_prefix(text, prefix), encoding="utf-8")
            stages.compile_to_object(self.toolchain, self.options, named, self.scratch / OBJECT, workspace)

        self._finish(self._build_in_some_way(make_object))

    def _finish(self, facts: Facts) -> None:
        check_libraries(self.unit, self.workspace.call)
        (self.scratch / FACTS).write_text(json.dumps(asdict(facts)), encoding="utf-8")

    def _build_in_some_way(self, make_object: Callable[[Workspace], None]) -> Facts:
        hindrance = ""
        for variant in in_blocks(self.plans(Variant())[0]):
            hindrance = self._hindrance_of_blocks(variant, make_object)
            if not hindrance:
                return Facts(variant)
        variant = self._differentiate_in_some_way()
        make_object(self.workspace)
        return Facts(variant, hindrance)

    def _hindrance_of_blocks(self, variant: Variant, make_object: Callable[[Workspace], None]) -> str:
        """Build rows side by side; gives what keeps them from it, and nothing where they do go so.

        What is wrong with the machine, and not with the code, is an error: what is built goes into the store.
        """
        expected = (EnzymeError, NoVectorsError, TooMuchEffortError)
        workspace = replace(self.workspace, blocks=True, effort=EFFORT_FOR_BLOCKS, expected=expected)
        try:
            self._differentiate(self.plans(variant), workspace)
            before, after = ((self.scratch / name).read_text(encoding="utf-8") for name in (BEFORE, AFTER))
            if not keeps_nothing(before):
                return "the kernel writes to variables that outlive a call"
            if not returns_always(after):
                return "the kernel may throw, or the compiler does not know that it never does"
            make_object(workspace)
        except UnsupportedConstructError:
            raise
        except EnzymeError:
            return "Enzyme cannot differentiate it where everything is inlined into one loop over rows"
        except NoVectorsError:
            return (
                "the compiler could not make vectors of the loop over rows, as the kernel allocates memory, calls a "
                "function that is not inlined, or has loops whose steps depend on numbers"
            )
        except TooMuchEffortError:
            return f"side by side, one tool of the build took more than {EFFORT_FOR_BLOCKS} seconds of processor time"
        return ""

    def _differentiate_in_some_way(self) -> Variant:
        *others, last = row_by_row(self.plans(Variant())[0])
        attempt = replace(self.workspace, expected=(EnzymeError,))
        has_rules = False
        for variant in others:
            if has_rules and variant.wide:
                continue
            try:
                self._differentiate(self.plans(variant), attempt)
            except UnsupportedConstructError:
                raise
            except _OneDirectionError:
                has_rules = True
            except EnzymeError:
                pass
            else:
                return variant
        self._differentiate(self.plans(last), self.workspace)
        return last

    def _differentiate(self, plans: tuple[Plan, ...], workspace: Workspace) -> None:
        source = self.unit.source
        # Names of files may hold bytes that are no UTF-8.
        (self.scratch / SOURCE).write_bytes(generated_source(plans, source.include).encode("utf-8", "surrogateescape"))
        file = self.work / SOURCE
        file.write_bytes(generated_source(plans, self.include).encode("utf-8", "surrogateescape"))
        before, after = self.scratch / BEFORE, self.scratch / AFTER
        read = stages.compile_to_ir(self.toolchain, self.options, file, before, workspace)
        source.check(user_files(read, self.work), self.unit.options.include, workspace.call)
        listing = before.read_text(encoding="utf-8")
        refuse_traps(listing, plans[0].request.levels, workspace.call)
        refuse_shortcuts(listing, plans[0].request.levels, workspace.call)
        if plans[0].has_lanes and uses_registered_rules(listing):
            raise _OneDirectionError(f"{workspace.call}: rules for functions of arrays take one direction at a time.")
        for plan in plans:
            if plan.seed == "implicit" and plan.has_one_hot and _needs_memory(listing, plan):
                raise EnzymeError(f"{workspace.call}: a one-hot tangent without memory would be silently wrong.")
        levels = [level for level in plans[0].request.levels if not isinstance(level, Select)]
        if plans[0].request.levels:
            stages.differentiate(self.toolchain, self.options, before, after, workspace, counted=len(levels) == 1)
        else:
            after.write_bytes(before.read_bytes())


def _needs_memory(ir: str, plan: Plan) -> bool:
    """Whether a one-hot tangent without memory would be wrong."""
    module = read(ir)
    levels = [level for level in plan.request.levels if isinstance(level, OneHot)]
    arrays = {symbol(name) for level in levels for name in level.arguments}
    sizes = size_symbols(plan.declaration.signature).values()
    return needs_memory(tuple(differentiated(module)), arrays, sizes)
