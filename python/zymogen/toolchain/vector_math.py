"""Elementary functions of `zymogen/fast_math.hpp` in place of libm's, in a module's text.

Loops with calls of libm stay scalar. These functions are free of branches and calls, so that a loop becomes vector code
once they are inlined. They are put in after derivatives are made: Enzyme knows the derivatives of the functions that
they replace. Plain kernels get them too, so values and derivatives are of the same functions.

In loops whose steps wait for each other (time steps, iterations, and the reverse passes of these) there is nothing to
vectorise, and libm's functions stay: with branches and tables they take fewer steps.
"""

from __future__ import annotations

import re

from zymogen.ir.flow import FUNCTION
from zymogen.ir.listing import read
from zymogen.ir.loops import serial_values

SOURCE = "#include <zymogen/fast_math.hpp>\n"
"""Compiled to a listing, this is what `with_vector_math` takes the functions from."""

_PREFIX = "zymogen_fast_"
_INTRINSICS = ("exp", "exp2", "exp10", "log", "log2", "log10", "sin", "cos", "tan", "sinh", "cosh", "tanh")
_FUNCTIONS = (*_INTRINSICS, "expm1", "log1p")
_SUFFIXES = {"double": "", "float": "f"}
_OF_INTRINSICS = {"double": "f64", "float": "f32"}

# The first name in a call is what it calls, if a parenthesis follows. Calls that must be tail calls stay.
_CALL = re.compile(
    r"^(?P<call>  %(?P<result>\S+) = (?:tail |notail )?call [^@\n]*\b(?P<real>double|float) )@"
    rf"(?P<name>llvm\.(?:{'|'.join(_INTRINSICS)})\.f(?:64|32)|(?:{'|'.join(_FUNCTIONS)})f?)(?=\((?P=real) )",
    re.MULTILINE,
)
_NAMES = {
    real: {f"{name}{suffix}": f"{_PREFIX}{name}{suffix}" for name in _FUNCTIONS}
    | {f"llvm.{name}.{_OF_INTRINSICS[real]}": f"{_PREFIX}{name}{suffix}" for name in _INTRINSICS}
    for real, suffix in _SUFFIXES.items()
}
_DEFINED = re.compile(r"^define [^@\n]*@(\w+)\(", re.MULTILINE)
_DEFINITION = re.compile(
    rf"^define [^@\n]*\b(double|float) @({_PREFIX}\w+)\([^%\n]*(%[\w.]+)\)[^\n]*(\n.*?^}}\n)", re.MULTILINE | re.DOTALL
)
# Code that Enzyme marks as free of NaN may hand one over after all, which is undefined then.
_PROMISES = re.compile(r" #\d+$| noundef\b", re.MULTILINE)


def calls_vector_math(ir: str) -> bool:
    """Whether a module, as text, calls any function of which there may be one of ours."""
    return bool(_CALL.search(ir))


def with_vector_math(ir: str, functions: str) -> str:
    """Replace calls of libm's functions by calls of ours, and add those that are called.

    Parameters
    ----------
    ir : a module whose derivatives are made
    functions : the listing of `SOURCE`, for the same processor; where this lacks fused multiply-add there are none

    Notes
    -----
    What is added has no attributes and no flags that let sums be rearranged, and keeps this when it is inlined
    into code that has them.
    """
    ours = {found[2]: _definition(*found.groups()) for found in _DEFINITION.finditer(functions)}
    own = set(_DEFINED.findall(ir))  # a function of the user's, with a name of libm's
    used: set[str] = set()

    def in_function(text: re.Match[str]) -> str:
        if not calls_vector_math(text[0]):
            return text[0]
        (function,) = read(text[0]).functions.values()
        serial = serial_values(function)

        def instead(call: re.Match[str]) -> str:
            name = _NAMES[call["real"]].get(call["name"], "")
            if name not in ours or call["name"] in own or call["result"].strip('"') in serial:
                return call[0]
            used.add(name)
            return f"{call['call']}@{name}"

        return _CALL.sub(instead, text[0])

    ir = FUNCTION.sub(in_function, ir)
    return ir + "".join(ours[name] for name in sorted(used))


def _definition(real: str, name: str, argument: str, body: str) -> str:
    head = f"define internal {real} @{name}({real} {argument}) alwaysinline nounwind willreturn memory(none) {{"
    return f"\n{head}{_PROMISES.sub('', body)}"
