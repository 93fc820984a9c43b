"""Who may have written what we are about to execute: owners and modes of files and folders."""

from __future__ import annotations

import os
import stat


def is_trusted(status: os.stat_result) -> bool:
    """Whether only this user or root can have written a file or folder."""
    # Root could replace this very program, so what root wrote is as safe as we are.
    return status.st_uid in (os.geteuid(), 0) and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def description(status: os.stat_result) -> str:
    """Owner and mode, as in ``owned by alice (uid 1000), mode drwxrwxr-x``."""
    return f"owned by {user(status.st_uid)}, mode {stat.filemode(status.st_mode)}"


def user(number: int) -> str:
    """Name and number of a user."""
    # Imported here because it is needed for messages only.
    import pwd

    try:
        return f"{pwd.getpwuid(number).pw_name} (uid {number})"
    except KeyError:
        return f"uid {number}"
