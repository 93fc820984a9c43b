"""What an installed toolchain says of itself, and the check that it is still so."""

from __future__ import annotations

import json
import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zymogen.ownership import description, is_trusted
from zymogen.toolchain.lock import Lock, recipe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zymogen.toolchain.layout import Layout

_format = 1
_others_write = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True)
class Manifest:
    """Contents of manifest.json: enough to tell a whole toolchain from a damaged one without reading it."""

    digest: str
    essential: dict[str, int]
    """Size of each file that every build needs, by its path in the folder."""
    files: int
    bytes: int
    created: float


def write_manifest(layout: Layout, lock: Lock) -> Manifest:
    """Record what lies in the toolchain's folder; the manifest comes last and vouches for the rest."""
    _protect(layout.root)
    inventory = {str(path.relative_to(layout.root)): path.stat().st_size for path in _files(layout.root)}
    essential = {name: inventory[name] for name in (str(p.relative_to(layout.root)) for p in layout.essential)}
    layout.inventory.write_text(json.dumps(inventory, indent=0, sort_keys=True))
    manifest = Manifest(lock.digest, essential, len(inventory), sum(inventory.values()), time.time())
    content = {
        "format": _format,
        "recipe": recipe,
        "platform": lock.platform,
        "clang": lock.clang,
        "wheels": {wheel.file: wheel.sha256 for wheel in lock.wheels},
        **vars(manifest),
    }
    layout.manifest.write_text(json.dumps(content, indent=2))
    return manifest


def read_manifest(layout: Layout) -> Manifest | None:
    """Read what the toolchain says of itself; None when there is none, or one of another format."""
    try:
        content = json.loads(layout.manifest.read_bytes())
        if content["format"] != _format:
            return None
        return Manifest(**{name: content[name] for name in Manifest.__dataclass_fields__})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def damage(layout: Layout, lock: Lock) -> str | None:
    """Say what is wrong with the toolchain, by a look at its essential files; None when it is whole."""
    try:
        status = layout.root.stat()
    except OSError:
        return "it is not installed"
    if not is_trusted(status):
        return _distrust(layout, layout.root, status)
    manifest = read_manifest(layout)
    if manifest is None or manifest.digest != lock.digest:
        return f"{layout.manifest} is missing or unreadable"
    problems = (_problem(layout, name, size) for name, size in manifest.essential.items())
    return next((problem for problem in problems if problem is not None), None)


def _problem(layout: Layout, name: str, size: int) -> str | None:
    path = layout.root / name
    try:
        status, folder_status = path.stat(), path.parent.stat()
    except OSError as problem:
        return f"{path}: {problem.strerror}"
    if status.st_size != size:
        return f"{path} has {status.st_size} bytes instead of {size}"
    if not is_trusted(folder_status):  # another file can be put in its place
        return _distrust(layout, path.parent, folder_status)
    return None if is_trusted(status) else _distrust(layout, path, status)


def _distrust(layout: Layout, path: Path, status: os.stat_result) -> str:
    ours = status.st_uid in (os.geteuid(), 0)
    cure = f"`chmod -R go-w {layout.root}` mends that, if you trust it" if ours else "install one of your own"
    return (
        f"{path} is {description(status)}, and what lies there is executed, so only you or root may write it ({cure})"
    )


def thorough_damage(layout: Layout) -> Iterator[str]:
    """Compare every file with the inventory."""
    try:
        inventory: dict[str, int] = json.loads(layout.inventory.read_bytes())
    except (OSError, ValueError) as problem:
        yield f"{layout.inventory}: {problem}"
        return
    for name, size in inventory.items():
        path: Path = layout.root / name
        if not path.is_file():
            yield f"{path} is missing"
        elif path.stat().st_size != size:
            yield f"{path} has {path.stat().st_size} bytes instead of {size}"


def _protect(folder: Path) -> None:
    """Take from others the permission to write, which a umask of 002 gives them: what lies there is executed."""
    for place, _, names in os.walk(folder):
        for path in (Path(place), *(Path(place, name) for name in names)):
            mode = stat.S_IMODE(path.lstat().st_mode)
            if mode & _others_write and not path.is_symlink():
                path.chmod(mode & ~_others_write)


def _files(folder: Path) -> Iterator[Path]:
    for place, _, names in os.walk(folder):
        for name in names:
            yield Path(place, name)
