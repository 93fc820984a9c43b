"""Facts about Python, threads and the cache."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from zymogen.build.store import Store
from zymogen.cli.amounts import readable_size
from zymogen.cli.page import Fact
from zymogen.errors import ZymogenError

if TYPE_CHECKING:
    from collections.abc import Iterator


def python_facts() -> Iterator[Fact]:
    """Give versions of Python and of what derivatives are used with."""
    yield Fact("Python", f"{platform.python_version()}  {sys.executable}")
    for package in ("zymogen", "numpy", "scipy", "dask"):
        try:
            yield Fact(package, version(package))
        except PackageNotFoundError:
            if package in ("zymogen", "numpy"):
                yield Fact(package, "not installed", f"Run `python -m pip install {package}`.")
    yield _threads()


def cache_facts() -> Iterator[Fact]:
    """Where finished builds are, how many, and whether they are safe from others."""
    try:
        store = Store()
        info = store.info()
    except ZymogenError as problem:
        yield Fact("folder", "cannot be used", str(problem))
        return
    danger = store.problem()
    yield Fact("folder", str(info.folder), danger or "")
    if danger is None:
        who = "only you can write to it" if info.folder.exists() else "not there yet; made when something is built"
        yield Fact("safety", who)
    yield Fact("builds", f"{info.entries}, {readable_size(info.bytes)}")
    if info.oldest is not None and info.newest is not None:
        yield Fact("built", f"{info.oldest:%Y-%m-%d %H:%M} to {info.newest:%Y-%m-%d %H:%M} UTC")
    if info.logs or info.staging:
        yield Fact("besides", f"{info.logs} logs of failed builds, {info.staging} builds in progress")


def _threads() -> Fact:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    try:
        import zymogen as zg

        return Fact("threads", f"{zg.get_num_threads()} at most for a batch, {cores} usable cores")
    except (ImportError, AttributeError) as problem:
        return Fact("threads", f"unknown ({problem})", "Install zymogen again: it does not load.")
