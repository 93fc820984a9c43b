"""What a table looks like, for each number of its format: another look needs another number."""

from __future__ import annotations

import json

from zymogen.build.artifact import Facts, Variant
from zymogen.build.prebuilt import Present, Refused, request_key
from zymogen.build.source import Header, Source, Unit
from zymogen.declaration import Declaration, Instance, Parameter
from zymogen.extension.table import FORMAT, LibraryRecord, SourceRecord, Table, read, written
from zymogen.planning.plan import Plan
from zymogen.planning.request import OneHot, Request
from zymogen.signature import Signature
from zymogen.toolchain.tools import Options

INSTANCE = Instance("f", "double", (Parameter("view", "double", constant=True),))
DECLARATION = Declaration("f", Signature.parse("x(3) -> ()"), (INSTANCE,), "/here/f.cpp:1")
PLAN = Plan(DECLARATION, INSTANCE, Request((OneHot(("x",)),)), specialised=True, components=(1,))
SOURCE = Source("f.cpp", b"", "/here", (Header("/g.hpp", "0", None),), "1")
TABLE = Table(
    ("partial(f, ('x', 1))",),
    True,
    (
        SourceRecord(
            Unit(Source("f.cpp", b"", "/here", (Header("/g.hpp", "0", None),), "1"), Options()), (DECLARATION,)
        ),
    ),
    (
        LibraryRecord(
            "native",
            (),
            "libf.so",
            "2",
            {
                ("f", "built"): Present("prefix_", Facts(Variant()), "3"),
                ("f", "refused"): Refused("EnzymeError", "no"),
            },
        ),
    ),
)

# The newest stands for what is written now. Change nothing in it: raise FORMAT, and add what is new.
LOOKS = {
    2: {
        "": "abi derivatives format has_sources libraries sources zymogen",
        "libraries": "architecture checksum entries features file",
        "libraries.entries": "built kernel refused request",
        "libraries.entries.built": "facts layout prefix",
        "libraries.entries.built.facts": "hindrance variant",
        "libraries.entries.built.facts.variant": "blocks seed wide",
        "libraries.entries.refused": "kind text",
        "sources": "declarations unit",
        "sources.declarations": "instances name place signature",
        "sources.declarations.instances": "function parameters returns",
        "sources.declarations.instances.parameters": "constant element form",
        "sources.unit": "content fingerprint folder headers name options",
        "sources.unit.options": "arch define flags include libraries library_folders math standard",
    }
}
REQUESTS = {
    2: "Request(levels=(OneHot(arguments=('x',), components='one', value=False, lanes=None),)) "
    "for x(3) -> (), components (1,)"
}


def look(record: object, place: str = "") -> dict[str, str]:
    """The names in a record, by the names that lead there."""
    if isinstance(record, list):
        found: dict[str, set[str]] = {}
        for item in record:
            for where, names in look(item, place).items():
                found.setdefault(where, set()).update(names.split())
        return {where: " ".join(sorted(names)) for where, names in found.items()}
    if not isinstance(record, dict):
        return {}
    names = {place: " ".join(sorted(record))}
    for name, value in record.items():
        names |= look(value, f"{place}.{name}".strip("."))
    return names


def test_a_table_looks_as_its_format_says():
    text = written(TABLE, "1.0", "/here", "module")
    assert look(json.loads(text)) == LOOKS[FORMAT]
    assert read(text, "module").libraries == TABLE.libraries


def test_a_request_is_found_by_the_text_that_its_format_says():
    assert request_key(PLAN) == ("f", REQUESTS[FORMAT])
