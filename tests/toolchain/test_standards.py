"""Language standards are looked at before anything is compiled."""

from __future__ import annotations

from pathlib import Path

import pytest

import zymogen as zg
from zymogen.cli.ahead import Given, build_module
from zymogen.errors import ArgumentError
from zymogen.toolchain.standards import check_standard

ACCEPTED = r"Expected is c\+\+20, c\+\+23 .* or c\+\+26, or gnu\+\+20, .*: headers of zymogen need C\+\+20"


@pytest.mark.parametrize("standard", ["c++20", "gnu++20", "c++23", "c++2b", "c++26", "gnu++2c"])
def test_standards_from_20_on_are_accepted(standard):
    check_standard(standard, "compile", "std")


@pytest.mark.parametrize("standard", ["c++17", "gnu++17", "c++11", "c++0x", "c++230", "C++20", "20", "", 20, None])
def test_others_are_refused_by_compile(standard):
    with pytest.raises(ArgumentError, match=rf"^compile: std is {standard!r}\. ".replace("+", r"\+") + ACCEPTED):
        zg.compile("int i;", std=standard)


def test_others_are_refused_by_cmake(tmp_path):
    empty = dict.fromkeys(["derivatives", "architectures", "include", "define", "flags", "libraries"], ())
    places = {"sources": [Path("mine.cpp")], "root": tmp_path, "folder": tmp_path, "depfile": tmp_path}
    given = Given("mine", **places, **empty, standard="c++17", math="strict", has_sources=True)
    with pytest.raises(ArgumentError, match=r"^zymogen_add_module\(mine\): STANDARD is 'c\+\+17'\. " + ACCEPTED):
        build_module(given)
