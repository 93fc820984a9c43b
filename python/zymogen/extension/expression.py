"""Derivatives by their names: `hessian(bump, x)` in a build file is what it is in Python."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Iterable, Mapping
from typing import Any

from zymogen import operators
from zymogen.errors import ArgumentError, ZymogenError
from zymogen.extension.products import SPARSE, sparse_products
from zymogen.runtime.kernel import Kernel

STANDARD = "standard"
"""Stands for `standard_derivatives` of every kernel."""

# C++ has arguments that are called `lambda` or `in`. `None`, `True` and `False` are values here.
_KEYWORDS = "|".join(word for word in keyword.kwlist if word.islower())
_KEYWORD = re.compile(rf"""("[^"]*"|'[^']*')|\b({_KEYWORDS})\b""")
_ESCAPE = "zymogen_name_"


def listed(texts: Iterable[str]) -> tuple[str, ...]:
    """The derivatives of a list in a build file, each once; `STANDARD` where there are none.

    A list that is written as one text comes with blanks before its items, and may have empty ones.
    """
    return tuple(dict.fromkeys(filter(None, map(str.strip, texts)))) or (STANDARD,)


def ways_named(text: str, kernels: Mapping[str, Kernel], call: str) -> tuple[Kernel, ...]:
    """What a call of the derivative that a text means may run: a call of an operator, as in Python.

    The first argument of an operator is a kernel, or the call of another operator. Further names stand for themselves,
    so that ``grad(bump, x)`` is ``grad(bump, "x")``, also those that are keywords of Python.

    Raises
    ------
    ArgumentError
        If it is no such call; the message lists the operators or kernels there are.
    ZymogenError
        If the operator refuses.
    """
    return _Reader(text, kernels, f"{call[:-1]} ... DERIVATIVES {text!r})").read()


class _Reader:
    def __init__(self, text: str, kernels: Mapping[str, Kernel], call: str) -> None:
        self._text, self._kernels, self._call = text, kernels, call

    def read(self) -> tuple[Kernel, ...]:
        try:
            tree = _without_escapes(ast.parse(_with_escapes(self._text.strip()), mode="eval"))
        except SyntaxError as error:
            raise self._refusal(f"it cannot be read ({error.msg})") from None
        except ValueError as error:
            raise self._refusal(f"it cannot be read ({error})") from None
        try:
            return self._ways(tree.body)
        except ZymogenError:
            raise
        except TypeError as error:  # what Python says to options that an operator does not have
            raise self._refusal(str(error)) from None

    def _ways(self, node: ast.expr) -> tuple[Kernel, ...]:
        match node:
            case ast.Call(func=ast.Name(name), args=[first, argument], keywords=keywords) if name in SPARSE:
                return sparse_products(name, self._kernel(first), self._value(argument), **self._options(keywords))
            case _:
                return self._kernel(node).ways

    def _options(self, keywords: list[ast.keyword]) -> dict[str, Any]:
        return {word.arg: self._value(word.value) for word in keywords if word.arg is not None}

    def _kernel(self, node: ast.expr) -> Kernel:
        match node:
            case ast.Name(name):
                if name not in self._kernels:
                    raise self._refusal(f"there is no kernel {name!r}, only {', '.join(self._kernels)}")
                return self._kernels[name]
            case ast.Call(func=ast.Name("specialize"), args=[first], keywords=keywords):
                return self._kernel(first).specialize(**self._options(keywords))
            case ast.Call(func=ast.Name(name), args=[first, *others], keywords=keywords):
                if name not in operators.__all__:
                    there = ", ".join([*operators.__all__, *SPARSE, "specialize"])
                    raise self._refusal(f"there is no operator {name!r}, only {there}")
                made = getattr(operators, name)(
                    self._kernel(first), *map(self._value, others), **self._options(keywords)
                )
                assert isinstance(made, Kernel)  # noqa: S101  all operators make these
                return made
            case _:
                raise self._refusal(f"{ast.unparse(node)!r} is neither a kernel nor the call of an operator")

    def _value(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value):
                return value
            case ast.Name(name):
                return name
            case ast.Tuple(parts):
                return tuple(map(self._value, parts))
            case ast.List(parts):
                return list(map(self._value, parts))
            case ast.UnaryOp(ast.USub(), ast.Constant(int(value))):
                return -value
            case _:
                raise self._refusal(f"{ast.unparse(node)!r} is no name, number or tuple")

    def _refusal(self, seen: str) -> ArgumentError:
        return ArgumentError(
            f"{self._call}: {seen}. Expected is {STANDARD}, or one derivative as it is asked for in Python, such as "
            '"grad(f, x)" or "partial(f, (x, 0), (y, 2))", each in quotation marks of its own. Correct the text.'
        )


def _with_escapes(text: str) -> str:
    """The text with other names in the place of Python's keywords, which it cannot parse as names."""
    return _KEYWORD.sub(lambda found: found[1] or _ESCAPE + found[2], text)


def _without_escapes(tree: ast.Expression) -> ast.Expression:
    """The tree with names as they were written."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = node.id.removeprefix(_ESCAPE)
        elif isinstance(node, ast.keyword) and node.arg is not None:
            node.arg = node.arg.removeprefix(_ESCAPE)
    return tree
