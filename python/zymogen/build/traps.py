"""Constructs whose derivatives are silently wrong: found in the IR before Enzyme, and refused.

Which derivatives are right was measured for each of them, see docs/operators.md; only those are let through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from zymogen.errors import UnsupportedConstructError
from zymogen.ir.listing import Function, Instruction, Module, read, references, split
from zymogen.ir.names import NAME
from zymogen.planning.request import Level, Reverse, Select

# A quick look first: most kernels have neither an indirect call nor a variable that outlives it, but for integers.
_SUSPECT = re.compile(
    rf"(?:call|invoke) [^@\n]*%{NAME}\(|^@[^\n]*? global (?!i\d+\b)"
    r"|@__cxa_guard_acquire|@__kmpc_fork_call",
    re.MULTILINE,
)
_REAL_STORE = re.compile(r"store (?:volatile )?(?:atomic )?(?:double|float|<\d+ x (?:double|float)>) %")
_POINTER_STORE = re.compile(r"store (?:volatile )?(?:atomic )?ptr %")
_BULK_COPY = ("@llvm.memcpy.", "@llvm.memmove.", "@memcpy", "@memmove")
_PASSES_ON = ("getelementptr", "phi", "select", "bitcast", "freeze")
_LOGIC = ("and", "or", "xor", "select", "phi", "zext", "sext", "trunc", "freeze", "icmp")
_REGISTERED = "__enzyme_register_"
_OWN = ("zymogen/", "/libcxx/include/", "/include/c++/")  # the line that the user wrote is outside of these


def refuse_traps(ir: str, levels: tuple[Level, ...], call: str) -> None:
    """Stop where a construct in the differentiated code would make this nest of levels silently wrong.

    Parameters
    ----------
    ir : the listing that Enzyme will get

    Raises
    ------
    UnsupportedConstructError
        That names the construct with its file and line, and a way out.
    """
    levels = tuple(level for level in levels if not isinstance(level, Select))
    reverse_levels = sum(isinstance(level, Reverse) for level in levels)
    if not levels or (reverse_levels < 2 and not _SUSPECT.search(ir)):
        return
    module = read(ir)
    functions = tuple(differentiated(module, through_rules=len(levels) > 1))
    branches = _real_branches(functions) if reverse_levels > 1 else ()
    for instruction in branches:
        raise UnsupportedConstructError(
            f"{call}: real numbers decide at {module.place(instruction, _OWN)} how the kernel goes on, and two reverse "
            "levels are wrong for some such kernels. Use one reverse level: zg.jvp of a gradient, or zg.grad or zg.vjp "
            "of zg.partial or zg.jvp, give the same second derivatives."
        )
    for instruction in _calls(functions, "@__kmpc_fork_call"):
        raise UnsupportedConstructError(
            f"{call}: OpenMP spreads a loop over threads at {module.place(instruction, _OWN)}, and derivatives of such "
            "loops cannot be relied on. Compile without -fopenmp: the loop then runs in one thread, and the rows of a "
            "batch go over threads."
        )
    one_reverse_level = len(levels) == 1 and isinstance(levels[0], Reverse)
    calls = () if one_reverse_level else _indirect_calls(functions)
    for instruction in calls:
        raise UnsupportedConstructError(
            f"{call}: a function is called through a pointer at {module.place(instruction, _OWN)} (a virtual function, "
            "a table of functions, std::function). In code with such calls only zg.grad, zg.value_and_grad, zg.vjp and "
            "zg.jacobian with mode='reverse' of the kernel itself are right. Call the function by its name: as a "
            "template argument, or in a switch."
        )
    statics = _Statics(functions, module)
    _refuse_stores(statics.stores(_REAL_STORE, copies=True), module, call)
    # One that is made at its first use may get pointers then, which is another matter.
    for instruction in _calls(functions, "@__cxa_guard_acquire"):
        raise UnsupportedConstructError(
            f"{call}: a static variable is made when {module.place(instruction, _OWN)} is met for the first "
            "time, and derivatives of that spoil its memory. Make it a constant of the namespace or the file, or a "
            "constexpr array. If it belongs to a library, and no number that is differentiated goes through it, "
            "declare the function that has it inactive: ZYMOGEN_INACTIVE(function)."
        )
    _refuse_stores(statics.stores(_POINTER_STORE, copies=False), module, call)


def _refuse_stores(stores: Iterator[Instruction], module: Module, call: str) -> None:
    for instruction in stores:
        raise UnsupportedConstructError(
            f"{call}: a static or global variable, or memory that it points to, is written at "
            f"{module.place(instruction, _OWN)}. Derivatives do not follow values through memory that outlives the "
            "call. Make it a local variable or an argument."
        )


def differentiated(module: Module, *, through_rules: bool = True) -> Iterator[Function]:
    """The functions that calls of Enzyme name, and all that these mention, as far as they are defined here.

    Left out is what has no derivative: what only throws, and what a rule calls inactive. Where a function has
    rules (`zymogen/array_rules.hpp`), these stand for it: nothing looks into the function itself, and into the rules
    only where derivatives of theirs are made.
    """
    rules = _registered(module)
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
        if name in rules:
            waiting += rules[name] if through_rules else []
            continue
        if module.says(module.functions[name], "enzyme_inactive"):
            continue
        function = module.functions[name].without_throws()
        yield function
        for instruction in function.instructions:
            waiting += [other for other in references(instruction.body) if other.startswith("@")]


def uses_registered_rules(ir: str) -> bool:
    """Whether something is differentiated that Enzyme has rules for (`zymogen/array_rules.hpp`)."""
    if f"@{_REGISTERED}" not in ir:
        return False
    module = read(ir)
    rules = _registered(module)
    calls = (instruction.callee for function in differentiated(module) for instruction in function.instructions)
    return any(callee.removeprefix("@") in rules for callee in calls)


def _registered(module: Module) -> dict[str, list[str]]:
    """For each function that Enzyme has rules for, these."""
    rules: dict[str, list[str]] = {}
    for name, value in module.globals.items():
        if name.startswith(_REGISTERED):
            function, *others = references(value)
            rules.setdefault(function[1:], []).extend(others)
    return rules


def _indirect_calls(functions: tuple[Function, ...]) -> Iterator[Instruction]:
    for function in functions:
        yield from (instruction for instruction in function.instructions if instruction.callee.startswith("%"))


def _calls(functions: tuple[Function, ...], callee: str) -> Iterator[Instruction]:
    """Calls of one function."""
    for function in functions:
        yield from (item for item in function.instructions if item.callee == callee)


def _real_branches(functions: tuple[Function, ...]) -> Iterator[Instruction]:
    """Branches whose condition is made of comparisons of real numbers."""
    for function in functions:
        decided = {f"%{item.result}" for item in function.instructions if item.opcode == "fcmp"}
        before = -1
        while before < len(decided):
            before = len(decided)
            decided |= {
                f"%{item.result}"
                for item in function.instructions
                if item.opcode in _LOGIC and decided.intersection(references(item.body))
            }
        branches = (item for item in function.instructions if item.opcode in ("br", "switch"))
        if any(decided.intersection(references(split(item.body)[0])) for item in branches):
            # The comparison has a place in the source; a loop's branch may have none.
            yield from (item for item in function.instructions if item.opcode == "fcmp")


class _Statics:
    """Which pointers lead to variables that outlive the call, or to what these point to.

    Followed through offsets, choices, loads, and calls of functions that are defined here; not through memory into
    which such a pointer is stored.
    """

    def __init__(self, functions: tuple[Function, ...], module: Module) -> None:
        self.functions = {function.name: function for function in functions}
        variables = {f"@{name}" for name, value in module.globals.items() if " global " in f" {value}"}
        self.places = {name: set(variables) for name in self.functions}
        self.returning: set[str] = set()
        while self._grows():
            pass

    def stores(self, stored: re.Pattern[str], *, copies: bool) -> Iterator[Instruction]:
        """Instructions that put computed real numbers there, or pointers, through which such numbers are found."""
        for name, function in self.functions.items():
            places = self.places[name]
            for instruction in function.instructions:
                if instruction.opcode == "store":
                    computed = stored.match(instruction.body)
                    target = split(instruction.body)[1] if computed else ""
                elif copies and instruction.callee.startswith(_BULK_COPY):
                    target = instruction.arguments[0]
                else:
                    continue
                if places.intersection(references(target)):
                    yield instruction

    def _grows(self) -> bool:
        before = sum(map(len, self.places.values())) + len(self.returning)
        for name, function in self.functions.items():
            for instruction in function.instructions:
                self._follow(name, instruction)
        return sum(map(len, self.places.values())) + len(self.returning) > before

    def _follow(self, name: str, instruction: Instruction) -> None:
        places, result = self.places[name], f"%{instruction.result}"
        reached = places.intersection(references(instruction.body))
        if instruction.callee.removeprefix("@") in self.functions:
            self._enter(name, instruction)
        elif not reached:
            return
        elif instruction.opcode == "ret":
            self.returning.add(name)
        elif instruction.result and self._passes_on(instruction):
            places.add(result)

    def _enter(self, name: str, instruction: Instruction) -> None:
        callee = instruction.callee[1:]
        for parameter, argument in zip(self.functions[callee].parameters, instruction.arguments, strict=False):
            if parameter and self.places[name].intersection(references(argument)):
                self.places[callee].add(f"%{parameter}")
        if callee in self.returning and instruction.result:
            self.places[name].add(f"%{instruction.result}")

    @staticmethod
    def _passes_on(instruction: Instruction) -> bool:
        loads_pointer = instruction.opcode == "load" and re.match(r"load (?:volatile )?ptr\b", instruction.body)
        of_thread = instruction.callee.startswith("@llvm.threadlocal.address")
        return instruction.opcode in _PASSES_ON or bool(loads_pointer) or of_thread
