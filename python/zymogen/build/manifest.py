"""From a source to its build without compiling: which headers it read, and whether they are still the same.

What a C++ source includes is known only after its preprocessor has run, which costs a child process. So the
first build notes the files that were read and their checksums beside its result; a later request for the same
source and options finds the result when all of these files are unchanged. (ccache calls this its direct mode.
Like there, a new header that would now be found earlier on the include path is not noticed.)
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from zymogen.build.store.lock import take
from zymogen.build.store.store import Store, check_key
from zymogen.errors import StoreError
from zymogen.ownership import is_trusted

if TYPE_CHECKING:
    from collections.abc import Iterable

Dependency: TypeAlias = "tuple[str, str, int, int]"
"""Path, sha256, size, and modification time in nanoseconds."""

VARIANTS = 8
# A file written twice within the resolution of its time stamp looks unchanged; the coarsest is 2 s (FAT).
_RESOLUTION_NS = 2 * 10**9
# The clock of time stamps ticks every few milliseconds, so that they lie up to one tick in the past. Linux
# says how long a tick is (5 is CLOCK_REALTIME_COARSE, which Python has no name for).
_TICK_NS = int(time.clock_getres(5) * 1e9) if sys.platform == "linux" else 20 * 10**6
_LOCK_SECONDS = 1.0


class Manifest:
    """Remembered results of sources, each with the files that it depends on.

    Parameters
    ----------
    store : Store, in whose folder the manifests lie
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def lookup(self, key: str) -> Any | None:
        """What was recorded for a key with dependencies that are all unchanged, or None.

        Raises
        ------
        StoreError
            If the store's folder could have been written by others.
        """
        now_known: dict[str, tuple[str, int] | None] = {}
        for variant in self._variants(key):
            if all(_unchanged(dependency, variant["recorded"], now_known) for dependency in variant["dependencies"]):
                return variant["payload"]
        return None

    def record(
        self,
        key: str,
        dependencies: Iterable[str | os.PathLike[str]],
        payload: Any,
        since_ns: int | None = None,
    ) -> bool:
        """Remember a result with the files that it was made from; the newest eight per key are kept.

        Parameters
        ----------
        key : digest of the source text, options and tools
        dependencies : paths of the files that were read
        payload : anything that JSON can hold, but not None
        since_ns : `time.time_ns()` from before the files were read; when one of them was changed later, it is
            not known which content was read, and nothing is recorded

        Returns
        -------
        bool : whether it was recorded. A store that cannot be written is no error: the source is then
            compiled again.
        """
        recorded = time.time_ns()
        described = [_described(Path(path).absolute(), since_ns) for path in dependencies]
        if None in described:
            return False
        variant = {"recorded": recorded, "dependencies": described, "payload": payload}
        # Through JSON and back, so that it compares equal to what was read.
        variant = json.loads(json.dumps(variant))
        try:
            self._store.make_folders()
            return self._add(key, variant)
        except (OSError, StoreError):
            return False

    def _add(self, key: str, variant: dict[str, Any]) -> bool:
        path = self._path(key)
        deadline = time.monotonic() + _LOCK_SECONDS
        # Without the lock, one of two variants written at the same time is lost, and compiled again some day.
        while (lock := take(self._store.locks / f"manifest-{key}.lock")) is None and time.monotonic() < deadline:
            time.sleep(0.002)
        try:
            kept = [old for old in self._variants(key) if old["dependencies"] != variant["dependencies"]]
            temporary = self._store.manifests / f"{path.stem}.{os.urandom(8).hex()}.tmp"
            try:
                temporary.write_text(json.dumps({"variants": [variant, *kept][:VARIANTS]}), encoding="ascii")
                temporary.chmod(0o644)
                temporary.replace(path)
            except OSError:
                with contextlib.suppress(OSError):
                    temporary.unlink()
                raise
        finally:
            if lock is not None:
                lock.release()
        return True

    def _variants(self, key: str) -> list[dict[str, Any]]:
        """What is written for a key; nothing when it cannot be read, or was written by somebody else."""
        path = self._path(key)
        if not self._store.is_there():
            return []
        try:
            with path.open("rb") as stream:
                if not is_trusted(os.fstat(stream.fileno())):
                    return []
                return [variant for variant in json.load(stream)["variants"] if _is_variant(variant)]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return []

    def _path(self, key: str) -> Path:
        check_key(key)
        return self._store.manifests / f"{key}.json"


def _is_variant(variant: object) -> bool:
    """Whether a variant has the form that `record` writes: a file cut short or edited counts as no file."""
    return (
        isinstance(variant, dict)
        and isinstance(variant.get("recorded"), int)
        and variant.get("payload") is not None
        and isinstance(variant.get("dependencies"), list)
        and all(_is_dependency(item) for item in variant["dependencies"])
    )


def _is_dependency(item: object) -> bool:
    return isinstance(item, list) and [type(field) for field in item] == [str, str, int, int]


def _unchanged(dependency: Dependency, recorded: int, now_known: dict[str, tuple[str, int] | None]) -> bool:
    """Whether a file still has the content that was recorded; `now_known` keeps what was hashed already."""
    name, checksum, size, modified = dependency
    path = Path(name)
    try:
        status = path.stat()
    except (OSError, ValueError):
        return False
    if status.st_size != size:
        return False
    if status.st_mtime_ns == modified and modified < recorded - _RESOLUTION_NS:
        return True
    if name not in now_known:
        now_known[name] = _content(path)
    content = now_known[name]
    return content is not None and content[0] == checksum


def _described(path: Path, since_ns: int | None) -> Dependency | None:
    # The time stamps are taken before the content: a change in between then shows as a different time later.
    try:
        status = path.stat()
    except OSError:
        return None
    changed = max(status.st_mtime_ns, status.st_ctime_ns)
    content = _content(path)
    if content is None or content[1] != status.st_size or not stat.S_ISREG(status.st_mode):
        return None
    if since_ns is not None and changed >= since_ns - _TICK_NS:
        return None
    return str(path), content[0], content[1], status.st_mtime_ns


def _content(path: Path) -> tuple[str, int] | None:
    """The sha256 and the size of a file, or None when it cannot be read."""
    try:
        with path.open("rb") as stream:
            content = stream.read()
    except OSError:
        return None
    return hashlib.sha256(content).hexdigest(), len(content)
