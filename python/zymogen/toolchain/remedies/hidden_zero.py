"""Zeros that Enzyme does not know to be some: what depends on them may be different as far as it can see.

They are variables that are defined elsewhere while Enzyme works, and constants afterwards; so are other numbers that it
must not know. They are real and then converted: Enzyme must know the type of what it keeps, and of an integer that is
loaded only notes say it, which LLVM drops where it moves loads.
"""

from __future__ import annotations

import re

_NAME = "zymogen_hidden_zero"
_NUMBER = "zymogen_hidden_number"
_PLACE = "zymogen_hidden_place"
"""What marks read: a load of a zero might be taken from one."""
_CONSTANT = rf"@(?:{_NAME}[.0-9]*|{_NUMBER}\.([0-9]+))"
_DECLARED = re.compile(rf"^({_CONSTANT}) = external hidden [^\n]*?constant double", re.MULTILINE)
_EXTERNAL = re.compile(rf"^(@(?:{_NAME}[.0-9]*|{_NUMBER}\.[0-9]+|{_PLACE})) = ", re.MULTILINE)
_MARK = re.compile(rf"^  %\S+ = load volatile i\d+, ptr @{_PLACE}, [^\n]*\n", re.MULTILINE)


class HiddenZero:
    """The zeros of a module as text, other numbers that are hidden like them, and marks."""

    def __init__(self, ir: str) -> None:
        self._declared = set(_EXTERNAL.findall(ir))
        self._used: set[str] = set()
        self._numbered = ir.count(f"@{_NAME}") + ir.count(f"@{_PLACE}")  # at least as many as have numbers

    def mark(self, result: str) -> str:
        """An instruction that keeps its block in place while Enzyme works, and does nothing.

        No two are of the same type: LLVM would make one of such that come before the same block.
        """
        self._used.add(f"@{_PLACE}")
        self._numbered += 1
        return f"{result} = load volatile i{64 + self._numbered}, ptr @{_PLACE}, align 8"

    def load(self, result: str, kind: str = "i64") -> str:
        """The instructions that give the first of them to the value `result`, an integer of some type."""
        return self._loaded(result, f"@{_NAME}", kind)

    def load_number(self, result: str, number: int) -> str:
        """The instructions that give a number, which Enzyme does not know either, to the value `result`."""
        return self._loaded(result, f"@{_NUMBER}.{number}")

    def is_not(self, result: str) -> str:
        """The instructions that give the value `result` a condition that is false, and has to do with no other one."""
        self._numbered += 1
        loaded = self._loaded(f"{result}.number", f"@{_NAME}.{self._numbered}")
        return f"{loaded}\n  {result} = icmp ne i64 {result}.number, 0"

    def _loaded(self, result: str, place: str, kind: str = "i64") -> str:
        self._used.add(place)
        return f"{result}.real = load double, ptr {place}, align 8\n  {result} = fptosi double {result}.real to {kind}"

    def declared(self, ir: str) -> str:
        """The module with what its loads need."""
        if not self._used:
            return ir
        new = sorted(self._used - self._declared)
        kinds = ("global i64" if name == f"@{_PLACE}" else "constant double" for name in new)
        lines = (f"{name} = external hidden {kind}, align 8\n" for name, kind in zip(new, kinds, strict=True))
        return f"{ir}\n{''.join(lines)}"


def reveal_zero(ir: str) -> str:
    """Say, after Enzyme, which numbers they are: the compiler then removes what would be otherwise."""
    return _DECLARED.sub(lambda zero: f"{zero[1]} = internal constant double {zero[2] or 0}.0", _MARK.sub("", ir))
