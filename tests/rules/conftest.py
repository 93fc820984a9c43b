"""Kernels that call functions with rules, compiled once."""

from __future__ import annotations

from pathlib import Path

import pytest

import zymogen as zg


@pytest.fixture(scope="session")
def numbers() -> zg.Library:
    return zg.compile(Path(__file__).with_name("numbers.cpp"))
