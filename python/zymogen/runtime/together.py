"""Building several kernels and derivatives at the same time."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from contextlib import suppress
from typing import Protocol, TypeVar, runtime_checkable

from zymogen.errors import ArgumentError, ZymogenError
from zymogen.runtime.kernel import Kernel
from zymogen.runtime.threads import usable_cores


@runtime_checkable
class Buildable(Protocol):
    """A kernel, a derivative or a sparse derivative."""

    def build(self) -> object: ...


_Item = TypeVar("_Item", bound=Buildable)


def compile_all(derivatives: Iterable[_Item], *, jobs: int | None = None) -> tuple[_Item, ...]:
    """Compile now all that calls of these kernels and derivatives need, several at the same time.

    Parameters
    ----------
    derivatives : kernels, derivatives, and sparse derivatives whose pattern is given
    jobs : how many are compiled at the same time, by default one for each core that the process may use; each is a
        compiler in a process of its own, with some hundred megabytes

    Returns
    -------
    The same, built.

    Raises
    ------
    CompileError
        Or another error of `build`: the first in the order given. Notes name further ones. All others are built.
    ArgumentError
        If one of them cannot be built, or `jobs` is no integer from 1 on.
    """
    from concurrent.futures import ThreadPoolExecutor

    if isinstance(derivatives, (Buildable, str)):
        raise ArgumentError(
            f"compile_all: {derivatives!r} is one thing. Expected is a list of kernels and derivatives, such as "
            "[zg.grad(f), zg.hessian(f)]."
        )
    items = tuple(derivatives)
    for number, item in enumerate(items):
        if not isinstance(item, Buildable):
            raise ArgumentError(
                f"compile_all: number {number} is {item!r}, of type {type(item).__name__}. Expected are kernels and "
                "derivatives, such as [zg.grad(f), zg.hessian(f)]."
            )
    with ThreadPoolExecutor(_checked(jobs)) as pool:
        # What takes one of several ways has a build for each.
        list(pool.map(_attempt, (way for item in items if isinstance(item, Kernel) for way in item.ways)))
        outcomes = list(pool.map(_outcome, items))
    failures = [(item, error) for item, error in zip(items, outcomes, strict=True) if error is not None]
    if failures:
        (_, first), *others = failures
        for item, error in others:
            first.add_note(f"{getattr(item, 'name', item)} was not built either: {error}")
        raise first
    return items


def _attempt(way: Kernel) -> None:
    with suppress(ZymogenError):  # it is asked for again
        _ = way.artifact


def _outcome(item: Buildable) -> ZymogenError | None:
    try:
        item.build()
    except ZymogenError as error:
        return error
    return None


def _checked(jobs: int | None) -> int:
    if jobs is None:
        return usable_cores()
    try:
        number = 0 if isinstance(jobs, bool) else operator.index(jobs)
    except TypeError:
        number = 0
    if number < 1:
        raise ArgumentError(f"compile_all: jobs is {jobs!r}. Expected is an integer from 1 on.")
    return number
