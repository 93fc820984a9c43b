"""The compiled entry of a plan that goes through blocks: rows side by side, in a loop that becomes vector code."""

from __future__ import annotations

from collections.abc import Iterator

from zymogen.codegen.entry import entry_head
from zymogen.codegen.wrapping import call
from zymogen.planning.blocks import numbers
from zymogen.planning.function import Array
from zymogen.planning.names import loop_namespace
from zymogen.planning.plan import Operand, Plan


def block_entry(plan: Plan, loop: int) -> str:
    """The text of the function for one block, and of the entry that calls it."""
    rows = plan.rows_of_block
    return "\n".join([*_block(plan, loop, rows), "", *_entry(plan, loop, rows)])


def _block(plan: Plan, loop: int, rows: int) -> Iterator[str]:
    yield f"namespace {loop_namespace(loop)} {{\n"
    yield f"/// {rows} rows; see zymogen/block.hpp for how a block holds them."
    operands = [
        f"{'' if operand.role == 'output' else 'const '}{operand.element}* __restrict operand_{number}"
        for number, operand in _taken(plan)
    ]
    yield from call("[[gnu::noinline]] static void block(", operands, ") {")
    yield f"#pragma clang loop vectorize(enable) vectorize_width({rows}) interleave(disable) unroll(disable)"
    yield f"    for (std::size_t lane = 0; lane < {rows}; ++lane) {{"
    for line in _row(plan, rows):
        yield f"        {line}"
    yield "    }"
    yield "}\n"
    yield f"}}  // namespace {loop_namespace(loop)}"


def _row(plan: Plan, rows: int) -> Iterator[str]:
    """The lines that compute one row of a block, in arrays of its own."""
    for number, operand in enumerate(plan.operands):
        if operand.role == "index":
            fixed = plan.component(operand.name)
            value = str(fixed) if fixed is not None else f"static_cast<std::size_t>(operand_{number}[lane])"
            yield f"const std::size_t {operand.symbol} = {value};"
        else:
            yield _array(operand.array)
            if operand.role == "input":
                yield f"zymogen::take_row<{rows}>({operand.symbol}, operand_{number}, lane);"
    yield from map(_array, plan.outermost.scratch)
    called = {operand.name: operand for operand in plan.operands if operand.role == "index"}
    for seed in plan.seeds:
        yield _array(seed.array, " = {}")
        if seed.component.name in called:
            yield f"zymogen::set_one_hot({seed.symbol}, {seed.component.symbol});"
    function = plan.outermost
    names = [name for item in function.inputs for name in item.values]
    names += [item.symbol for item in (*function.results, *function.scratch)]
    yield from call(f"{function.name}(", names, ");", margin=8)
    for number, operand in enumerate(plan.operands):
        if operand.role == "output":
            yield f"zymogen::give_row<{rows}>(operand_{number}, {operand.symbol}, lane);"


def _array(array: Array, initial: str = "") -> str:
    return f"{array.element} {array.symbol}[{numbers(array)}]{initial};"


def _entry(plan: Plan, loop: int, rows: int) -> Iterator[str]:
    taken = list(_taken(plan))
    yield from entry_head(loop)
    for number, operand in taken:
        element = operand.element if operand.role == "output" else f"const {operand.element}"
        count = 1 if operand.role == "index" else numbers(operand.array)
        yield f"    zymogen::Block<{element}, {count}, {rows}> operand_{number}(*rows, {number});"
    yield "    const auto evaluate = [&](std::ptrdiff_t row) {"
    for number, operand in taken:
        yield f"        operand_{number}.{'go' if operand.role == 'output' else 'take'}(row);"
    elements = [f"operand_{number}.elements()" for number, _ in taken]
    for line in call(f"{loop_namespace(loop)}::block(", elements, ");", margin=8):
        yield f"        {line}"
    results = [f"operand_{number}" for number, operand in taken if operand.role == "output"]
    for result in results:
        yield f"        {result}.give();"
    yield "    };"
    finite = " && ".join(f"{result}.is_finite()" for result in results)
    yield f"    const auto is_finite = [&] {{ return {finite}; }};"
    yield f"    return zymogen::each_block<{rows}>(*rows, failure, evaluate, is_finite);"
    yield "}"


def _taken(plan: Plan) -> Iterator[tuple[int, Operand]]:
    """The operands that a block has: all but components that are fixed."""
    for number, operand in enumerate(plan.operands):
        if operand.role != "index" or plan.component(operand.name) is None:
            yield number, operand
