"""What repeats a crash of a tool on another machine, in one archive: its input, its command and what it said."""

from __future__ import annotations

import shlex
import tarfile
from collections.abc import Sequence
from pathlib import Path

_INPUT = "input"


def pack_reproducer(
    command: Sequence[str], source: Path, log: Path, folder: Path, preprocessed: Path | None = None
) -> Path:
    """Pack the input of a command that crashed, the command itself, and its messages.

    Parameters
    ----------
    command : as it was run; the first word is the tool
    source : the file that it read
    log : what the tool said
    folder : where the command worked, and where the archive is made
    preprocessed : the same file with all that it includes; without it, C++ files in `folder` are packed beside it

    Returns
    -------
    Path : of the archive, a .tar.gz with one folder
    """
    packed = source if preprocessed is None else preprocessed
    name = f"{_INPUT}{packed.suffix}"
    words = [_as_elsewhere(word, source, name, folder) for word in command]
    script = folder / "command.sh"
    script.write_text(
        "#!/bin/sh\n"
        "# Run this in its folder. TOOL is the program that crashed; name another one to try that.\n"
        f"TOOL=${{TOOL:-{shlex.quote(command[0])}}}\n"
        f'exec "$TOOL" {" ".join(map(shlex.quote, words[1:]))}\n',
        encoding="utf-8",
        errors="surrogateescape",
    )
    archive = folder / f"{log.name.removesuffix('.log')}.crash.tar.gz"
    with tarfile.open(archive, "w:gz") as files:
        for file, called in ((script, script.name), (packed, name), (log, "messages.txt")):
            files.add(file, f"crash/{called}")
        if packed.suffix == ".cpp":
            for file in sorted(folder.rglob("*.?pp")):
                files.add(file, f"crash/included/{file.relative_to(folder)}")
    return archive


def _as_elsewhere(word: str, source: Path, name: str, folder: Path) -> str:
    """A word of the command, without the folder of the build in it."""
    return word.replace(str(source), name).replace(f"{folder}/", "").replace(str(folder), ".")
