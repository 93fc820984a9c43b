"""From plans to a translation unit: what is compiled for one kernel or derivative."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from zymogen.codegen.blocks import block_entry
from zymogen.codegen.entry import entry
from zymogen.codegen.functions import functions
from zymogen.planning.function import Function
from zymogen.planning.names import loop_namespace, size_symbols, symbol
from zymogen.planning.plan import Plan


def source(plans: Sequence[Plan], include: str) -> str:
    """The translation unit for the loops of one kernel or derivative.

    Parameters
    ----------
    plans : one for each element type
    include : the line or lines that bring in the kernel's own source
    """
    parts = [
        _title(plans[0]),
        "#define ZYMOGEN_GENERATED",
        include,
        *_without_macros(plans[0]),
        "#include <zymogen/entry.hpp>",
        *(["#include <zymogen/sweep.hpp>"] if any(map(_needs_sweeps, plans[0].functions)) else []),
        *(["#include <zymogen/block.hpp>"] if plans[0].blocks else []),
    ]
    for loop, plan in enumerate(plans):
        space = loop_namespace(loop)
        parts += [f"\nnamespace {space} {{\n", "\n\n".join(functions(plan)), f"\n}}  // namespace {space}\n"]
        parts.append(block_entry(plan, loop) if plan.blocks else entry(plan, loop))
    parts += _below(plans)
    return "\n".join(parts) + "\n"


def _needs_sweeps(function: Function) -> bool:
    return function.loops is not None or function.picks is not None


def _below(plans: Sequence[Plan]) -> Iterator[str]:
    """Entries for what each level differentiates, to compare its derivatives with."""
    if plans[0].below:
        yield "\n// What the levels differentiate, for checking them."
    for loop, plan in enumerate(plans):
        for number, below in enumerate(plan.below):
            yield entry(below, loop, number)


def _title(plan: Plan) -> str:
    lines = [f"// {plan.declaration.name}: {plan.declaration.signature.text}"]
    lines += [f"// level {number}: {level}" for number, level in enumerate(plan.request.levels, start=1)]
    if plan.specialised:
        lines.append("// for these sizes and components alone")
    return "\n".join(lines)


def _without_macros(plan: Plan) -> Iterator[str]:
    """Names that the source may have as macros, by their capitals: `#define N 3` beside `x(N)`."""
    signature = plan.declaration.signature
    arrays = [symbol(item.name) for item in (*signature.arguments, *signature.results)]
    for name in (*arrays, *size_symbols(signature).values()):
        if name.isupper():
            yield f"#undef {name}"
