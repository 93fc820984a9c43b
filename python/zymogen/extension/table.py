"""The table of an extension module: what is in its libraries, written when it is built and read when it is imported."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from zymogen import _core
from zymogen.build.artifact import facts_of
from zymogen.build.prebuilt import Present, Refused, RequestKey
from zymogen.build.source import Header, Source, Unit
from zymogen.declaration import Declaration, Instance, Parameter
from zymogen.errors import ExtensionModuleError
from zymogen.signature import Signature
from zymogen.toolchain.tools import Options

FORMAT = 2
"""Raised when this table, or what compiled entries expect of their callers, is no longer what it was."""


@dataclass(frozen=True)
class LibraryRecord:
    """One shared library: everything that was built, for one architecture."""

    architecture: str
    features: tuple[str, ...]
    """What a processor must have to run it."""
    file: str
    """Its name; it lies beside the module."""
    checksum: str
    entries: Mapping[RequestKey, Present | Refused]


@dataclass(frozen=True)
class SourceRecord:
    """One source and its kernels; without content where sources do not travel."""

    unit: Unit
    declarations: tuple[Declaration, ...]


@dataclass(frozen=True)
class Table:
    """All that an extension module says of itself."""

    derivatives: tuple[str, ...]
    """What was asked for."""
    has_sources: bool
    sources: tuple[SourceRecord, ...]
    libraries: tuple[LibraryRecord, ...]


def written(table: Table, version: str, root: str, name: str) -> str:
    """The table as JSON.

    Parameters
    ----------
    version : of this package
    root : folder of the machine that builds; it is named `/name` in what is written
    """
    place = _Place(root, f"/{name}")
    record = {
        "format": FORMAT,
        "abi": _core.abi_version,
        "zymogen": version,
        "derivatives": list(table.derivatives),
        "has_sources": table.has_sources,
        "sources": [
            {
                "unit": _unit_record(source.unit, place, travels=table.has_sources),
                "declarations": [_declaration_record(item, place) for item in source.declarations],
            }
            for source in table.sources
        ],
        "libraries": [_library_record(library, place) for library in table.libraries],
    }
    return json.dumps(record, indent=1)


def read(text: str, module: str) -> Table:
    """The table that a module carries.

    Raises
    ------
    ExtensionModuleError
        If it has another format.
    """
    record = json.loads(text)
    if (record["format"], record["abi"]) != (FORMAT, _core.abi_version):
        raise ExtensionModuleError(
            f"{module}: it was built by zymogen {record['zymogen']}, with format {record['format']}.{record['abi']}, "
            f"and the zymogen that is installed, {_core.__version__}, reads format {FORMAT}.{_core.abi_version}. Build "
            f"{module} again with this zymogen, or install that one: python -m pip install "
            f"zymogen=={record['zymogen']}"
        )
    return Table(
        tuple(record["derivatives"]),
        record["has_sources"],
        tuple(
            SourceRecord(_unit(source["unit"]), tuple(map(_declaration, source["declarations"])))
            for source in record["sources"]
        ),
        tuple(map(_library, record["libraries"])),
    )


@dataclass(frozen=True)
class _Place:
    """Names of files, with the builder's folder replaced: where a package was built concerns nobody."""

    root: str
    name: str

    def moved(self, path: str) -> str:
        if path == self.root or path.startswith(f"{self.root}/"):
            return self.name + path[len(self.root) :]
        return path


def _unit_record(unit: Unit, place: _Place, *, travels: bool) -> dict[str, Any]:
    source, options = unit.source, asdict(unit.options)
    options |= {"include": [place.moved(folder) for folder in unit.options.include], "arch": "native"}
    return {
        "name": source.name,
        "folder": None if source.folder is None else place.moved(source.folder),
        "content": _text(source.content) if travels else "",
        "fingerprint": source.fingerprint,
        "headers": [_header_record(header, place) for header in source.headers] if travels else [],
        "options": options,
    }


def _header_record(header: Header, place: _Place) -> list[str | None]:
    path = place.moved(header.path)
    content = header.content
    if content is None and path != header.path:  # the package's own, wherever it lies
        with open(header.path, "rb") as file:  # noqa: PTH123  its name may hold bytes that are no UTF-8
            content = file.read()
    return [path, header.checksum, None if content is None else _text(content)]


def _unit(record: Mapping[str, Any]) -> Unit:
    headers = tuple(
        Header(path, checksum, None if content is None else _bytes(content))
        for path, checksum, content in record["headers"]
    )
    source = Source(record["name"], _bytes(record["content"]), record["folder"], headers, record["fingerprint"])
    options: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in record["options"].items()
    }
    return Unit(source, Options(**options))


def _declaration_record(declaration: Declaration, place: _Place) -> dict[str, Any]:
    file, _, line = declaration.place.rpartition(":")
    return {
        "name": declaration.name,
        "signature": declaration.signature.text,
        "instances": [asdict(instance) for instance in declaration.instances],
        "place": f"{place.moved(file)}:{line}",
    }


def _declaration(record: Mapping[str, Any]) -> Declaration:
    instances = tuple(
        Instance(item["function"], item["returns"], tuple(Parameter(**part) for part in item["parameters"]))
        for item in record["instances"]
    )
    return Declaration(record["name"], Signature.parse(record["signature"]), instances, record["place"])


def _library_record(library: LibraryRecord, place: _Place) -> dict[str, Any]:
    return {
        "architecture": library.architecture,
        "features": list(library.features),
        "file": library.file,
        "checksum": library.checksum,
        "entries": [
            {"kernel": kernel, "request": request, **_entry_record(entry, place)}
            for (kernel, request), entry in library.entries.items()
        ],
    }


def _entry_record(entry: Present | Refused, place: _Place) -> dict[str, Any]:
    if isinstance(entry, Refused):
        return {"refused": {"kind": entry.kind, "text": entry.text.replace(f"{place.root}/", f"{place.name}/")}}
    return {"built": asdict(entry)}


def _library(record: Mapping[str, Any]) -> LibraryRecord:
    entries = {(item["kernel"], item["request"]): _entry(item) for item in record["entries"]}
    return LibraryRecord(record["architecture"], tuple(record["features"]), record["file"], record["checksum"], entries)


def _entry(record: Mapping[str, Any]) -> Present | Refused:
    if "refused" in record:
        return Refused(**record["refused"])
    built = record["built"]
    return Present(built["prefix"], facts_of(built["facts"]), built["layout"])


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def as_header(text: str) -> str:
    """The table as C++: a constant `zymogen_table` for the extension module."""
    lines = [text[start : start + 4000] for start in range(0, len(text), 4000)]
    parts = "\n".join(map(json.dumps, lines))
    return f"static constexpr char zymogen_table[] =\n{parts};\n"
