"""What the compiler says of a registered function, read from the constants that `zymogen/kernel.hpp` leaves in IR."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, cast

from zymogen.errors import SignatureError
from zymogen.signature import Signature

Form = Literal["value", "view", "pointer", "reference"]

REAL = ("float", "double")
"""Element types that have derivatives."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of the C++ function."""

    form: Form
    element: str
    """Element type as C++ spells it: `double`, `std::int64_t`, ..."""
    constant: bool


@dataclass(frozen=True)
class Instance:
    """The C++ function behind one loop of a kernel; a function template has one instance for each element type."""

    function: str
    """Qualified name, as a call needs it: `physics::model<float>`."""
    returns: str | None
    """Element type of the returned number, where there is one."""
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True)
class Declaration:
    """A registered kernel: one signature and one instance for each element type, float before double."""

    name: str
    signature: Signature
    instances: tuple[Instance, ...]
    place: str
    """File and line of the registration."""


_START = 'c"zymogen-kernel-1'
_CONSTANT = re.compile(r'c"(zymogen-kernel-1\\0A(?:[^"\\]|\\[0-9A-F]{2})*?\\0Aend)(?:\\00)*"')
_ESCAPE = re.compile(rb"\\([0-9A-F]{2})")


def declarations(ir: str) -> tuple[Declaration, ...]:
    """All kernels that are registered in LLVM IR text, in the order of their registration.

    Raises
    ------
    SignatureError
        If two kernels have one name.
    """
    found: dict[str, Declaration] = {}
    for text in _constants(ir):
        declaration = _declaration(text)
        known = found.get(declaration.name)
        if known is None:
            found[declaration.name] = declaration
        elif known.place == declaration.place and known.signature == declaration.signature:
            found[declaration.name] = Declaration(
                known.name, known.signature, known.instances + declaration.instances, known.place
            )
        else:
            raise SignatureError(
                f"kernel {declaration.name}: registered at {known.place} and again at {declaration.place}. "
                "Kernels of one source need different names. Rename one of the functions."
            )
    return tuple(found.values())


def _constants(ir: str) -> Iterator[str]:
    texts = _CONSTANT.findall(ir)
    if len(texts) < ir.count(_START):
        raise SignatureError(
            "a kernel's name, signature and file name together have more than 8000 characters. Use shorter ones."
        )
    for text in texts:
        yield os.fsdecode(_ESCAPE.sub(lambda code: bytes([int(code[1], 16)]), text.encode()))


def _declaration(text: str) -> Declaration:
    _, spelling, pretty, file, line, signature, returned, *parameters = text.split("\n")[:-1]
    base, bracket, template = spelling.strip("() ").partition("<")
    name = base.rpartition("::")[2].strip()
    instance = Instance(
        function=_qualified(pretty) + bracket + template,
        returns=None if returned == "void" else returned,
        parameters=tuple(_parameter(words) for words in parameters),
    )
    return Declaration(name, Signature.parse(signature), (instance,), f"{file}:{line}")


def _qualified(pretty: str) -> str:
    """The function's name out of clang's `... [Function = &physics::model]`, which leaves template arguments out."""
    name = pretty[pretty.index("&") + 1 : pretty.rindex("]")]
    return "::" + name.replace("(anonymous namespace)::", "")


def _parameter(line: str) -> Parameter:
    form, constness, element = line.split(" ", 2)
    return Parameter(cast(Form, form), element, constness == "const")
