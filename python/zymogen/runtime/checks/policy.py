"""When derivatives are checked: at their first use, at every call, or never."""

from __future__ import annotations

import os
from typing import Literal, get_args

from zymogen import _core
from zymogen.errors import ArgumentError

VARIABLE = "ZYMOGEN_CHECKS"

Mode = Literal["first", "always", "off"]

_MODES = get_args(Mode)


class Policy:
    """The mode in force, and what tells a call that it has nothing more to check."""

    def __init__(self) -> None:
        self.mode: Mode = "first"
        self.settled: object = object()
        """Kernels that hold this very object are called without a look back. A change of mode replaces it."""
        _core.set_settled(self.settled)

    def change(self, mode: Mode) -> None:
        self.mode = mode
        self.settled = object()
        _core.set_settled(self.settled)


policy = Policy()


def set_checks(mode: Mode) -> None:
    """Say when derivatives are checked from now on, in all kernels of this process.

    Parameters
    ----------
    mode : "first" compares a derivative with differences at the first call of a fresh build, and remembers on disk
        that it passed; "always" compares at every call and remembers nothing; "off" never compares

    Raises
    ------
    ValueError
        If it is none of these.
    """
    if mode not in _MODES:
        raise ArgumentError(f"set_checks: {mode!r} was given. Expected is 'first', 'always' or 'off'.")
    policy.change(mode)


def get_checks() -> Mode:
    """When derivatives are checked: "first", "always" or "off"."""
    return policy.mode


def apply_environment() -> None:
    """Take the mode from ZYMOGEN_CHECKS."""
    text = os.environ.get(VARIABLE)
    if text is None:
        return
    mode = next((mode for mode in _MODES if mode == text.strip()), None)
    if mode is None:
        raise ArgumentError(f"{VARIABLE} is {text!r}. Expected is 'first', 'always' or 'off'. Correct or unset it.")
    policy.change(mode)
