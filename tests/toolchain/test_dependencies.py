"""Files that a compilation read, also those with names that make cannot stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from zymogen.toolchain import stages
from zymogen.toolchain.dependencies import parse_dependencies, read_dependencies
from zymogen.toolchain.tools import Options


def test_rule_is_read_over_several_lines():
    rule = "k.ll: /a/k.cpp \\\n  /a/b.hpp \\\n  /a/c.hpp\n"
    assert parse_dependencies(rule) == ("/a/k.cpp", "/a/b.hpp", "/a/c.hpp")


def test_escapes_of_make_are_undone():
    assert parse_dependencies(r"k.ll: my\ dir/h\ \#1$$.hpp back\slash.hpp") == (
        "my dir/h #1$.hpp",
        "back\\slash.hpp",
    )


def test_relative_names_count_from_the_working_folder_and_own_folders_are_left_out(tmp_path):
    rule = tmp_path / "k.d"
    rule.write_text("k.ll: k.cpp /t/include/vector /u/h.hpp k.cpp\n")
    read = read_dependencies(rule, tmp_path, (Path("/t/include"),))
    assert read == (tmp_path / "k.cpp", Path("/u/h.hpp"))


@pytest.mark.toolchain
@pytest.mark.parametrize("compile_it", [stages.compile_to_ir, stages.compile_description])
@pytest.mark.parametrize("name", ["plain.hpp", "with space.hpp", "a#b.hpp", "price$.hpp", "é.hpp"])
def test_every_header_of_the_user_is_told_and_none_of_the_toolchain(bench, name, compile_it):
    header = bench.write("#include <cmath>\ninline double twice(double x) { return 2 * x; }\n", name)
    source = bench.write(f'#include "{name}"\ndouble f(double x) {{ return twice(x); }}\n')
    read = compile_it(bench.toolchain, Options(), source, bench.folder / "k.ll", bench.workspace)
    assert read == (source, header)
