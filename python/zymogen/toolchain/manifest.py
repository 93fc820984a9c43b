"""What an installed toolchain says of itself, and the check that it is still so."""

from __future__ import annotations

import json
import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zymogen.toolchain.lock import Lock, recipe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zymogen.toolchain.layout import Layout

_format = 1


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
        mode = layout.root.stat().st_mode
    except OSError:
        return "it is not installed"
    if mode & stat.S_IWOTH:  # what lies there is executed
        return f"{layout.root} can be written by everybody (`chmod -R o-w` mends that, if you trust it)"
    manifest = read_manifest(layout)
    if manifest is None or manifest.digest != lock.digest:
        return f"{layout.manifest} is missing or unreadable"
    for name, size in manifest.essential.items():
        try:
            found = (layout.root / name).stat().st_size
        except OSError as problem:
            return f"{layout.root / name}: {problem.strerror}"
        if found != size:
            return f"{layout.root / name} has {found} bytes instead of {size}"
    return None


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


def _files(folder: Path) -> Iterator[Path]:
    for place, _, names in os.walk(folder):
        for name in names:
            yield Path(place, name)
