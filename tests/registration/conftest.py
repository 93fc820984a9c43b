"""The kernels of kernels/*.cpp, compiled."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

import zymogen as zg

KERNELS = Path(__file__).with_name("kernels")


@cache
def _compiled(name):
    return zg.compile(KERNELS / f"{name}.cpp")


def _fixture(name):
    @pytest.fixture(scope="session", name=name)
    def library():
        return _compiled(name)

    return library


numbers = _fixture("numbers")
views = _fixture("views")
arrays = _fixture("arrays")
places = _fixture("places")
names = _fixture("names")
behaviour = _fixture("behaviour")
