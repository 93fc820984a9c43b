"""Whether an implicit one-hot tangent is safe for a kernel: found in the IR before Enzyme.

Enzyme adds up the steps by which code walks from an array's beginning to an element, and tells LLVM that none of the
sums and products exceeds an unsigned range. A step back, as from the end of an array, makes that untrue, and the load
is then silently taken for another element's. Of two pointers that one is chosen from, it knows one that leads into the
array, and takes the other for its beginning. In both cases the tangent must be dense.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from zymogen.ir.listing import Function, Instruction, references, split

_INCOMING = re.compile(r"\[ ([^,\[\]]+), %")
_CHOICES = ("phi", "select")
_RETURNED = "what it returns"
_KEEPS = ("store", "insertvalue", "insertelement")
_SAME_SIGN = ("add", "mul", "shl", "or", "freeze", "udiv", "sdiv", "urem", "srem", "ashr")
_ALL, _ANY = ("@llvm.umax.", "@llvm.smin."), ("@llvm.umin.", "@llvm.smax.", "@llvm.abs.")


def needs_memory(functions: Collection[Function], arrays: Collection[str], sizes: Collection[str]) -> bool:
    """Whether a tangent of one of `arrays` would be wrong if it had no memory.

    So it is where some pointer into an array is made in several steps of which one might go back, where it is chosen
    or meets pointers that lead elsewhere, and where it is put into memory, after which it is not seen where it goes.

    Parameters
    ----------
    functions : those that are differentiated
    arrays : names of parameters
    sizes : names of parameters that are not negative
    """
    walk = _Walk(functions, arrays, sizes)
    return walk.finds_step_back() or walk.finds_meeting()


@dataclass(frozen=True)
class _Pointer:
    """How a pointer came from the beginning of an array."""

    arrays: frozenset[str]
    """Those into which it may lead: several where pointers have met."""
    is_beginning: bool
    only_forward: bool = True

    def moved(self, *, forward: bool = True) -> _Pointer:
        """A pointer to another element."""
        return _Pointer(self.arrays, is_beginning=False, only_forward=self.only_forward and forward)

    def joined(self, other: _Pointer | None) -> _Pointer:
        """What both may be, where paths meet."""
        if other is None or other == self:
            return self
        return _Pointer(self.arrays | other.arrays, False, self.only_forward and other.only_forward)


class _Walk:
    def __init__(self, functions: Collection[Function], arrays: Collection[str], sizes: Collection[str]) -> None:
        self.functions = {function.name: function for function in functions}
        called = {
            name[1:]
            for function in functions
            for instruction in function.instructions
            for name in ([instruction.callee] if instruction.callee else [])
        }
        self.pointers: dict[tuple[str, str], _Pointer] = {}
        self.signs = {name: _Signs(function, sizes) for name, function in self.functions.items()}
        for name, function in self.functions.items():
            if name not in called:
                for parameter in arrays:
                    if parameter in function.parameters:
                        self.pointers[name, f"%{parameter}"] = _Pointer(frozenset({parameter}), is_beginning=True)
        while self._grows():
            pass

    def finds_step_back(self) -> bool:
        return any(
            self._is_step_back(name, instruction)
            for name, function in self.functions.items()
            for instruction in function.instructions
            if instruction.opcode == "getelementptr"
        )

    def finds_meeting(self) -> bool:
        return any(
            self._is_meeting(name, instruction)
            for name, function in self.functions.items()
            for instruction in function.instructions
        )

    def _is_meeting(self, name: str, instruction: Instruction) -> bool:
        """Whether a pointer into an array is chosen, meets one that leads elsewhere, or is put into something."""
        if instruction.opcode in _KEEPS:
            kept = split(instruction.body)[0 if instruction.opcode == "store" else 1]
            return (name, _last_word(kept)) in self.pointers
        found = [self.pointers.get((name, value)) for value in _choices(instruction)]
        if instruction.opcode == "select":
            return found != [None] * len(found)
        arrays = {pointer.arrays if pointer else frozenset() for pointer in found}
        return len(arrays) > 1 or any(len(several) > 1 for several in arrays)

    def _is_step_back(self, name: str, step: Instruction) -> bool:
        base = self._base(name, step)
        if base is None or base.is_beginning:
            return False
        return not (base.only_forward and self.signs[name].goes_forward(step))

    def _base(self, name: str, step: Instruction) -> _Pointer | None:
        return self.pointers.get((name, split(step.body)[1].split()[-1]))

    def _grows(self) -> bool:
        before = dict(self.pointers)
        for name, function in self.functions.items():
            for instruction in function.instructions:
                self._follow(name, instruction)
        return self.pointers != before

    def _follow(self, name: str, instruction: Instruction) -> None:
        target = (name, f"%{instruction.result}")
        if instruction.opcode == "getelementptr":
            base = self._base(name, instruction)
            if base is not None:
                self._join(target, base.moved(forward=self.signs[name].goes_forward(instruction)))
        elif instruction.opcode in (*_CHOICES, "freeze", "bitcast"):
            for reference in references(instruction.body):
                pointer = self.pointers.get((name, reference))
                if pointer is not None:
                    self._join(target, pointer.moved() if instruction.opcode in _CHOICES else pointer)
        elif instruction.opcode == "ret":
            pointer = self.pointers.get((name, _last_word(instruction.body)))
            if pointer is not None:
                self._join((name, _RETURNED), pointer)
        elif instruction.callee[1:] in self.functions:
            callee = self.functions[instruction.callee[1:]]
            for parameter, argument in zip(callee.parameters, instruction.arguments, strict=False):
                for reference in references(argument)[-1:]:
                    pointer = self.pointers.get((name, reference))
                    if pointer is not None and parameter:
                        self._join((callee.name, f"%{parameter}"), pointer)
            returned = self.pointers.get((callee.name, _RETURNED))
            if returned is not None:
                self._join(target, returned)

    def _join(self, target: tuple[str, str], pointer: _Pointer) -> None:
        self.pointers[target] = pointer.joined(self.pointers.get(target))


def _choices(instruction: Instruction) -> list[str]:
    """The pointers of which an instruction takes one."""
    parts = split(instruction.body)
    if instruction.opcode == "select":
        return [_last_word(part) for part in parts[1:] if part.startswith("ptr ")]
    if instruction.body.startswith("phi ptr "):
        return [_last_word(part.rpartition(",")[0]) for part in parts]
    return []


def _last_word(text: str) -> str:
    return text.rsplit(maxsplit=1)[-1]


class _Signs:
    """Which integers of a function cannot be negative, as far as its text tells."""

    def __init__(self, function: Function, sizes: Collection[str]) -> None:
        self.made_by = {f"%{item.result}": item for item in function.instructions if item.result}
        self.known = {f"%{size}": True for size in sizes}

    def goes_forward(self, step: Instruction) -> bool:
        """Whether an element's address is not before the one it is reckoned from."""
        if " nuw " in step.body.partition("ptr")[0]:
            return True
        return all(self.is_not_negative(part.split()[-1]) for part in split(step.body)[2:])

    def is_not_negative(self, value: str) -> bool:
        if not value.startswith("%"):
            return not value.startswith("-")
        if value not in self.known:
            self.known[value] = True  # of a loop's index, it is true if it follows from itself
            self.known[value] = value in self.made_by and self._follows(self.made_by[value])
        return self.known[value]

    def _follows(self, instruction: Instruction) -> bool:
        """Whether what an instruction makes is not negative because of what it is made from."""
        body, callee = instruction.body, instruction.callee
        if instruction.opcode == "phi":
            return self._all(_INCOMING.findall(body))
        if callee:
            numbers = [argument.split()[-1] for argument in instruction.arguments[:2]]
            return (callee.startswith(_ALL) and self._all(numbers)) or (callee.startswith(_ANY) and self._any(numbers))
        operands = [part.split()[-1] for part in split(body)]
        rules: dict[str, Callable[[], bool]] = {
            "zext": lambda: True,
            "sext": lambda: self.is_not_negative(body.split()[-3]),
            "trunc": lambda: self.is_not_negative(body.split()[-3]),
            "lshr": lambda: not operands[1].startswith("%") or self.is_not_negative(operands[0]),
            "and": lambda: self._any(operands),
            "sub": lambda: " nuw " in body and self.is_not_negative(operands[0]),
            "select": lambda: self._all(operands[1:]),
        }
        if instruction.opcode in _SAME_SIGN:
            return self._all(operands)
        return instruction.opcode in rules and rules[instruction.opcode]()

    def _all(self, values: Iterable[str]) -> bool:
        return all(map(self.is_not_negative, values))

    def _any(self, values: Iterable[str]) -> bool:
        return any(map(self.is_not_negative, values))
