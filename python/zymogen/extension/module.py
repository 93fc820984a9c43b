"""What an extension module does when it is imported: its table becomes kernels, which are its attributes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import ModuleType

from zymogen.build.prebuilt import UNITS, Prebuilt
from zymogen.errors import ExtensionModuleError
from zymogen.extension.processor import best
from zymogen.extension.table import LibraryRecord, Table, read
from zymogen.runtime.kernel import Kernel


def fill(module: ModuleType, table: str, file: str) -> None:
    """Make the kernels of a table attributes of the module. Nothing is loaded before it is called.

    Parameters
    ----------
    module : the extension module that is being imported
    table : what it says of itself
    file : the shared library of the module itself; the kernels' libraries lie beside it

    Raises
    ------
    ExtensionModuleError
        If it was built with another format, no library in it is for this processor, or that library is not there.
    """
    name = module.__name__
    known = read(table, name)
    chosen = _chosen(known, name)
    library = Path(file).absolute().with_name(chosen.file)
    if not library.exists():
        raise ExtensionModuleError(
            f"{name}: its library {library} is not there. It belongs beside the module. Install both, by "
            f"zymogen_add_module({name.rpartition('.')[2]} ... DESTINATION folder)."
        )
    units, names = [], []
    for number, source in enumerate(known.sources):
        prebuilt = Prebuilt(
            name,
            number,
            source.unit.options,
            library,
            chosen.checksum,
            chosen.entries,
            known.derivatives,
            known.has_sources,
        )
        unit = replace(source.unit, prebuilt=prebuilt)
        units.append(unit)
        for declaration in source.declarations:
            setattr(module, declaration.name, Kernel(unit, declaration))
            names.append(declaration.name)
    setattr(module, UNITS, tuple(units))
    module.__all__ = names  # type: ignore[attr-defined]
    module.__doc__ = f"Kernels with derivatives that were built ahead of time: {', '.join(names)}."


def _chosen(table: Table, name: str) -> LibraryRecord:
    """The library that serves this processor best."""
    number = best([(library.architecture, library.features) for library in table.libraries])
    if number is None:
        there = ", ".join(library.architecture for library in table.libraries)
        raise ExtensionModuleError(
            f"{name}: it was built for processors of the kind {there}, which this one is not. Build it again with an "
            f"older one among zymogen_add_module({name.rpartition('.')[2]} ... ARCH ...), such as x86-64."
        )
    return table.libraries[number]
