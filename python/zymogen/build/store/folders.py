"""The folders of a store: where they are, and that only their owner could have written to them.

Layout, below the store's folder::

    v1/<first two digits of key>/<key>/   an entry: its files, entry.json, used
    v1/staging/                           builds in progress, and removed entries until they are deleted
    v1/locks/  v1/logs/  v1/manifests/
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import sys
from pathlib import Path

from zymogen.build.store.safety import check_folder, explanation
from zymogen.errors import StoreError
from zymogen.ownership import description, is_trusted

_KEY = re.compile(r"[0-9a-f]{16,128}")


def check_key(key: str) -> None:
    """Refuse what is no key, and so could not be the name of a folder."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"{key!r} is not a key of the store. Keys are 16 to 128 hexadecimal digits, see `digest`.")


def default_folder() -> Path:
    """Where the store is: ``ZYMOGEN_CACHE_DIR``, else the user's cache folder for zymogen.

    Raises
    ------
    StoreError
        If the environment names no folder and the user has no home.
    """
    chosen = os.environ.get("ZYMOGEN_CACHE_DIR")
    try:
        folder = Path(chosen).expanduser().absolute() if chosen else _user_folder()
    except RuntimeError as error:
        raise StoreError(
            f"zymogen's cache folder: {error} Set ZYMOGEN_CACHE_DIR=FOLDER to a folder of your own."
        ) from error
    return folder


def _user_folder() -> Path:
    if sys.platform == "linux":
        # What platformdirs answers here, without the 15 ms that its import takes.
        base = Path(os.environ.get("XDG_CACHE_HOME", "").strip())
        folder = (base if base.is_absolute() else Path("~/.cache").expanduser()) / "zymogen"
    else:
        import platformdirs

        folder = platformdirs.user_cache_path("zymogen").expanduser()
    return folder


class Folders:
    """The folders of a store.

    Parameters
    ----------
    folder : Path, default `default_folder()`; it is made, with mode 0700, when something is built
    """

    def __init__(self, folder: Path | None = None) -> None:
        # Links on the way are resolved once and for all, so that what is checked is what is used.
        self.folder = Path(os.path.realpath(default_folder() if folder is None else folder))
        self.root = self.folder / "v1"
        self.staging = self.root / "staging"
        self.locks = self.root / "locks"
        self.logs = self.root / "logs"
        self.manifests = self.root / "manifests"

    def entry_folder(self, key: str) -> Path:
        """Where the entry of a key is, or will be."""
        check_key(key)
        return self.root / key[:2] / key

    def is_there(self) -> bool:
        """Whether the store exists; refuses it when others could have written to it."""
        return check_folder(self.folder) and self.is_safe(self.root)

    def is_safe(self, folder: Path) -> bool:
        """Whether a folder below the store's own exists; refuses one that others could have written to."""
        # Below the store's folder, which is safe, this is about links and about what was copied with its
        # owners.
        try:
            status = os.lstat(folder)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StoreError(explanation(self.folder, error)) from error
        if not stat.S_ISDIR(status.st_mode) or not is_trusted(status):
            raise StoreError(
                f"zymogen's cache folder {self.folder}: {folder} is {description(status)}. It must be a "
                f"folder that only you can write to. Remove {folder}, or set ZYMOGEN_CACHE_DIR=FOLDER to a "
                "folder of your own."
            )
        return True

    def make_folders(self) -> None:
        """Make what is missing of the store's own folders.

        Raises
        ------
        OSError
            If that is not possible.
        StoreError
            If the store's folder could have been written by others.
        """
        # Modes below do not depend on the umask; who may enter is decided by the first folder alone, so that
        # the owner of a store can open it to readers by one chmod.
        if not self.is_there():
            self.folder.parent.mkdir(0o700, parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                self.folder.mkdir(0o700)
            self.make_folder(self.root, 0o755)
        for folder, mode in (
            (self.staging, 0o700),
            (self.locks, 0o700),
            (self.logs, 0o700),
            (self.manifests, 0o755),
        ):
            self.make_folder(folder, mode)
        self.is_there()

    def make_folder(self, folder: Path, mode: int) -> None:
        """Make one folder below the store's own, with a mode that does not depend on the umask."""
        if self.is_safe(folder):
            return
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode)
            folder.chmod(mode)
