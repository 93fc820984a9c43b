"""Building the libraries of an extension module, one for each architecture, and the table of what is in them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from zymogen import _core
from zymogen.extension.library import Library, Order, Refusal, build
from zymogen.extension.processor import check_architecture, features_of
from zymogen.extension.table import LibraryRecord, SourceRecord, Table, as_header, written

HEADER = "zymogen_table.hpp"


@dataclass(frozen=True)
class Done:
    """What was made, and from which files."""

    read: tuple[Path, ...]
    count: int
    refusals: tuple[Refusal, ...]


def make(order: Order, architectures: tuple[str, ...], root: Path, *, has_sources: bool = True) -> Done:
    """Build everything that is ordered, and write the header with the table.

    Parameters
    ----------
    root : the folder of the package's build file; paths below it are written without it
    has_sources : whether the sources travel inside the module; never where it is linked with libraries, which those who
        would build from the sources do not have

    Raises
    ------
    CompileError
        Or one of its kinds, if a source, or a derivative that is named, cannot be compiled. What is in the standard
        set and Enzyme refuses is left out, and listed in what is returned.
    ArgumentError
        If what is ordered makes no sense.
    """
    for architecture in architectures:
        check_architecture(architecture, order.call)
    order.folder.mkdir(parents=True, exist_ok=True)
    made = [build(order, architecture) for architecture in architectures]
    table = Table(
        order.derivatives,
        has_sources and not order.libraries,
        tuple(SourceRecord(*pair) for pair in made[0].units),
        tuple(map(_record, architectures, made)),
    )
    text = written(table, _core.__version__, str(root), order.name)
    (order.folder / HEADER).write_text(as_header(text), encoding="ascii")
    refused = {refusal.text: refusal for library in made for refusal in library.refusals}
    read = dict.fromkeys(file for library in made for file in library.read)
    return Done(tuple(read), len(made[0].entries), tuple(refused.values()))


def _record(architecture: str, library: Library) -> LibraryRecord:
    checksum = hashlib.sha256(library.file.read_bytes()).hexdigest()
    return LibraryRecord(architecture, features_of(architecture), library.file.name, checksum, library.entries)
