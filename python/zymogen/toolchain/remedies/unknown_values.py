"""Values of a function that neither LLVM nor Enzyme knows, computed at its beginning."""

from __future__ import annotations

import re

from zymogen.ir.flow import Flow
from zymogen.toolchain.remedies.hidden_zero import HiddenZero


def unknown_number(flow: Flow, number: int, zero: HiddenZero) -> str:
    """A number that Enzyme does not know, as a value of the function."""
    return _at_first(flow, f"%zymogen.number.{number}", zero.load_number(f"%zymogen.number.{number}", number))


def unknown(flow: Flow, kind: str, zero: HiddenZero) -> str:
    """A value for ways on which there is none: as unknown as can be, because LLVM would draw conclusions from others.

    It may be computed with where its way was not taken, as 0 times a derivative: real numbers are 1/2, at which that of
    no function is infinite.
    """
    kind = kind.rpartition(" ")[2] if kind[0] not in "{[<" else kind
    if kind in ("double", "float"):
        one = unknown_number(flow, 1, zero)
        half = _at_first(flow, f"{one}.half", f"{one}.half = fmul double {one}.real, 5.000000e-01", one)
        if kind == "double":
            return half
        return _at_first(flow, f"{one}.float", f"{one}.float = fptrunc double {half} to float", half)
    number = unknown_number(flow, 0, zero)
    width = kind[1:] if kind[0] == "i" else ""
    if width == "64":
        return number
    if width.isdecimal():
        cast = "trunc" if int(width) < 64 else "zext"
        return _at_first(flow, f"{number}.{kind}", f"{number}.{kind} = {cast} i64 {number} to {kind}", number)
    return "zeroinitializer"


def _at_first(flow: Flow, value: str, instructions: str, after: str = "") -> str:
    """Add what gives a value to the beginning of a function, behind what gives another one, if it is not there."""
    first = next(iter(flow.blocks.values()))
    if f"  {value} = " not in first.rest:
        end = re.search(rf"^  {re.escape(after)} = [^\n]*\n", first.rest, re.MULTILINE) if after else None
        place = end.end() if end else 0
        first.rest = f"{first.rest[:place]}  {instructions}\n{first.rest[place:]}"
    return value
