"""Checks in a cache of their own: what a test plants must not count as checked anywhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zymogen as zg
from zymogen.build import compilation
from zymogen.build.precompiled import make_headers
from zymogen.build.store import Store
from zymogen.runtime import kernel
from zymogen.runtime.checks import first_use, records
from zymogen.runtime.checks.level import Comparison

KERNELS = Path(__file__).with_name("wrong.cpp")
"""Kernels with derivatives that would be wrong, most of which are refused."""

X = np.array([0.7, 0.4, 1.1, 0.9, 0.6, 1.3])
U = np.array([1.0, -0.5, 0.25, 2.0, -1.0, 0.75])
MODES = {
    "reverse": lambda f: zg.grad(f)(X),
    "forward": lambda f: zg.jvp(f)(X, U),
    "forward in lanes": lambda f: zg.jacobian(f, mode="forward")(X),
    "one component": lambda f: zg.partial(f, ("x", 1))(X),
    "forward over forward": lambda f: zg.partial(f, ("x", 0), ("x", 1))(X),
    "hessian": lambda f: zg.hessian(f, mode="forward")(X),
    "forward over reverse": lambda f: zg.jvp(zg.grad(f))(X, U),
    "reverse over forward": lambda f: zg.grad(zg.partial(f, ("x", 1)))(X),
    "reverse over forward, and the direction": lambda f: zg.grad(zg.jvp(f), (0, 1), output="dout")(X, U),
    "reverse over reverse": lambda f: zg.vjp(zg.grad(f))(X, U),
}


def begin_anew(patch: pytest.MonkeyPatch, cache: Path) -> None:
    """Go on as a process that has built and checked nothing yet, with this folder as its cache.

    Headers of the C++ library, which most builds begin with, are taken from where they are already.
    """
    usual = Store()
    patch.setattr(compilation, "make_headers", lambda unit, _: make_headers(unit, usual))
    patch.setenv("ZYMOGEN_CACHE_DIR", str(cache))
    patch.setattr(kernel, "_artifacts", {})
    patch.setattr(records, "_passed", set())
    patch.setattr(records, "_tries", {})


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """A process that has built and checked nothing yet, with an empty cache."""
    begin_anew(monkeypatch, tmp_path / "cache")


@pytest.fixture
def library(fresh):
    return zg.compile(KERNELS)


@pytest.fixture
def noted(monkeypatch):
    """Makes a list that grows by what is to be noted of each level that is compared at a first use, in order."""

    def start(note: Callable[[Comparison], Any]) -> list[Any]:
        seen = []
        real = first_use.compare

        def spy(*call):
            for comparison in real(*call):
                seen.append(note(comparison))
                yield comparison

        monkeypatch.setattr(first_use, "compare", spy)
        return seen

    return start


@pytest.fixture(autouse=True)
def _checks_as_by_default():
    before = zg.get_checks()
    zg.set_checks("first")
    yield
    zg.set_checks(before)


@pytest.fixture
def derive():
    """Calls a derivative, named by its mode, of a kernel of `x(n) -> ()`."""
    return lambda kernel, mode: MODES[mode](kernel)


@pytest.fixture
def no_refusals(monkeypatch):
    """Constructs that are found in the code before Enzyme gets it are let through."""
    monkeypatch.setattr(compilation, "refuse_traps", lambda *_: None)
