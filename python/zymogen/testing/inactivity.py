"""Proof, from the code itself, that an argument of a derivative is inactive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from zymogen.errors import ActiveArgumentError, ArgumentError, NotDifferentiableError
from zymogen.ir.listing import Function, Instruction, Module, read
from zymogen.planning.names import entry_name
from zymogen.planning.plan import Plan
from zymogen.resources import include_folder
from zymogen.runtime.kernel import Kernel
from zymogen.testing.enzyme_calls import enzyme_arguments
from zymogen.testing.memory import Memory
from zymogen.testing.regions import Region
from zymogen.testing.shadow import is_shadow, primal_of, shadows_of_copies
from zymogen.toolchain.messages.demangle import demangle


@dataclass(frozen=True)
class Finding:
    """Why an argument is not proven to be inactive."""

    reason: str
    function: str = ""
    """The function as C++ names it."""
    place: str = ""
    """File and line of C++."""
    instruction: str = ""


def assert_inactive(d: Kernel, argument: str, *, copies: bool = False) -> None:
    """Prove that a derivative neither loads, nor stores, nor allocates a shadow of one of its arguments.

    Parameters
    ----------
    d : derivative (or kernel, which has no shadows at all); it is built if it is not yet
    argument : name of the argument that is to be inactive
    copies : whether local memory of the kernel that holds nothing but data from `argument` (and from other arguments
        that are Const) must have no shadow either; see Notes

    Raises
    ------
    AssertionError
        If there is a shadow, or if it cannot be proven that there is none: `zymogen.errors.ActiveArgumentError`, which
        names the instruction, its function, and file and line of C++.
    ValueError
        If there is no such argument; the message lists those there are.

    Notes
    -----
    For every loop (element type), with y for the argument, this is proven; and of derivatives that are computed in one
    of several ways, such as the two modes of a Jacobian, for all those that Enzyme does not refuse:

    1. In the IR before Enzyme, y's memory is passed to every level of the nest, and each time as `enzyme_const`; no
       shadow argument points to it.
    2. In the IR after Enzyme, which is what is compiled, every load and store that the entry can reach is followed
       back to the memory it touches. That memory is an operand or a scratch array of the plan (where y has no shadow),
       a global variable, memory that the code allocates itself, or an object of another library. None is unknown, and
       no function is called of which nothing is known.
    3. Nothing is stored to y's memory; functions of other libraries that the kernel itself gives it to are trusted.
    4. No value and no parameter has the name that Enzyme gives to the shadow of something that points to y's memory.

    Pointers are followed through memory, calls, choices, additions and conversions to integers and back; one that is
    made by other arithmetic on integers ends as unknown. 1 to 3 do not rely on names. 4 does: Enzyme calls the shadow
    of `v` `v'ipg`, `v'ipa`, `v'mi` and the like, and not every value has a name.

    Not part of this: local memory into which the kernel copies y. Enzyme does give shadows to such memory when it is
    on the heap, and in forward mode also to arrays on the stack. No derivative with respect to y is asked of them, but
    they cost time and memory. With ``copies=True`` they fail too, as far as they can be recognised: by Enzyme's names,
    or as the second of two equal requests to the heap for one line of C++. That part is a search, and no proof.
    """
    if not isinstance(d, Kernel):
        raise NotDifferentiableError(
            f"assert_inactive: {d!r} is of type {type(d).__name__}. Expected is a derivative, as zg.grad gives it."
        )
    call = f"assert_inactive({d.name}, {argument!r})"
    if argument not in d.arguments:
        raise ArgumentError(f"{call}: there is no argument {argument!r}. Arguments are {', '.join(d.arguments)}.")
    for way in d.build().ways:
        if argument not in way.arguments:
            continue  # an index, and this way has a list in its place
        before, after = read(way.ir("before")), read(way.ir("after"))
        for loop, plan in enumerate(way.built_plans):
            finding = next(findings(before, after, plan, loop, argument, copies=copies), None)
            if finding is not None:
                raise ActiveArgumentError(_message(call, argument, finding))
    if d.activity.get(argument) == "Duplicated":
        raise ActiveArgumentError(f"{call}: the plan differentiates {argument}. Expected is Const: see d.activity.")


def findings(
    before: Module, after: Module, plan: Plan, loop: int, argument: str, *, copies: bool = False
) -> Iterator[Finding]:
    """All reasons why `argument` is not proven to be inactive in one loop; none is the proof."""
    entry = entry_name(loop)
    missing = next(
        (name for name, module in (("before", before), ("after", after)) if entry not in module.functions), None
    )
    if missing is not None:
        yield Finding(f"the IR {missing} Enzyme has no function {entry}")
        return
    own = next(number for number, operand in enumerate(plan.operands) if operand.name == argument)
    y = Region("operand", number=own)
    start, end = Memory(before, entry), Memory(after, entry)
    yield from _passed(start, plan, argument, y)
    yield from _named(end, plan)
    yield from _accessed(start, end, plan, argument, y)
    yield from _called(end)
    yield from _shadowed(end, argument, y)
    if copies:
        inactive = {
            Region("operand", number=number)
            for number, operand in enumerate(plan.operands)
            if plan.activity.get(operand.name) == "Const"
        }
        for function, instruction in shadows_of_copies(end, y, inactive):
            reason = f"it allocates a shadow of memory that holds only inactive data, copied from {argument}"
            yield _finding(end, function, instruction, reason)


def _passed(memory: Memory, plan: Plan, argument: str, y: Region) -> Iterator[Finding]:
    """Rule 1."""
    by_pointer = plan.operands[y.number].role == "input" and plan.is_real(argument)
    calls = 0
    for function in memory.reached.values():
        for instruction in function.instructions:
            if "__enzyme_autodiff" not in instruction.callee and "__enzyme_fwddiff" not in instruction.callee:
                continue
            calls += 1
            seen = False
            for marker, value, shadows in enzyme_arguments(memory.module, function.name, instruction):
                if y in memory.regions(function.name, value):
                    seen = True
                    if marker != "enzyme_const":
                        yield _finding(memory, function, instruction, f"it passes {argument} to Enzyme as {marker}")
                if any(y in memory.regions(function.name, shadow) for shadow in shadows):
                    yield _finding(memory, function, instruction, f"it passes {argument} to Enzyme as a shadow")
            if by_pointer and not seen:
                reason = f"it calls Enzyme, and {argument} is not seen among what it passes"
                yield _finding(memory, function, instruction, reason)
    if calls < plan.request.order:
        yield Finding(f"{plan.request.order} calls of Enzyme are expected and {calls} are found")


def _named(memory: Memory, plan: Plan) -> Iterator[Finding]:
    """That code and plan speak of the same operands: what the outermost level's parameters are called and point to."""
    if not plan.request.levels:
        return
    mark = f"{len(plan.outermost.name)}{plan.outermost.name}E"
    function = next((item for name, item in memory.reached.items() if mark in name), None)
    expected = {operand.name: Region("operand", number=number) for number, operand in enumerate(plan.operands)}
    expected |= {array.name: Region("scratch", number=number) for number, array in enumerate(plan.scratch)}
    known = {*expected, *plan.declaration.signature.sizes}
    if function is None or not any(name in known for name in function.parameters):
        yield Finding(f"{plan.outermost.name} or the names of its parameters are not in the IR after Enzyme")
        return
    for name in function.parameters:
        regions = memory.regions(function.name, name)
        if regions and (name not in expected or regions != {expected[name]}):
            yield Finding(f"its parameter {name} is not what the plan says", demangle(function.name))


