"""Whether the store's folder can be used: who may write to it, and what errors of its disk mean."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import TYPE_CHECKING

from zymogen.errors import StoreError
from zymogen.ownership import description, is_trusted, user

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_READ_ONLY = {errno.EACCES, errno.EPERM, errno.EROFS}
_OTHER_FOLDER = "set ZYMOGEN_CACHE_DIR=FOLDER to a folder of your own"


def is_full(error: BaseException) -> bool:
    """Whether an error says that the disk, the quota or the file size limit is used up."""
    return isinstance(error, OSError) and error.errno in _FULL


def check_folder(folder: Path) -> bool:
    """Refuse a store folder that others could have written to.

    Parameters
    ----------
    folder : an absolute path without symbolic links (see `os.path.realpath`)

    Returns
    -------
    bool : False when the folder does not exist yet

    Raises
    ------
    StoreError
        If it belongs to neither this user nor root, if its group or everybody may write to it, or if it lies
        in a folder where everybody may replace it (writable by all, without the sticky bit that /tmp has).
    """
    try:
        status = os.lstat(folder)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StoreError(explanation(folder, error)) from error
    name = f"zymogen's cache folder {folder}"
    if not stat.S_ISDIR(status.st_mode):
        raise StoreError(f"{name}: it is no folder ({description(status)}). Remove it, or {_OTHER_FOLDER}.")
    if status.st_uid not in (os.geteuid(), 0):
        raise StoreError(
            f"{name}: it is {description(status)}, and this process runs as {user(os.geteuid())}. What "
            f"lies there is executed, so it must be yours (or root's, for reading). Please {_OTHER_FOLDER}."
        )
    if not is_trusted(status):
        # A folder like /tmp, or one of root's, is meant for everybody and not to be changed for us.
        ours = status.st_uid == os.geteuid() and not status.st_mode & stat.S_ISVTX
        cure = f"If you trust all of it, run `chmod go-w {folder}`; otherwise" if ours else "Please"
        raise StoreError(
            f"{name}: it is {description(status)}, so that others can write to it. What lies there is "
            f"executed, so only you may. {cure} {_OTHER_FOLDER}."
        )
    for parent in folder.parents:
        status = os.lstat(parent)
        if status.st_mode & stat.S_IWOTH and not status.st_mode & stat.S_ISVTX:
            raise StoreError(
                f"{name}: {parent} is {description(status)}, so that anybody can put another folder in its "
                f"place. Run `chmod o-w {parent}`, or {_OTHER_FOLDER}."
            )
    return True


@contextlib.contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn errors of the file system into a `StoreError` that says what to do."""
    try:
        yield
    except OSError as error:
        raise StoreError(explanation(folder, error)) from error


def explanation(folder: Path, error: OSError) -> str:
    """What an error of the file system means for the user of the store at `folder`."""
    place = f"zymogen's cache folder {folder}"
    where = f" ({error.filename})" if error.filename else ""
    seen = f"{error.strerror or error}{where}"
    if error.errno in _FULL:
        return (
            f"{place}: there is no space left for a build: {seen}. Free some with `zymogen cache prune` or "
            f"`zymogen cache clear`, or {_OTHER_FOLDER} on another disk."
        )
    if error.errno in _READ_ONLY:
        return (
            f"{place}: it cannot be written: {seen}{_owner(folder)}. Builds that are there already can be "
            f"used. For new ones {_OTHER_FOLDER}, or let the owner of the folder make them."
        )
    return f"{place}: {seen}. Check the folder and its disk, or {_OTHER_FOLDER}."


def _owner(folder: Path) -> str:
    try:
        return f"; it is {description(folder.stat())}, and this process runs as {user(os.geteuid())}"
    except OSError:
        return ""
