"""Compiler logs, and archives that repeat crashes, that outlive their scratch folder: error messages name them."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

KEPT_LOGS = 50
KEPT_ARCHIVES = 10
_ARCHIVE = ".tar.gz"


def keep_log(folder: Path, path: Path, name: str) -> Path:
    """Copy a log into a folder of logs, of which the newest fifty stay; of archives, the newest ten.

    Parameters
    ----------
    folder : where logs are kept
    path : the log, or an archive by the ending of its name
    name : what the log is of, for people; characters that are awkward in file names are replaced

    Returns
    -------
    Path : of the copy
    """
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:80] or "build"
    moment = time.time_ns()
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(moment // 10**9))
    # Nanoseconds keep the order of logs written in one second, and the process number makes the name unique.
    is_archive = path.name.endswith(_ARCHIVE)
    ending = _ARCHIVE if is_archive else ".log"
    kept = folder / f"{stamp}.{moment % 10**9:09d}-{plain.removesuffix(ending)}-{os.getpid()}{ending}"
    content = path.read_bytes()
    try:
        kept.write_bytes(content)
    except OSError:
        # A piece of a log misleads more than none.
        kept.unlink(missing_ok=True)
        raise
    for old in (*logs(folder)[:-KEPT_LOGS], *archives(folder)[:-KEPT_ARCHIVES]):
        old.unlink(missing_ok=True)
    return kept


def logs(folder: Path) -> list[Path]:
    """The logs in a folder, oldest first."""
    return sorted(folder.glob("*.log"))


def archives(folder: Path) -> list[Path]:
    """The archives in a folder, oldest first."""
    return sorted(folder.glob(f"*{_ARCHIVE}"))
