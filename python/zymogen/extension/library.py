"""One library of kernels and derivatives, for one architecture: what extension modules load and programs link."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from zymogen.build import pipeline
from zymogen.build.artifact import OBJECT, StoredArtifact
from zymogen.build.description import describe
from zymogen.build.environment import toolchain_for, workspace_in
from zymogen.build.key import digest
from zymogen.build.prebuilt import Present, Refused, RequestKey, layout, request_key
from zymogen.build.source import Source, Unit
from zymogen.build.store import Store
from zymogen.declaration import Declaration
from zymogen.errors import ArgumentError, EnzymeError
from zymogen.extension.expression import STANDARD, ways_named
from zymogen.extension.standard import standard_derivatives
from zymogen.runtime.kernel import Kernel
from zymogen.toolchain.process import ARCHIVE, LOG
from zymogen.toolchain.tools import Options


@dataclass(frozen=True)
class Order:
    """What a build file asks for."""

    call: str
    """The function of the build file and its target, for messages."""
    sources: tuple[Path, ...]
    derivatives: tuple[str, ...]
    options: Options
    name: str
    """The library is a file `lib<name>.so`, or what follows here after a dot."""
    folder: Path
    libraries: tuple[str, ...] = ()
    """What it is linked with: paths of archives and of shared libraries, which belong beside it, and names of the
    system's. They are no part of `options`: with other libraries, what was compiled is the same."""


@dataclass(frozen=True)
class Wanted:
    """A derivative, and the kernels that a call of it may run: of these, one that can be built will do."""

    text: str
    insisted: bool
    """Whether it was named, so that it is an error if it cannot be built."""
    ways: tuple[Kernel, ...]


@dataclass(frozen=True)
class Refusal:
    """A derivative that Enzyme cannot do, in a way that nobody insisted on."""

    text: str
    error: EnzymeError


@dataclass(frozen=True)
class Library:
    """What was built."""

    file: Path
    units: tuple[tuple[Unit, tuple[Declaration, ...]], ...]
    """The sources, each with its kernels."""
    wanted: tuple[Wanted, ...]
    """The kernels, then the derivatives."""
    entries: Mapping[RequestKey, Present | Refused]
    refusals: tuple[Refusal, ...]
    read: tuple[Path, ...]
    """Files that it was made from."""


def build(order: Order, architecture: str) -> Library:
    """Build all that is wanted for one architecture, and link it.

    Raises
    ------
    CompileError
        Or one of its kinds, if a source, or a derivative that is named, cannot be compiled. What is in the standard
        set and Enzyme refuses is left out, and listed in what is returned.
    ArgumentError
        If what is ordered makes no sense.
    """
    store = Store()
    options = replace(order.options, arch=architecture)
    units = tuple(describe(Unit(Source.read(path), options), store) for path in order.sources)
    wanted = tuple(_wanted(order, _kernels(units, order.call)))
    ways = {request_key(way.plan): way for item in wanted for way in item.ways}
    results = _built(ways, store)
    refusals = tuple(_refusals(wanted, results))
    file = order.folder / f"lib{order.name}.{architecture}.so"
    objects = [result.entry.path(OBJECT) for result in results.values() if isinstance(result, StoredArtifact)]
    linking = replace(options, libraries=order.libraries)
    _link(objects, file, linking, store, order.call, [kernel for _, kernels in units for kernel in kernels])
    entries = {key: _entry(key, way, results[key]) for key, way in ways.items()}
    return Library(file, units, wanted, entries, refusals, tuple(_files(unit for unit, _ in units)))


def _kernels(units: Iterable[tuple[Unit, tuple[Declaration, ...]]], call: str) -> dict[str, Kernel]:
    found: dict[str, Kernel] = {}
    for unit, declarations in units:
        for declaration in declarations:
            if declaration.name in found:
                raise ArgumentError(
                    f"{call}: two of SOURCES register a kernel {declaration.name}, one of them at {declaration.place}. "
                    "Kernels of one library need different names. Rename one of the functions."
                )
            found[declaration.name] = Kernel(unit, declaration)
    return found


def _wanted(order: Order, kernels: Mapping[str, Kernel]) -> Iterator[Wanted]:
    for kernel in kernels.values():
        yield Wanted(kernel.name, insisted=True, ways=(kernel,))
    for text in order.derivatives:
        if text == STANDARD:
            made = (derivative for kernel in kernels.values() for derivative in standard_derivatives(kernel))
            yield from (Wanted(derivative.name, insisted=False, ways=derivative.ways) for derivative in made)
        else:
            yield Wanted(text, insisted=True, ways=ways_named(text, kernels, order.call))


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


def _refusals(wanted: Sequence[Wanted], results: dict[RequestKey, _Result]) -> Iterator[Refusal]:
    """What could not be built in any way; an error where it was asked for by name."""
    for item in wanted:
        found = [results[request_key(way.plan)] for way in item.ways]
        errors = [result for result in found if isinstance(result, EnzymeError)]
        if len(errors) == len(found):
            if item.insisted:
                raise errors[0]
            yield Refusal(item.text, errors[0])


def _entry(key: RequestKey, kernel: Kernel, result: _Result) -> Present | Refused:
    if isinstance(result, EnzymeError):
        # Logs stay on this machine.
        return Refused(type(result).__name__, str(result).partition(LOG)[0].partition(ARCHIVE)[0])
    return Present(_prefix(key), result.facts, layout(kernel.plans_of(result.facts.variant)))


def _link(
    objects: Sequence[Path],
    library: Path,
    options: Options,
    store: Store,
    call: str,
    kernels: Sequence[Declaration],
) -> None:
    from zymogen.toolchain import stages

    with tempfile.TemporaryDirectory(prefix="zymogen-") as folder:
        workspace = workspace_in(Path(folder), store, call, options, kernels=kernels)
        linked = Path(folder, library.name)
        stages.link(toolchain_for(call, store), options, objects, linked, workspace, portable=True)
        # Beside its place first, and then there at once: the one that was there before may be in use.
        beside = library.with_suffix(f".{os.getpid()}")
        beside.write_bytes(linked.read_bytes())
        beside.chmod(0o755)
        beside.replace(library)


def _files(units: Iterable[Unit]) -> Iterator[Path]:
    for unit in units:
        if unit.source.path is not None:
            yield unit.source.path
        yield from (Path(header.path) for header in unit.source.headers)
