"""Showing how far a long task is: bars on a terminal, one line for each step elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress


class Steps:
    """Somewhere to say what is being done.

    Parameters
    ----------
    wanted
        Whether to show anything.
    bars
        Where to draw bars; without it, each finished step is a line on standard error.
    """

    def __init__(self, *, wanted: bool, bars: Progress | None = None) -> None:
        self._wanted = wanted
        self._bars = bars

    @contextlib.contextmanager
    def step(self, title: str, total: float) -> Iterator[Callable[[float], None]]:
        """Begin a step; what it gives is to be called with the amount of work done since the last call."""
        start = time.monotonic()
        if self._bars is None:
            yield _ignore
            self.say(f"{title}: done in {time.monotonic() - start:.1f} s")
            return
        bars = self._bars
        task = bars.add_task(title, total=total)
        yield lambda amount: bars.advance(task, amount)
        bars.update(task, completed=total)
        bars.stop_task(task)

    def say(self, text: str) -> None:
        """Show a line."""
        if self._bars is not None:
            self._bars.console.print(text, markup=False, highlight=False)
        elif self._wanted:
            print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def show_steps(*, wanted: bool) -> Iterator[Steps]:
    """Show steps as suits standard error, or not at all."""
    if not wanted or not sys.stderr.isatty():
        yield Steps(wanted=wanted)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:28}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        yield Steps(wanted=True, bars=bars)


def _ignore(amount: float) -> None:
    del amount
