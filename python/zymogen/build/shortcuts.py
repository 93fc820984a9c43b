"""Code of libraries that leaves out what changes no value: derivatives are left out with it, at some points.

A rotation by nothing, or a column that has only zeros to be cleared, is skipped. The value is right, and the derivative
with respect to those zeros is 0 instead of what it is. No comparison at another point can find that, so such code is
found in the IR before Enzyme, and refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from zymogen.build.traps import differentiated
from zymogen.errors import UnsupportedConstructError
from zymogen.ir.listing import Function, Instruction, Module, read
from zymogen.planning.request import Level, Select


@dataclass(frozen=True)
class Shortcut:
    """Functions of a library that skip work which changes no value."""

    file: str
    """How the path of the header ends."""
    functions: tuple[str, ...]
    skips: str
    instead: str


_DIRECT = "SelfAdjointEigenSolver::computeDirect has eigenvalues and eigenvectors of two or three rows"
_SINGULAR_VALUES = Shortcut(
    "Eigen/src/SVD/JacobiSVD.h",
    ("compute", "compute_impl"),
    "Eigen skips a rotation that has nothing to clear",
    "Right are first derivatives of singular values alone, JacobiSVD<Matrix>(matrix).singularValues(). Roots of "
    f"eigenvalues of A^T A are singular values, too, and {_DIRECT}; for solutions use partialPivLu, fullPivLu or ldlt.",
)
# What is named first rests on what comes later.
_SHORTCUTS = (
    *(
        Shortcut(
            f"Eigen/src/{file}",
            (function,),
            "Eigen skips what is zero beside the diagonal",
            f"{_DIRECT}; for solutions use partialPivLu, fullPivLu or ldlt.",
        )
        for file, function in (
            ("Eigenvalues/RealSchur.h", "computeFromHessenberg"),
            ("Eigenvalues/ComplexSchur.h", "reduceToTriangularForm"),
            ("Eigenvalues/RealQZ.h", "compute"),
            ("Eigenvalues/SelfAdjointEigenSolver.h", "computeFromTridiagonal_impl"),
            ("SVD/BDCSVD.h", "compute"),
            ("SVD/BDCSVD.h", "compute_impl"),
        )
    ),
    _SINGULAR_VALUES,
    Shortcut(
        "Eigen/src/Jacobi/Jacobi.h",
        ("makeGivens",),
        "Eigen skips a rotation that has nothing to clear",
        "For solutions use partialPivLu, fullPivLu or ldlt.",
    ),
    Shortcut(
        "Eigen/src/Householder/Householder.h",
        ("makeHouseholder",),
        "Eigen skips a column that has only zeros to be cleared",
        "Include <zymogen/eigen.hpp> before all headers of Eigen: no column is skipped then, and derivatives of "
        "decompositions into Q and R are right everywhere.",
    ),
)
_SUSPECT = re.compile("|".join(re.escape(item.file) for item in _SHORTCUTS))
_OWN = ("zymogen/", "/libcxx/include/", "/include/c++/", "/Eigen/")  # the line that the user wrote is outside of these
_NOTHING_ASKED = re.compile(r"i32 (?:noundef )?0$")


def refuse_shortcuts(ir: str, levels: tuple[Level, ...], call: str) -> None:
    """Stop where a library's shortcut in the differentiated code makes derivatives wrong at some points.

    Parameters
    ----------
    ir : the listing that Enzyme will get, with places in C++

    Raises
    ------
    UnsupportedConstructError
        That names what is skipped, its file and line, and a way out.
    """
    orders = sum(not isinstance(level, Select) for level in levels)
    if not orders or not _SUSPECT.search(ir):
        return
    module = read(ir)
    functions = tuple(differentiated(module, through_rules=orders > 1))
    allowed = _of_singular_values_alone(module, functions) if orders == 1 else set()
    found = {
        shortcut: (function, instruction)
        for function in functions
        for instruction in function.instructions
        for shortcut in _shortcuts(module, instruction)
        if not (shortcut is _SINGULAR_VALUES and function.name in allowed)
    }
    for shortcut in _SHORTCUTS:
        if shortcut in found:
            place = _place(module, functions, *found[shortcut])
            raise UnsupportedConstructError(
                f"{call}: {shortcut.skips}, in code called at {place}. Values are right there; derivatives would be "
                f"wrong without an error. {shortcut.instead}"
            )


def _shortcuts(module: Module, instruction: Instruction) -> Iterator[Shortcut]:
    """Those to which an instruction belongs, inlined or not."""
    for file, name in module.enclosing(instruction):
        yield from (item for item in _SHORTCUTS if file.endswith(item.file) and name in item.functions)


def _place(module: Module, functions: tuple[Function, ...], function: Function, instruction: Instruction) -> str:
    """The line of the user from which an instruction is reached, and its own line where there is none."""
    first, seen = module.place(instruction, _OWN), {function.name}
    waiting = [(function.name, first)]
    while waiting:
        name, place = waiting.pop(0)
        if not any(part in place for part in _OWN):
            return place
        for caller in functions:
            calls = (item for item in caller.instructions if item.callee == f"@{name}")
            reached = next(calls, None)
            if reached and caller.name not in seen:
                seen.add(caller.name)
                waiting.append((caller.name, module.place(reached, _OWN)))
    return first


def _of_singular_values_alone(module: Module, functions: tuple[Function, ...]) -> set[str]:
    """The functions for singular values that are asked for neither U nor V wherever they are called."""
    asked: dict[str, list[bool]] = {}
    for function in functions:
        for instruction in function.instructions:
            name = instruction.callee.removeprefix("@")
            if name in module.functions and "JacobiSVD" in name:
                nothing = bool(_NOTHING_ASKED.search(instruction.arguments[-1]))
                asked.setdefault(name, []).append(nothing)
    return {name for name, calls in asked.items() if all(calls)}
