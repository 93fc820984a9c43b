"""Batches that take long: what computes them is built for their sizes meanwhile, and takes over.

The general code serves until then. So a batch costs at most about twice what it would have cost if that had been
known beforehand: what is spent on a build is no more than what had been spent on batches before (the rule of renting
skis until their price is paid; Karlin, Manasse, Rudolph and Sleator, Competitive snoopy caching, Algorithmica 3, 1988).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from zymogen import _core
from zymogen.errors import ArgumentError
from zymogen.planning.names import entry_name
from zymogen.runtime.agreement import agree
from zymogen.runtime.ufunc import core_dimensions, dtype_of, visible

if TYPE_CHECKING:
    from zymogen.runtime.kernel import Kernel

VARIABLE = "ZYMOGEN_SPECIALIZATION"

Mode = Literal["auto", "off"]

_ENOUGH = 2.0
"""Seconds that batches of one size must have taken; about what a build takes."""

_BEING_BUILT = "being built"

_mode: Mode = "auto"
_lock = threading.Lock()
_being_built: list[_Promotion] = []


def set_specialization(mode: Mode) -> None:
    """Say whether batches that take long get code for their sizes, built in the background.

    Parameters
    ----------
    mode : "auto" builds it once batches of one size have taken two seconds together, and lets it take over when it
        agrees with what was computed before; "off" never does, nor does what is being built take over then. Code that
        has taken over stays. `Kernel.specialize` does the same at once and in the foreground, whatever the mode.

    Raises
    ------
    ValueError
        If it is neither.

    Notes
    -----
    Time is counted for eight sizes of each kernel and derivative; where there are more, those that took least are
    forgotten. Batches of less than 64 rows do not count, nor do those whose results are written over their arguments
    (``out=``), which cannot be compared.

    Numbers may change by rounding when the other code takes over. Where runs must repeat each other to the last bit,
    choose "off".
    """
    global _mode  # noqa: PLW0603  one choice for the process, as that of threads
    if mode not in get_args(Mode):
        raise ArgumentError(f"set_specialization: {mode!r} was given. Expected is 'auto' or 'off'.")
    with _lock:  # what is being built does not take over any more
        _mode = mode
    _core.set_watch(_listen if mode == "auto" else None, _ENOUGH)


def get_specialization() -> Mode:
    """Whether batches that take long get code for their sizes: "auto" or "off"."""
    return _mode


def apply_environment() -> None:
    """Take the mode from ZYMOGEN_SPECIALIZATION, else "auto"."""
    text = os.environ.get(VARIABLE, "auto").strip()
    if text not in get_args(Mode):
        raise ArgumentError(f"{VARIABLE} is {text!r}. Expected is 'auto' or 'off'. Correct or unset it.")
    set_specialization("auto" if text == "auto" else "off")


def state_of(ufunc: np.ufunc) -> list[tuple[tuple[int, ...], str]]:
    """For each size whose batches have taken long: what has become of it."""
    with _lock:
        return [(sizes, state) for (_, sizes), state in _core.states_of(ufunc).items()]


@dataclass(frozen=True, eq=False)
class _Promotion:
    """What is to take over from what, for which sizes."""

    ufunc: np.ufunc
    loop: int
    sizes: tuple[int, ...]
    general: Kernel
    special: Kernel
    """For these sizes alone."""

    def begin(self) -> bool:
        """Say that it is being built; False where it is already, or has been."""
        with _lock:
            states = _core.states_of(self.ufunc)
            if (self.loop, self.sizes) in states:
                return False
            _being_built.append(self)  # first, so that a child that is forked here sees to the state, too
            states[self.loop, self.sizes] = _BEING_BUILT
        return True

    def end(self, state: str) -> None:
        with _lock:
            _core.states_of(self.ufunc)[self.loop, self.sizes] = state
            _being_built.remove(self)


def _after_fork() -> None:
    """In a child: the thread that builds is not in it, nor is the one that may have held the lock."""
    global _lock  # noqa: PLW0603  one for the process
    _lock = threading.Lock()
    while _being_built:
        promotion = _being_built.pop()
        states = _core.states_of(promotion.ufunc)
        where = promotion.loop, promotion.sizes
        if states.get(where, _BEING_BUILT) == _BEING_BUILT:  # otherwise the thread was about to end
            states[where] = "not to be had: the process was forked meanwhile"


os.register_at_fork(after_in_child=_after_fork)


def _listen(ufunc: np.ufunc, loop: int, sizes: tuple[int, ...]) -> Callable[[Sequence[bytes]], None] | None:
    """Called within a call of the ufunc, after its rows are computed.

    Gives back what wants the first rows of the operands; None where nothing is to be built.
    """
    with _lock:
        if (loop, sizes) in _core.states_of(ufunc):
            return None
    try:
        promotion = _promotion(ufunc, loop, sizes)
        obstacle = promotion.special.plan.obstacle
    except Exception as error:  # noqa: BLE001  the general code goes on, and `explain` says why
        obstacle = str(error)
    if obstacle:
        with _lock:
            _core.states_of(ufunc)[loop, sizes] = f"not to be had: {obstacle}"
        return None
    return partial(_start, promotion)


def _promotion(ufunc: np.ufunc, loop: int, sizes: tuple[int, ...]) -> _Promotion:
    recipe: Any = _core.recipe_of(ufunc)
    kind, made = recipe
    general: Kernel = kind(*made)
    named = zip(core_dimensions(general.plan, general.bound), sizes, strict=True)
    special = general.specialize(**{name: size for name, size in named if not name.isdigit()})
    return _Promotion(ufunc, loop, sizes, general, special)


def _start(promotion: _Promotion, operands: Sequence[bytes]) -> None:
    if not promotion.begin():
        return
    arguments = (promotion, operands)
    try:
        threading.Thread(target=_promote, args=arguments, name="zymogen-specialize", daemon=True).start()
    except RuntimeError as error:  # the interpreter ends, or the system allows no further thread
        promotion.end(f"not to be had: {error}")


def _promote(promotion: _Promotion, operands: Sequence[bytes]) -> None:
    try:
        state = _take_over(promotion, operands)
    except Exception as error:  # noqa: BLE001  the general code goes on, and `explain` says why
        state = f"not to be had: {error}"
    promotion.end(state)


def _take_over(promotion: _Promotion, operands: Sequence[bytes]) -> str:
    general, special = promotion.general, promotion.special
    artifact = special.artifact
    if not artifact.facts.variant.blocks:
        return f"not to be had: {artifact.facts.hindrance}"
    arrays = _arrays(promotion, operands)
    count = len(general.operands)
    with np.errstate(all="ignore"):  # the caller has seen what these rows raise
        found = special.ufunc(*arrays[:count])  # flat, as the operands are; a kernel's own call may nest its results
    for own, expected in zip(found if isinstance(found, tuple) else (found,), arrays[count:], strict=True):
        if not agree(own, expected, general.unit.options.math):
            return "not to be had: its results differ"
    library = _core.open_library(str(artifact.library))
    address = library.address(artifact.symbol(entry_name(promotion.loop)))
    with _lock:
        if _mode == "off":
            return "not to be had: it was switched off meanwhile"
        _core.add_sized_entry(promotion.ufunc, promotion.loop, promotion.sizes, address)
    return "in use"


def _arrays(promotion: _Promotion, operands: Sequence[bytes]) -> list[np.ndarray]:
    """The operands of some rows, out of their bytes."""
    general = promotion.general
    named = dict(zip(core_dimensions(general.plan, general.bound), promotion.sizes, strict=True))
    return [
        np.frombuffer(data, dtype_of(operand.element)).reshape(
            -1, *(named.get(dim) or int(dim) for dim in operand.dims)
        )
        for operand, data in zip(visible(general.plans[promotion.loop].operands, general.bound), operands, strict=True)
    ]