def _accessed(start: Memory, end: Memory, plan: Plan, argument: str, y: Region) -> Iterator[Finding]:
    """Rules 2 and 3."""
    handed = {access.instruction.callee for access in start.accesses() if access.stores and y in access.regions}
    sizes = {"operand": len(plan.operands), "scratch": len(plan.scratch)}
    for access in end.accesses():
        verb = "stores to" if access.stores else "loads"
        if not access.regions and "null" not in access.instruction.body and not _frees(access.instruction):
            reason = f"it {verb} memory of which nothing is known"
            yield _finding(end, access.function, access.instruction, reason)
        for region in access.regions:
            if region.kind in sizes and not 0 <= region.number < sizes[region.kind]:
                reason = f"it {verb} {region.kind} {region.number}, which is not in the plan"
                yield _finding(end, access.function, access.instruction, reason)
        if access.stores and y in access.regions and access.instruction.callee not in handed - {""}:
            yield _finding(end, access.function, access.instruction, f"it stores to the memory of {argument}")


def _called(memory: Memory) -> Iterator[Finding]:
    """Rule 2, for calls through pointers and inline assembly."""
    for function in memory.reached.values():
        for instruction in function.instructions:
            if instruction.opcode not in ("call", "invoke"):
                continue
            callee = instruction.callee
            if " asm " in instruction.body or (callee.startswith("%") and not memory.regions(function.name, callee)):
                yield _finding(memory, function, instruction, "it calls code of which nothing is known")


def _frees(instruction: Instruction) -> bool:
    return instruction.callee in ("@free", "@zymogen_cache_release") or instruction.callee.startswith("@_Zd")


def _shadowed(memory: Memory, argument: str, y: Region) -> Iterator[Finding]:
    """Rule 4."""
    own = {Region(region.kind, region.name, function=region.function) for *_, region in memory.allocations()}
    for function in memory.reached.values():
        results = {item.result: item for item in function.instructions if item.result}
        for name in (*function.parameters, *results):
            if not is_shadow(name):
                continue
            regions = memory.regions(function.name, name)
            primals = primal_of(name)
            of_y = any(y in memory.regions(function.name, f"%{primal}") for primal in primals)
            allocated = any(region.name == name for region in regions & own)
            if of_y or (allocated and argument in {primal.removesuffix(".i") for primal in primals}):
                instruction = results.get(name)
                reason = f"{name} is a shadow of {argument}"
                if instruction is None:
                    yield Finding(f"its parameter {reason}", demangle(function.name))
                else:
                    yield _finding(memory, function, instruction, reason)


def _finding(memory: Memory, function: Function, instruction: Instruction, reason: str) -> Finding:
    ours = (str(include_folder()), "/lib/libcxx", "/staging/")
    place = memory.module.place(instruction, ours)
    if "/staging/" in place:
        place = f"line {place.rpartition(':')[2]} of d.source()"
    return Finding(reason, demangle(function.name), place, instruction.text.partition(", !")[0])


def _message(call: str, argument: str, finding: Finding) -> str:
    where = f" In {finding.function}" if finding.function else ""
    where += f", {finding.place}" if finding.place else ""
    where += f": {finding.instruction}" if finding.instruction else ""
    return (
        f"{call}: {argument} is not proven to be inactive: {finding.reason}.{where}\n"
        f"Expected is that no shadow of {argument} is loaded, stored or allocated. Look at d.activity for what is "
        f"differentiated, and at d.ir('after') for the code."
    )
