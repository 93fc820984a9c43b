"""Calls that Enzyme replaces: what they say of each argument."""

from __future__ import annotations

from collections.abc import Iterator

from zymogen.ir.listing import Instruction, Module, references

_MARKERS = ("enzyme_const", "enzyme_dup", "enzyme_dupnoneed", "enzyme_width")


def enzyme_arguments(module: Module, name: str, instruction: Instruction) -> Iterator[tuple[str, str, list[str]]]:
    """The arguments of a call that Enzyme replaces, as (marker, value, shadows); constants have no shadows."""
    width = 1
    arguments = iter(instruction.arguments[1:])
    function = module.functions[name]
    loads = {item.result: references(item.body) for item in function.instructions if item.opcode == "load"}
    for argument in arguments:
        value = references(argument)[-1:]
        loaded = loads.get(value[0][1:], ()) if value else ()
        marker = next((reference[1:] for reference in loaded if reference[1:] in _MARKERS), "")
        if marker == "enzyme_width":
            number = next(arguments, "").rpartition(" ")[2]
            if not number.isdigit():
                yield "unknown", argument, []
            width = int(number) if number.isdigit() else 1
        elif marker:
            passed = next(arguments, "")
            yield marker, passed, [next(arguments, "") for _ in range(0 if marker == "enzyme_const" else width)]
        else:
            # A marker that is not seen to be one: nothing can be said about what follows.
            yield "unknown", argument, []
