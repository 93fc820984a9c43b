"""Checks in a cache of their own: what a test plants must not count as checked anywhere else."""

from __future__ import annotations

import pytest

import zymogen as zg
from zymogen.runtime import kernel
from zymogen.runtime.checks import records


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """A process that has built and checked nothing yet, with an empty cache."""
    monkeypatch.setenv("ZYMOGEN_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(kernel, "_artifacts", {})
    monkeypatch.setattr(records, "_passed", set())
    monkeypatch.setattr(records, "_tries", {})


@pytest.fixture(autouse=True)
def _checks_as_by_default():
    before = zg.get_checks()
    zg.set_checks("first")
    yield
    zg.set_checks(before)
