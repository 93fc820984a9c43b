"""The derivatives of a C++ program: a library to link, and the header by which templates find what is in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from zymogen.build.prebuilt import Present, request_key
from zymogen.declaration import Instance
from zymogen.errors import ArgumentError
from zymogen.extension.library import Library, Order, build
from zymogen.extension.making import Done
from zymogen.extension.processor import check_architecture
from zymogen.extension.products import SPARSE
from zymogen.planning.names import entry_name
from zymogen.planning.plan import Operand, Plan
from zymogen.planning.request import Forward, Level, OneHot, Reverse, Select
from zymogen.runtime.kernel import Kernel
from zymogen.runtime.ufunc import Chosen, dtype_of

HEADER = "zymogen_built.hpp"

_ROLES = {"input": "input", "index": "component", "list": "list", "output": "output"}


def make(order: Order, architecture: str) -> Done:
    """Build everything that is ordered, and write the header.

    Raises
    ------
    CompileError
        Or one of its kinds, if a source, or a derivative that is named, cannot be compiled. What is in the standard
        set and Enzyme refuses is left out, and listed in what is returned.
    ArgumentError
        If what is ordered makes no sense.
    """
    check_architecture(architecture, order.call)
    sparse = next((text for text in order.derivatives if text.partition("(")[0].strip() in SPARSE), None)
    if sparse is not None:
        raise ArgumentError(
            f"{order.call[:-1]} ... DERIVATIVES {sparse!r}): sparse matrices are for Python. Name the products with "
            "vectors that they are made of: jvp or vjp for a Jacobian, hvp for a Hessian."
        )
    order.folder.mkdir(parents=True, exist_ok=True)
    library = build(order, architecture)
    (order.folder / HEADER).write_text(_Header(order.call, library).text(), encoding="utf-8")
    return Done(library.read, len(library.entries), library.refusals)


class _Header:
    """Tables as `zymogen/program/built.hpp` declares them."""

    def __init__(self, call: str, library: Library) -> None:
        self._call, self._library = call, library
        self._lists: dict[tuple[str, tuple[str, ...]], str] = {}
        """Parts of tables, by type and elements, and their names: equal ones are written once."""

    def text(self) -> str:
        ways = {
            request_key(way.plan): way
            for item in self._library.wanted
            for way in item.ways
            if isinstance(self._library.entries[request_key(way.plan)], Present)
        }
        entries: list[tuple[Plan, Kernel, str]] = []
        numbers: dict[tuple[str, str], range] = {}
        for key, way in ways.items():
            present = self._library.entries[key]
            assert isinstance(present, Present)  # noqa: S101  see above
            plans = way.plans_of(present.facts.variant)
            numbers[key] = range(len(entries), len(entries) + len(plans))
            entries += [(plan, way, present.prefix + entry_name(number)) for number, plan in enumerate(plans)]
        built = [self._built(*entry) for entry in entries]
        asked = [
            self._asked(text, way, number) for text, way in self._texts() for number in numbers[request_key(way.plan)]
        ]
        if not asked:
            raise ArgumentError(
                f"{self._call}: nothing was built, as SOURCES register no kernels. Name files with ZYMOGEN_KERNEL."
            )
        return "\n".join(
            [
                f"// Made by {self._call}: what <zymogen/derivatives.hpp> finds.",
                "#pragma once",
                "",
                "#include <zymogen/program/built.hpp>",
                "",
                'extern "C" {',
                *(f"int {symbol}(const zymogen::Rows*, zymogen::Failure*);" for *_, symbol in entries),
                "}",
                "",
                "namespace zymogen::program {",
                "namespace {",
                "",
                *(
                    f"constexpr {kind} {name}[] = {{{', '.join(texts)}}};"
                    for (kind, texts), name in self._lists.items()
                ),
                "",
                _table("Built", "built", built),
                "constexpr List<Built> all_built{built, sizeof built / sizeof *built};",
                "",
                _table("Asked", "asked", asked),
                "",
                "}  // namespace",
                "}  // namespace zymogen::program",
                "",
            ]
        )

    def _texts(self) -> Iterator[tuple[str, Kernel]]:
        """What each kernel that was built can be called by; of two ways to compute a derivative, each by its mode."""
        for item in self._library.wanted:
            modes = [""] if len(item.ways) == 1 else _modes(item.ways)
            for way, mode in zip(item.ways, modes, strict=True):
                if isinstance(self._library.entries[request_key(way.plan)], Present):
                    yield (f"{item.text.rstrip()[:-1]}, mode={mode})" if mode else item.text), way

    def _built(self, plan: Plan, kernel: Kernel, symbol: str) -> str:
        arguments = [argument.name for argument in plan.declaration.signature.arguments]
        dims = [*plan.dimensions, *(operand.count for operand in plan.operands if operand.role == "list")]
        dims = list(dict.fromkeys(dims))
        seeds = {seed.name for seed in plan.seeds}
        scratch = [
            f"{{{dtype_of(array.element).itemsize * array.lanes}, {self._places(array.dims, dims)}, "
            f"{_truth(array.name in seeds)}}}"
            for array in plan.scratch
        ]
        fields = [
            _quoted(_base_name(plan.instance)),
            self._list("Slice", [_quoted(parameter.element) for parameter in plan.instance.parameters]),
            self._list("Slice", map(_quoted, arguments)),
            self._list("Level", [self._level(level) for level in plan.request.levels]),
            self._list("Operand", [self._operand(operand, dims) for operand in plan.operands]),
            self._list("Dimension", [f"{{{_quoted(dim)}, {dim if dim.isdigit() else 0}}}" for dim in dims]),
            self._list("Scratch", scratch),
            _quoted(kernel.name),
            symbol,
        ]
        return "{" + ",\n     ".join(fields) + "}"

    def _level(self, level: Level) -> str:
        names = () if isinstance(level, Select) else level.arguments
        return f"{{{_quoted(_kind(level))}, {self._list('Slice', map(_quoted, names))}}}"

    def _operand(self, operand: Operand, dims: Sequence[str]) -> str:
        of = operand.array.dims if operand.role in ("index", "list") else operand.dims
        count = dims.index(operand.count) if operand.role == "list" else 0
        return (
            f"{{Role::{_ROLES[operand.role]}, {_quoted(operand.name)}, {_quoted(operand.element)}, "
            f"{self._places(of, dims)}, {count}}}"
        )

    def _places(self, of: Iterable[str], dims: Sequence[str]) -> str:
        return self._list("std::size_t", [str(dims.index(dim)) for dim in of])

    def _asked(self, text: str, kernel: Kernel, number: int) -> str:
        written = "".join(text.split()).replace('"', "").replace("'", "")
        choices = [self._choice(chosen) for chosen in kernel.bound]
        return f"{{{_quoted(written)}, {number}, {self._list('Choice', choices)}}}"

    def _choice(self, chosen: Chosen) -> str:
        numbers: list[str] = []
        for part in chosen or ():
            numbers += [str(part)] if isinstance(part, int) else map(str, part)
        return f"{{{_truth(chosen is None)}, {self._list('std::int64_t', numbers)}}}"

    def _list(self, kind: str, items: Iterable[str]) -> str:
        """A part of a table: its definition is noted, and its name given."""
        texts = tuple(items)
        if not texts:
            return "{}"
        name = self._lists.setdefault((kind, texts), f"list_{len(self._lists)}")
        return f"{{{name}, {len(texts)}}}"


def _table(kind: str, name: str, rows: Sequence[str]) -> str:
    return f"constexpr {kind} {name}[] = {{\n    " + ",\n    ".join(rows) + "};"


def _kind(level: Level) -> str:
    """What `zymogen/derivatives.hpp` calls a level, where one of its templates can ask for it."""
    value = ", with value" if getattr(level, "value", False) else ""
    match level:
        case Reverse(cotangent="unit", lanes=None):
            return f"reverse from 1{value}"
        case Reverse(cotangent="given", lanes=None):
            return f"reverse{value}"
        case Forward(lanes=1):
            return f"forward{value}"
        case OneHot(components="one", lanes=None):
            return f"one component{value}"
        case _:
            return str(level)


def _modes(ways: Sequence[Kernel]) -> list[str]:
    """What `mode=` calls each of two ways to compute a derivative."""
    reverse = [sum(isinstance(level, Reverse) for level in way.request.levels) for way in ways]
    return ["forward" if count == min(reverse) else "reverse" for count in reverse]


def _base_name(instance: Instance) -> str:
    """The qualified name without template arguments, as compilers tell it of a function."""
    return instance.function.removeprefix("::").partition("<")[0]


def _quoted(text: str) -> str:
    return json.dumps(text)


def _truth(value: bool) -> str:
    return "true" if value else "false"
