"""The compiled entry of a plan: it gives each row of a batch to the outermost function."""

from __future__ import annotations

from collections.abc import Iterable

from zymogen.codegen.wrapping import call
from zymogen.planning.function import Function
from zymogen.planning.names import entry_name, loop_namespace, size_symbols
from zymogen.planning.plan import Operand, Plan

# Single integers arrive as 64-bit ones and are checked; so are sizes that the kernel takes as one of these.
_NARROW = tuple(f"std::{kind}{bits}_t" for kind in ("int", "uint") for bits in (8, 16, 32))


def entry_head(loop: int, below: int | None = None) -> list[str]:
    """The lines that begin the definition of an entry."""
    return [
        'extern "C" [[gnu::visibility("default")]]',
        f"int {entry_name(loop, below)}(const zymogen::Rows* rows, zymogen::Failure* failure) {{",
    ]


def entry(plan: Plan, loop: int, below: int | None = None) -> str:
    """The text of the entry for one loop of a ufunc."""
    sizes = size_symbols(plan.declaration.signature)
    lines = entry_head(loop, below)
    lines += [
        f"    const std::size_t {symbol} = rows->size[{plan.dimensions.index(size)}];" for size, symbol in sizes.items()
    ]
    lines.append("    return zymogen::each_row(rows, failure, [=](zymogen::Row row) {")
    lines += [
        f"        {line}" for number, operand in enumerate(plan.operands) for line in _operand(plan, operand, number)
    ]
    lines += [
        f"        {array.element}* const {array.symbol} = row.scratch<{array.element}>({number});"
        for number, array in enumerate(plan.scratch)
    ]
    lines += [f"        {check}" for check in _size_checks(plan, sizes)]
    if plan.request.levels:
        lines += [f"        {line}" for line in _check(plan, loop, sizes)]
    lines += [f"        {line}" for line in _seeds(plan, 1)]
    lines += [f"        {line}" for line in _call(plan.outermost, loop, sizes.values())]
    lines += [f"        {line}" for line in _seeds(plan, 0)]
    return "\n".join([*lines, "    });", "}"])


def _seeds(plan: Plan, value: int) -> list[str]:
    """Lines that set dense one-hot tangents along components of the call; those of sweeps are set by the sweep."""
    called = {operand.name for operand in plan.operands if operand.role == "index"}
    return [
        f"{seed.symbol}[{seed.component.symbol}] = {value};" for seed in plan.seeds if seed.component.name in called
    ]


def _operand(plan: Plan, operand: Operand, number: int) -> list[str]:
    array = operand.array
    if operand.role == "list":
        return [
            f"const std::int64_t* const {operand.symbol} = row.list({number});",
            f"const std::size_t {operand.count} = row.list_size({number});",
        ]
    if operand.role == "index":
        fixed = plan.component(operand.name)
        return [f"const std::size_t {operand.symbol} = {f'row.component({number})' if fixed is None else fixed};"]
    if operand.role == "output":
        return [f"{array.element}* const {array.symbol} = row.operand<{array.element}>({number});"]
    if not array.by_value:
        return [f"const {array.element}* const {array.symbol} = row.operand<const {array.element}>({number});"]
    if array.element == "bool":
        return [f"const bool {array.symbol} = *row.operand<const bool>({number});"]
    head = f"const {array.element} {array.symbol} = zymogen::integer<{array.element}>("
    return call(head, [f"*row.operand<const std::int64_t>({number})", f'"{operand.name}"'], ");", margin=8)


def _size_checks(plan: Plan, sizes: dict[str, str]) -> list[str]:
    """Lines that make sure that sizes fit where the kernel takes them as small integers."""
    taken = zip(plan.declaration.signature.order, plan.instance.parameters, strict=False)
    arguments = {argument.name for argument in plan.declaration.signature.arguments}
    numbers = {**sizes, **dict(plan.declaration.signature.known)}
    return [
        f'zymogen::integer<{parameter.element}>(static_cast<std::int64_t>({numbers[name]}), "{name}");'
        for name, parameter in taken
        if name not in arguments and parameter.element in _NARROW
    ]


def _check(plan: Plan, loop: int, sizes: dict[str, str]) -> list[str]:
    """Lines that evaluate the kernel alone, so that what it throws is met outside of derivative code."""
    kernel = plan.functions[0]
    there = {array.name for array in (*plan.outermost.results, *plan.outermost.scratch)}
    local = [array for array in kernel.results if array.name not in there]
    arguments = [
        *(item.symbol for item in kernel.inputs),
        *(f"&{array.symbol}" if array in local else array.symbol for array in kernel.results),
        *sizes.values(),
    ]
    return [
        "if (rows->check_first) {",
        *(f"    {array.element} {array.symbol} = 0;" for array in local),
        *(f"    {line}" for line in call(f"{loop_namespace(loop)}::evaluate(", arguments, ");", margin=12)),
        "}",
    ]


def _call(function: Function, loop: int, sizes: Iterable[str]) -> list[str]:
    names = [name for item in function.inputs for name in item.values]
    names += [item.symbol for item in (*function.results, *function.scratch)]
    # Kept apart from the entry, whose handlers must not be merged with calls that Enzyme replaces.
    apart = "[[clang::noinline]] " if function.level is not None else ""
    return call(f"{apart}{loop_namespace(loop)}::{function.name}(", [*names, *sizes], ");", margin=8)
