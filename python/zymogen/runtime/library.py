"""Compiling a source on the spot: `compile` gives a library, and its attributes are the kernels."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from zymogen.build.builds import describe
from zymogen.build.source import Source, Unit
from zymogen.declaration import Declaration
from zymogen.errors import ArgumentError
from zymogen.runtime.kernel import Kernel
from zymogen.toolchain.tools import Options


class Library:
    """The kernels of one C++ source, as attributes: `library.bump`.

    As in a mapping, `library["bump"]` is a kernel too, and `iter`, `len` and `in` are those of the names.
    """

    def __init__(self, unit: Unit, declarations: tuple[Declaration, ...]) -> None:
        self._unit = unit
        self._declarations = declarations
        self._kernels = {item.name: Kernel(unit, item) for item in declarations}

    @property
    def kernels(self) -> tuple[str, ...]:
        """Names of the kernels, in the order of their registration."""
        return tuple(self._kernels)

    def __getattr__(self, name: str) -> Kernel:
        kernels: dict[str, Kernel] = self.__dict__.get("_kernels", {})
        if name not in kernels:
            raise AttributeError(f"{self!r} has no kernel {name}. Register it with ZYMOGEN_KERNEL in the C++ source.")
        return kernels[name]

    def __getitem__(self, name: str) -> Kernel:
        return self.__getattr__(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._kernels)

    def __len__(self) -> int:
        return len(self._kernels)

    def __contains__(self, name: object) -> bool:
        return name in self._kernels

    def __dir__(self) -> Iterable[str]:
        return [*super().__dir__(), *self._kernels]

    def __repr__(self) -> str:
        return f"<library {self._unit.source.name}: {', '.join(self._kernels)}>"

    def __reduce__(self) -> tuple[type[Library], tuple[Unit, tuple[Declaration, ...]]]:
        return Library, (self._unit, self._declarations)


def compile(
    text_or_path: str | os.PathLike[str],
    *,
    include: Sequence[str | os.PathLike[str]] = (),
    define: Sequence[str] = (),
    std: str = "c++23",
    flags: Sequence[str] = (),
    libraries: Sequence[str | os.PathLike[str]] = (),
    library_folders: Sequence[str | os.PathLike[str]] = (),
    math: Literal["strict", "fast"] = "strict",
) -> Library:
    """Read the kernels that a C++ source registers with ZYMOGEN_KERNEL.

    What was compiled before, with the same text, headers, options, toolchain and processor, comes from the cache.
    A new header is not noticed there if it would be found earlier on the include path or by `__has_include`.

    Parameters
    ----------
    text_or_path : C++ text, or the path of a file. A string with a newline, a semicolon or a brace is text.
    include : folders to search for headers
    define : macros, as "NAME" or "NAME=VALUE"
    std : language standard: c++20, c++23 or c++26, or with extensions gnu++20, gnu++23 or gnu++26
    flags : further flags for the compiler
    libraries : libraries to link with, as paths or bare names; a `pathlib.Path` is always a path
    library_folders : folders to search for libraries
    math : "strict" keeps to IEEE arithmetic as it is written; "fast" lets the compiler reorder sums and use
        reciprocals, and derivative code then assumes that no NaN or infinity occurs

    Returns
    -------
    Library : its attributes are the kernels, each compiled at its first call

    Raises
    ------
    ArgumentError
        If the source is empty or neither text nor a path, or an option is not of its kind.
    CompileError
        If the source does not compile or registers no kernel; the text has the compiler's message.
    NotCompiledError
        If it must be compiled and there is no toolchain.
    FileNotFoundError
        If the file cannot be read.
    """
    if math not in ("strict", "fast"):
        raise ArgumentError(f"compile: math is {math!r}. Expected is 'strict' or 'fast'.")
    from zymogen.toolchain.standards import check_standard

    check_standard(std, "compile", "std")
    options = Options(
        include=_folders("include", include),
        define=_texts("define", define),
        standard=std,
        flags=_texts("flags", flags),
        libraries=_libraries(libraries),
        library_folders=_folders("library_folders", library_folders),
        math=math,
    )
    return Library(*describe(Unit(Source.read(text_or_path), options)))


def _folders(name: str, given: Sequence[str | os.PathLike[str]]) -> tuple[str, ...]:
    return tuple(_absolute(item) for item in _items(name, given, "folders", (str, os.PathLike)))


def _libraries(given: Sequence[str | os.PathLike[str]]) -> tuple[str, ...]:
    items = _items("libraries", given, "paths or names of libraries", (str, os.PathLike))
    for item in items:
        if isinstance(item, str) and item.startswith("-"):
            raise ArgumentError(
                f"compile: libraries has {item!r}, which is a flag. Expected are paths, or names without -l. "
                f"{_instead_of_flag(item)}"
            )
    return tuple(item if isinstance(item, str) else _absolute(item) for item in items)


def _instead_of_flag(flag: str) -> str:
    kind, value = flag[:2], flag[2:]
    if kind == "-l" and value:
        return f"Write libraries=[{value!r}]."
    if kind == "-L" and value:
        return f"Write library_folders=[{value!r}]."
    return "Name the libraries alone; flags=[...] are those of the compiler, and the linker takes none."


def _texts(name: str, given: Sequence[str]) -> tuple[str, ...]:
    return tuple(_items(name, given, "texts", (str,)))


def _absolute(path: str | os.PathLike[str]) -> str:
    return str(Path(path).expanduser().absolute())


def _items(name: str, given: Any, what: str, kinds: tuple[type, ...]) -> tuple[Any, ...]:
    """What a list of options has, if each is of one of the kinds."""
    if isinstance(given, (str, os.PathLike)) or not isinstance(given, Iterable):
        example = f": {name}=[{str(given)!r}]" if isinstance(given, (str, os.PathLike)) else ""
        raise ArgumentError(f"compile: {name} is {given!r}. Expected is a list of {what}{example}.")
    if isinstance(given, Mapping):
        example = "".join(f": {name}=['{key}={value}']" for key, value in [*given.items()][:1] if name == "define")
        raise ArgumentError(f"compile: {name} is a {type(given).__name__}. Expected is a list of {what}{example}.")
    items = tuple(given)
    for item in items:
        if not isinstance(item, kinds):
            raise ArgumentError(
                f"compile: {name} has {item!r}, which is of type {type(item).__name__}. Expected is a list of {what}."
            )
    return items
