"""Building the libraries of an extension module, one for each architecture, and the table of what is in them."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from zymogen import _core
from zymogen.build import pipeline
from zymogen.build.artifact import OBJECT, StoredArtifact
from zymogen.build.description import describe
from zymogen.build.environment import toolchain_for, workspace_in
from zymogen.build.key import digest
from zymogen.build.prebuilt import Present, Refused, RequestKey, layout, request_key
from zymogen.build.source import Source, Unit
from zymogen.build.store import Store
from zymogen.errors import ArgumentError, EnzymeError
from zymogen.extension.expression import STANDARD, ways_named
from zymogen.extension.processor import check_architecture, features_of
from zymogen.extension.standard import standard_derivatives
from zymogen.extension.table import LibraryRecord, SourceRecord, Table, as_header, written
from zymogen.runtime.kernel import Kernel
from zymogen.toolchain.process import ARCHIVE, LOG
from zymogen.toolchain.tools import Options

HEADER = "zymogen_table.hpp"


@dataclass(frozen=True)
class Order:
    """What `zymogen_add_module` was told."""

    target: str
    sources: tuple[Path, ...]
    derivatives: tuple[str, ...]
    options: Options
    architectures: tuple[str, ...]
    root: Path
    """The folder of the package's build file; paths below it are written without it."""
    folder: Path
    """Where results go: a library for each architecture, and a header with the table."""
    has_sources: bool = True


@dataclass(frozen=True)
class Refusal:
    """A derivative that Enzyme cannot do, in a way that nobody insisted on."""

    call: str
    error: EnzymeError


@dataclass(frozen=True)
class Done:
    """What was made, and from which files."""

    read: tuple[Path, ...]
    count: int
    refusals: tuple[Refusal, ...]


def make(order: Order) -> Done:
    """Build everything that is ordered.

    Raises
    ------
    CompileError
        Or one of its kinds, if a source, or a derivative that is named, cannot be compiled. What is in the standard
        set and Enzyme refuses is left out, and listed in what is returned.
    ArgumentError
        If what is ordered makes no sense.
    """
    call = f"zymogen_add_module({order.target})"
    for architecture in order.architectures:
        check_architecture(architecture, call)
    order.folder.mkdir(parents=True, exist_ok=True)
    made = [_library(order, architecture, call) for architecture in order.architectures]
    table = Table(order.derivatives, order.has_sources, made[0].sources, tuple(library.record for library in made))
    text = written(table, _core.__version__, str(order.root), order.target)
    (order.folder / HEADER).write_text(as_header(text), encoding="ascii")
    refused = {refusal.call: refusal for library in made for refusal in library.refusals}
    read = dict.fromkeys(file for library in made for file in library.read)
    return Done(tuple(read), len(made[0].record.entries), tuple(refused.values()))


@dataclass(frozen=True)
class _Library:
    record: LibraryRecord
    sources: tuple[SourceRecord, ...]
    refusals: tuple[Refusal, ...]
    read: tuple[Path, ...]


@dataclass(frozen=True)
class _Wanted:
    """A derivative, and the kernels that a call of it may run: of these, one that can be built will do."""

    call: str
    insisted: bool
    ways: tuple[Kernel, ...]


def _library(order: Order, architecture: str, call: str) -> _Library:
    """Build all that is wanted for one architecture, and link it."""
    store = Store()
    options = replace(order.options, arch=architecture)
    sources = [SourceRecord(*describe(Unit(Source.read(path), options), store)) for path in order.sources]
    kernels = _kernels(sources, call)
    wanted = [_Wanted(kernel.name, insisted=True, ways=(kernel,)) for kernel in kernels.values()]
    for text in order.derivatives:
        if text == STANDARD:
            made = [derivative for kernel in kernels.values() for derivative in standard_derivatives(kernel)]
            wanted += [_Wanted(derivative.name, insisted=False, ways=derivative.ways) for derivative in made]
        else:
            wanted.append(_Wanted(text, insisted=True, ways=ways_named(text, kernels, order.target)))
    ways = {request_key(way.plan): way for item in wanted for way in item.ways}
    results = _built(ways, store)
    refusals = tuple(_refusals(wanted, results))
    objects = [result.entry.path(OBJECT) for result in results.values() if isinstance(result, StoredArtifact)]
    library = order.folder / f"lib{order.target}.{architecture}.so"
    _link(objects, library, options, store, call)
    record = LibraryRecord(
        architecture,
        features_of(architecture),
        library.name,
        hashlib.sha256(library.read_bytes()).hexdigest(),
        {key: _entry(key, way, results[key]) for key, way in ways.items()},
    )
    return _Library(record, tuple(sources), refusals, tuple(_files(sources)))


def _kernels(sources: Iterable[SourceRecord], call: str) -> dict[str, Kernel]:
    found: dict[str, Kernel] = {}
    for source in sources:
        for declaration in source.declarations:
            if declaration.name in found:
                raise ArgumentError(
                    f"{call}: two of SOURCES register a kernel {declaration.name}, one of them at {declaration.place}. "
                    "Kernels of one module need different names. Rename one of the functions."
                )
            found[declaration.name] = Kernel(source.unit, declaration)
    return found


_Result = StoredArtifact | EnzymeError


def _built(kernels: dict[RequestKey, Kernel], store: Store) -> dict[RequestKey, _Result]:
    """Build each of them; compilers run in processes of their own, as many at once as there are processors."""

    def build(key: RequestKey) -> _Result:
        kernel = kernels[key]
        try:
            return pipeline.build_object(kernel.plans_of, kernel.unit, store, kernel.name, _prefix(key))
        except EnzymeError as error:
            return error

    with ThreadPoolExecutor(_jobs()) as pool:
        return dict(zip(kernels, pool.map(build, kernels), strict=True))


def _jobs() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _prefix(key: RequestKey) -> str:
    return f"zymogen_{digest(*key)[:16]}_"


def _refusals(wanted: Sequence[_Wanted], results: dict[RequestKey, _Result]) -> Iterator[Refusal]:
    """What could not be built in any way; an error where it was asked for by name."""
    for item in wanted:
        found = [results[request_key(way.plan)] for way in item.ways]
        errors = [result for result in found if isinstance(result, EnzymeError)]
        if len(errors) == len(found):
            if item.insisted:
                raise errors[0]
            yield Refusal(item.call, errors[0])


def _entry(key: RequestKey, kernel: Kernel, result: _Result) -> Present | Refused:
    if isinstance(result, EnzymeError):
        # Logs stay on this machine.
        return Refused(type(result).__name__, str(result).partition(LOG)[0].partition(ARCHIVE)[0])
    return Present(_prefix(key), result.variant, layout(kernel.plans_of(result.variant)))


def _link(objects: Sequence[Path], library: Path, options: Options, store: Store, call: str) -> None:
    from zymogen.toolchain import stages

    with tempfile.TemporaryDirectory(prefix="zymogen-") as folder:
        workspace = workspace_in(Path(folder), store, call, options)
        linked = Path(folder, library.name)
        stages.link(toolchain_for(call, store), options, objects, linked, workspace, strip=True)
        # Beside its place first, and then there at once: the one that was there before may be in use.
        beside = library.with_suffix(f".{os.getpid()}")
        beside.write_bytes(linked.read_bytes())
        beside.chmod(0o755)
        beside.replace(library)


def _files(sources: Iterable[SourceRecord]) -> Iterator[Path]:
    for source in sources:
        path = source.unit.source.path
        if path is not None:
            yield path
        yield from (Path(header.path) for header in source.unit.source.headers)
