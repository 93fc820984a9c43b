"""What is measured: each module here is a problem.

It has a `NAME`, a function `measure(effort)` that gives figures, and `GOALS`. A module that is put here takes part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

from figure import Figure
from goals import Goal
from timing import Effort


@dataclass(frozen=True)
class Problem:
    name: str
    about: str
    measure: Callable[[Effort], Iterator[Figure]]
    goals: tuple[Goal, ...]


def find_problems() -> dict[str, Problem]:
    """The problems, by name: the use cases, which have letters, before the others; each in the order of their files."""
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    about = [(module.__doc__ or "").splitlines()[0] for module in modules]
    problems = [
        Problem(module.NAME, line, module.measure, module.GOALS) for module, line in zip(modules, about, strict=True)
    ]
    return {problem.name: problem for problem in sorted(problems, key=lambda problem: len(problem.name) > 1)}
