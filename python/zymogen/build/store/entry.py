"""One entry of the store: sealed when it is built, verified before anything in it is executed."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zymogen.build.store.staging import delete
from zymogen.errors import StoreError
from zymogen.ownership import description, is_trusted

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = 1
DESCRIPTION = "entry.json"
USED = "used"
"""Empty file whose modification time says on which day the entry was last loaded."""

# The content of libraries, which are executed, and of small files, which say how to call them, is verified by
# checksum; of large texts kept for people to read only the size is.
_LIBRARIES = (".so", ".dylib")
_SMALL_BYTES = 256 * 1024


@dataclass(frozen=True)
class Entry:
    """A finished build: a folder of read-only files that never change."""

    key: str
    folder: Path
    metadata: Mapping[str, Any]
    """``format``, ``key``, ``label``, ``created`` (seconds since 1970), ``files`` (size and sha256)."""

    @property
    def label(self) -> str:
        """What the entry is, for people."""
        return str(self.metadata["label"])

    def path(self, name: str) -> Path:
        """The path of one file of the entry.

        Raises
        ------
        StoreError
            If the entry has no file of that name; the message lists those there are.
        """
        if name not in self.metadata["files"]:
            there = ", ".join(sorted(self.metadata["files"]))
            raise StoreError(f"entry {self.key[:16]} ({self.label}) of the cache has no file {name}. It has {there}.")
        return self.folder / name


@dataclass(frozen=True)
class Damage:
    """Why what lies at an entry's place must not be loaded."""

    reason: str


def seal(scratch: Path, key: str, label: str, folder: Path) -> Entry:
    """Make the files of a scratch folder an entry: describe them in entry.json, flush them, set the modes.

    What is returned is the entry that it will be when it is renamed to `folder`.

    Folders inside the scratch folder are work space of the build, and are removed.

    Raises
    ------
    StoreError
        If there is no file, or one that cannot be part of an entry: a symbolic link, or a reserved name.
    """
    files: dict[str, dict[str, object]] = {}
    for item in sorted(os.scandir(scratch), key=lambda item: item.name):
        if item.is_dir(follow_symlinks=False):
            delete(Path(item.path))
        elif not item.is_file(follow_symlinks=False) or item.name in (DESCRIPTION, USED):
            raise StoreError(
                f"the build of {label or key} left {item.name}. Entries of the cache are made of ordinary "
                f"files not named {DESCRIPTION} or {USED}. Change the build."
            )
        else:
            files[item.name] = _sealed(Path(item.path))
    if not files:
        raise StoreError(f"the build of {label or key} left no file. Change the build.")
    record: dict[str, object] = {
        "format": FORMAT,
        "key": key,
        "label": label,
        "created": time.time(),
        "files": files,
    }
    path = scratch / DESCRIPTION
    path.write_text(json.dumps(record | {"sum": _sum_of(record)}, indent=1), encoding="ascii")
    _sealed(path)
    (scratch / USED).touch(0o644)
    scratch.chmod(0o755)
    flush_folder(scratch)
    return Entry(key, folder, record)


def read_entry(folder: Path, key: str) -> Entry | Damage | None:
    """The entry in a folder when it is sound, the reason when it is not, None when there is none.

    Nothing in the folder is believed before its owner, mode, size and sha256 are what they must be.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        return Damage(f"it cannot be opened as a folder ({error.strerror})")
    try:
        found = _verified(descriptor, folder, key)
        if isinstance(found, Damage) and not _is_at(descriptor, folder):
            # Removed by another process while we read.
            return None
        return found
    finally:
        os.close(descriptor)


def flush_folder(folder: Path) -> None:
    """Have the names in a folder written to disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _verified(descriptor: int, folder: Path, key: str) -> Entry | Damage:
    status = os.fstat(descriptor)
    if not is_trusted(status):
        return Damage(f"its folder is {description(status)}")
    text = _content(descriptor, DESCRIPTION)
    if isinstance(text, Damage):
        return text
    try:
        record = json.loads(text)
        expected = record.pop("sum")
        sound = expected == _sum_of(record) and record["format"] == FORMAT and record["key"] == key
        files = record["files"].items() if sound else ()
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        sound = False
    if not sound:
        return Damage(f"{DESCRIPTION} is not what was written")
    for name, expectation in files:
        hashed = name.endswith(_LIBRARIES) or expectation["size"] <= _SMALL_BYTES
        content = _content(descriptor, name, expectation["size"], read=hashed)
        if isinstance(content, Damage):
            return content
        if hashed and hashlib.sha256(content).hexdigest() != expectation["sha256"]:
            return Damage(f"the content of {name} is not what was written (sha256 differs)")
    return Entry(key, folder, record)


def _content(folder: int, name: str, size: int | None = None, *, read: bool = True) -> bytes | Damage:
    """The bytes of a file (none with ``read=False``), or what is wrong with it. Links are not followed."""

    def opened(path: str, flags: int) -> int:
        return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)

    try:
        with open(name, "rb", opener=opened) as stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode) or not is_trusted(status):
                return Damage(f"{name} is {description(status)}")
            if size is not None and status.st_size != size:
                return Damage(f"{name} has {status.st_size} bytes, not {size}")
            return stream.read() if read else b""
    except FileNotFoundError:
        return Damage(f"{name} is missing")
    except OSError as error:
        return Damage(f"{name} cannot be read ({error.strerror})")


def _sealed(path: Path) -> dict[str, object]:
    # 0o444 protects from accidents; who may come here at all is decided by the mode of the store's folder.
    path.chmod(0o444)
    with path.open("rb") as stream:
        checksum = hashlib.file_digest(stream, "sha256").hexdigest()
        os.fsync(stream.fileno())
        return {"size": os.fstat(stream.fileno()).st_size, "sha256": checksum}


def _sum_of(record: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode("ascii")).hexdigest()


def _is_at(descriptor: int, folder: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(folder))
    except OSError:
        return False
