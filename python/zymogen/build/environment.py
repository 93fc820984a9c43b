"""What every compilation needs besides its source: the tools, our own headers, a place to work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from zymogen.build.key import cpu_identity, digest
from zymogen.build.store import Store
from zymogen.declaration import Declaration
from zymogen.errors import NotCompiledError, ToolchainError
from zymogen.resources import include_folder
from zymogen.toolchain.find import find_toolchain, toolchain_identity
from zymogen.toolchain.tools import Options, Toolchain

if TYPE_CHECKING:
    from zymogen.toolchain.stages import Workspace

_PACKAGE = Path(__file__).parent.parent
_FOLDERS = ("ir", "toolchain", "toolchain/messages", "toolchain/remedies", "build")


def common_key(options: Options) -> str:
    """Digest of what every result depends on besides its own source; code for the processor at hand depends on that."""
    return digest(
        toolchain_identity(),
        _package_digest(),
        options.include,
        options.define,
        options.standard,
        options.flags,
        options.libraries,
        options.library_folders,
        options.math,
        cpu_identity() if options.arch == "native" else options.arch,
    )


@cache
def _package_digest() -> str:
    """Digest of what builds go through in this package: headers, and modules that say what is done, or refused.

    All modules of some folders, so that nobody has to remember which of them count. They are read and not imported,
    because most processes find what they need in the store. What other layers ask for is seen in the generated code.
    """
    modules = (file for name in _FOLDERS for file in (_PACKAGE / name).glob("*.py*"))  # .pyc where no source is kept
    return digest(_contents(_PACKAGE, modules), _contents(include_folder(), include_folder().rglob("*.hpp")))


def _contents(folder: Path, files: Iterable[Path]) -> tuple[tuple[str, bytes], ...]:
    return tuple((file.relative_to(folder).as_posix(), file.read_bytes()) for file in sorted(files))


def toolchain_for(call: str, store: Store) -> Toolchain:
    """The tools to compile with.

    Raises
    ------
    NotCompiledError
        If there are none; the text says where a finished build was looked for.
    """
    try:
        return find_toolchain()
    except ToolchainError as error:
        raise NotCompiledError(
            f"{call}: not compiled yet, and there is nothing to compile it with. {error} "
            f"Looked for a finished build in {store.folder} (set ZYMOGEN_CACHE_DIR to look elsewhere)."
        ) from error


def workspace_in(
    folder: Path,
    store: Store,
    call: str,
    options: Options,
    root: Path | None = None,
    *,
    order: int = 0,
    precompiled: Path | None = None,
    generated: Path | None = None,
    kernels: Iterable[Declaration] = (),
) -> Workspace:
    """A workspace for `call`, which compiles `kernels`; the logs of its failures are kept in the store."""
    from zymogen.toolchain.stages import Workspace

    return Workspace(
        folder,
        call,
        lambda log: store.keep_log(log, log.name),
        own_folders=(include_folder(),),
        root=root,
        arch=options.arch,
        order=order,
        precompiled=precompiled,
        generated=generated,
        kernels={instance.function: kernel.place for kernel in kernels for instance in kernel.instances},
    )


def with_own_headers(options: Options, root: Path | None) -> Options:
    """Options as the compiler needs them; below `root` lie copies of a user's files that are not there any more.

    The copies come first: what lies at their places today may be something else.
    """
    moved = tuple(f"{root}{folder}" for folder in options.include) if root is not None else ()
    return replace(options, include=(*moved, *options.include, str(include_folder())))


def user_files(read: Iterable[Path], folder: Path) -> tuple[str, ...]:
    """Of the files that a compilation in `folder` read, those that are neither ours nor made there."""
    own = (include_folder().resolve(), folder.resolve())
    files = [folder / path for path in read]
    return tuple(str(file) for file in files if not any(file.resolve().is_relative_to(place) for place in own))
