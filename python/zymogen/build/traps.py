"""Constructs whose derivatives are silently wrong: found in the IR before Enzyme, and refused.

Which derivatives are right was measured for each of them, see docs/operators.md; only those are let through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from zymogen.derivative.request import Level, Reverse
from zymogen.errors import UnsupportedConstructError
from zymogen.ir.listing import Function, Instruction, Module, read, references, split

# A quick look first: most kernels have neither, and reading a listing takes time.
_SUSPECT = re.compile(
    r'(?:call|invoke) [^@\n]*%(?:"[^"]*"|[-\w.$]+)\(|^@[^\n]* global [^\n]*(?:double|float|zeroinit)', re.M
)
_REAL_STORE = re.compile(r"store (?:volatile )?(?:atomic )?(?:double|float|<\d+ x (?:double|float)>) %")
_OWN = ("zymogen/",)


def refuse_traps(ir: str, levels: tuple[Level, ...], call: str) -> None:
    """Stop where a construct in the differentiated code would make this nest of levels silently wrong.

    Parameters
    ----------
    ir : the listing that Enzyme will get

    Raises
    ------
    UnsupportedConstructError
        That names the construct with its file and line, the derivatives that are right, and a way out.
    """
    if not levels or not _SUSPECT.search(ir):
        return
    module = read(ir)
    functions = tuple(_differentiated(module))
    one_reverse_level = len(levels) == 1 and isinstance(levels[0], Reverse)
    one_forward_level = len(levels) == 1 and not one_reverse_level
    calls = () if one_reverse_level else _indirect_calls(functions)
    for instruction in calls:
        raise UnsupportedConstructError(
            f"{call}: a function is called through a pointer at {module.place(instruction, _OWN)} (a virtual function, "
            "a table of functions, std::function). In code with such calls only zg.grad, zg.value_and_grad and zg.vjp "
            "of the kernel itself are right. Call the function by its name: as a template argument, or in a switch."
        )
    stores = () if one_forward_level else _static_stores(functions, module)
    for instruction in stores:
        raise UnsupportedConstructError(
            f"{call}: a static or global variable is written at {module.place(instruction, _OWN)}, and derivatives do "
            "not follow values through it. Only zg.partial and zg.jvp of the kernel itself are right. Make it a local "
            "variable."
        )


def _differentiated(module: Module) -> Iterator[Function]:
    """The functions that calls of Enzyme name, and all that these mention, as far as they are defined here."""
    waiting = [
        name
        for function in module.functions.values()
        for instruction in function.instructions
        if "__enzyme_autodiff" in instruction.callee or "__enzyme_fwddiff" in instruction.callee
        for name in references(instruction.arguments[0])
    ]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()[1:]
        if name in seen or name not in module.functions:
            continue
        seen.add(name)
        function = module.functions[name]
        yield function
        for instruction in function.instructions:
            waiting += [other for other in references(instruction.body) if other.startswith("@")]


def _indirect_calls(functions: tuple[Function, ...]) -> Iterator[Instruction]:
    for function in functions:
        yield from (instruction for instruction in function.instructions if instruction.callee.startswith("%"))


def _static_stores(functions: tuple[Function, ...], module: Module) -> Iterator[Instruction]:
    """Stores of computed real numbers to variables that outlive the call."""
    variables = {f"@{name}" for name, value in module.globals.items() if " global " in f" {value}"}
    for function in functions:
        yield from _stores_to(set(variables), function)


def _stores_to(places: set[str], function: Function) -> Iterator[Instruction]:
    """Stores of computed real numbers to `places`, or to what is found from there by an offset."""
    for instruction in function.instructions:
        if instruction.opcode == "getelementptr" and instruction.result:
            base = references(instruction.body)
            if base and base[0] in places:
                places.add(f"%{instruction.result}")
        elif instruction.opcode == "store" and _REAL_STORE.match(instruction.body):
            target = references(split(instruction.body)[1])
            if target and target[0] in places:
                yield instruction
