"""Headers of the C++ library that are read once for many builds."""

from __future__ import annotations

import numpy as np
import pytest

import zymogen as zg
from zymogen.build import precompiled
from zymogen.build.artifact import BEFORE
from zymogen.build.store import Store

KERNEL = """
#include <cmath>
#include <zymogen/kernel.hpp>
double wave(std::span<const double> x) { double s = 0; for (double e : x) s += std::sin(e) * e; return s; }
ZYMOGEN_KERNEL(wave, "x(n) -> ()");
"""


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ZYMOGEN_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def files(cache):
    return list(cache.glob("v1/??/*/headers.pch"))


def code(derivative):
    """What Enzyme is given, without the names of the files that it was made from."""
    listing = derivative.artifact.entry.path(BEFORE).read_text()
    return [line for line in listing.splitlines() if not line.startswith(("!", "; ModuleID", "source_filename"))]


@pytest.mark.toolchain
def test_code_is_the_same_as_without(own_cache, monkeypatch):
    lines = code(zg.grad(zg.compile(KERNEL).wave))
    assert len(files(own_cache)) == 1
    other = own_cache.with_name("other")
    monkeypatch.setenv("ZYMOGEN_CACHE_DIR", str(other))
    monkeypatch.setattr("zymogen.build.compilation.make_headers", lambda unit, store: None)
    assert code(zg.grad(zg.compile(KERNEL + "\n").wave)) == lines
    assert not files(other)


@pytest.mark.toolchain
def test_sources_with_equal_options_share_them(own_cache):
    guard = "#ifndef _WAVE\n#define _WAVE\n#endif\n"
    zg.grad(zg.compile(guard + KERNEL, define=["N=3"]).wave)([1.0])
    zg.compile(KERNEL.replace("sin", "cos"), define=["N=4"], include=[own_cache]).wave([1.0])
    assert len(files(own_cache)) == 1
    zg.compile(KERNEL, math="fast").wave([1.0])
    assert len(files(own_cache)) == 2


@pytest.mark.toolchain
@pytest.mark.parametrize(
    ("before", "options"),
    [
        ("#define _LIBCPP_REMOVE_TRANSITIVE_INCLUDES\n", {}),
        ("using namespace std;\n", {}),
        ("", {"define": ["_LIBCPP_REMOVE_TRANSITIVE_INCLUDES"]}),
        ("", {"flags": ["-fno-builtin-sin"]}),
    ],
)
def test_what_may_change_the_library_is_compiled_without(own_cache, before, options):
    kernel = KERNEL.replace("double wave", before + "double wave")
    np.testing.assert_allclose(zg.grad(zg.compile(kernel, **options).wave)([0.0, 1.0])[0], 0.0)
    assert not files(own_cache)


@pytest.mark.toolchain
def test_a_user_s_header_of_a_standard_name_is_what_is_included(own_cache, tmp_path):
    (tmp_path / "headers").mkdir()
    (tmp_path / "headers" / "cmath").write_text(
        "#include_next <cmath>\nnamespace own { constexpr double factor = 3; }\n"
    )
    kernel = KERNEL.replace("std::sin(e)", "own::factor")
    assert zg.compile(kernel, include=[tmp_path / "headers"]).wave([2.0]) == 6.0
    assert not files(own_cache)


@pytest.mark.toolchain
def test_a_user_s_header_may_want_the_library_otherwise(own_cache, tmp_path):
    (tmp_path / "common.hpp").write_text("#pragma once\n#include <cmath>\nusing  namespace ::std;\n")
    kernel = KERNEL.replace("<cmath>", '"common.hpp"').replace("std::sin", "sin")
    assert zg.compile(kernel, include=[tmp_path]).wave([0.0]) == 0.0
    assert not files(own_cache)


@pytest.mark.toolchain
def test_files_that_the_compiler_refuses_do_no_harm(own_cache, tmp_path, monkeypatch):
    nonsense = tmp_path / "headers.pch"
    nonsense.write_bytes(b"no headers")
    monkeypatch.setattr("zymogen.build.compilation.make_headers", lambda unit, store: nonsense)
    assert zg.grad(zg.compile(KERNEL).wave)([0.0])[0] == 0.0


def test_a_store_that_cannot_be_used_has_none(tmp_path, lib_unit):
    folder = tmp_path / "cache"
    folder.mkdir()
    folder.chmod(0o777)
    assert precompiled.make_headers(lib_unit, Store(folder)) is None
    assert precompiled.find_headers(lib_unit, Store(folder)) is None


@pytest.fixture
def lib_unit():
    from zymogen.build.source import Source, Unit
    from zymogen.toolchain.tools import Options

    return Unit(Source.read(KERNEL), Options())
