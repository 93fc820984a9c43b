"""The user's file and line, for a place in a header that is not theirs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from zymogen.ir.listing import Instruction, Module, read, references


def users_place(file: str, line: int, function: str, source: str, folders: tuple[Path, ...]) -> str:
    """File and line of the user's from which a place was reached; nothing where that is not known.

    Parameters
    ----------
    file, line
        Where a tool saw something.
    function
        The symbol of the function there, or one that is derived from it; empty where it is not known.
    source
        The IR that the tool was given.
    folders
        Folders of headers, and files, that are not the user's.
    """
    if file == "<unknown>":
        return ""
    if not _is_own(file, folders):
        return f"{file}:{line}"
    module = read(source)
    # What a function is derived from has the end of its name.
    own = sorted((name for name in module.functions if function.strip('"').endswith(name)), key=len)[-1:]
    within = [module.functions[name] for name in own] or module.functions.values()
    there = (item for one in within for item in one.instructions if module.place(item) == f"{file}:{line}")
    places = (place_outside(module, item, folders) for item in (*there, *_calls(module, own)))
    return next(filter(None, places), "")


def place_outside(module: Module, instruction: Instruction, folders: tuple[Path, ...]) -> str:
    """File and line of an instruction in the user's source; nothing where it has none."""
    place = module.place(instruction, tuple(map(str, folders)))
    return "" if ":" not in place or _is_own(place.rpartition(":")[0], folders) else place


def _is_own(file: str, folders: tuple[Path, ...]) -> bool:
    return any(Path(file).is_relative_to(folder) for folder in folders)


def _calls(module: Module, names: list[str]) -> Iterator[Instruction]:
    """What calls these functions, or takes their addresses; then what calls the functions where that is, and so on."""
    waiting, seen = list(names), set(names)
    while waiting:
        name = waiting.pop(0)
        for function in module.functions.values():
            found = [item for item in function.instructions if f"@{name}" in references(item.body)]
            yield from found
            if found and function.name not in seen:
                seen.add(function.name)
                waiting.append(function.name)
