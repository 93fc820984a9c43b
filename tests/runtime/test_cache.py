"""The cache, through the public interface: shared by processes, rebuilt when a header changes, never trusted."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time

import numpy as np
import pytest

import zymogen as zg
from zymogen.errors import NotCompiledError

KERNEL = """#include <zymogen/kernel.hpp>
double square(double v) { return SCALE * v * v; }
ZYMOGEN_KERNEL(square, "v() -> ()");
"""

SCRIPT = """
import sys, zymogen as zg
d = zg.grad(zg.compile(sys.argv[1], define=["SCALE=" + sys.argv[2]]).square, "v")
print(d(3.0), d.location.stat().st_ino, flush=True)
"""


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("ZYMOGEN_CACHE_DIR", str(folder))
    return folder


def start(scale, **options):
    command = [sys.executable, "-c", SCRIPT, KERNEL, str(scale)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def test_sixteen_processes_at_once_build_once(cache):
    processes = [start(5) for _ in range(16)]
    answers = [process.communicate(timeout=250) for process in processes]
    assert [process.returncode for process in processes] == [0] * 16, answers
    assert {answer.split()[0] for answer, _ in answers} == {"30.0"}
    assert len({answer.split()[1] for answer, _ in answers}) == 1
    assert len(list(cache.glob("v1/??/*/kernel.so"))) == 1


@pytest.mark.slow
def test_killed_builds_do_no_harm(cache):
    """Fifty builds are killed at random moments, with all that they started; what is asked for next is right."""
    chance = random.Random(0)
    duration = 1.5
    for number in range(50):
        process = start(number, start_new_session=True)
        time.sleep(chance.uniform(0.1, duration))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        if number % 10 == 9:
            answer, errors = start(number).communicate(timeout=120)
            assert answer.split()[:1] == [str(6.0 * number)], errors
    answer, errors = start(3).communicate(timeout=120)
    assert answer.split()[:1] == ["18.0"], errors


@pytest.mark.parametrize("damage", ["flipped byte", "truncated", "empty", "missing"])
def test_damaged_library_is_built_again_with_a_warning(cache, damage):
    process = start(7)
    assert process.communicate(timeout=120)[0].startswith("42.0")
    (library,) = cache.glob("v1/??/*/kernel.so")
    content = bytearray(library.read_bytes())
    library.chmod(0o600)
    if damage == "flipped byte":
        content[len(content) // 2] ^= 1
        library.write_bytes(content)
    elif damage == "missing":
        library.parent.chmod(0o700)
        library.unlink()
    else:
        library.write_bytes(content[: len(content) // 2] if damage == "truncated" else b"")
    answer, warnings = start(7).communicate(timeout=120)
    assert answer.startswith("42.0")
    assert "StoreWarning" in warnings
    assert "built again" in warnings
    answer, warnings = start(7).communicate(timeout=120)
    assert answer.startswith("42.0")
    assert not warnings


def test_header_that_changes_is_noticed(cache, tmp_path):
    header = tmp_path / "factor.hpp"
    source = tmp_path / "k.cpp"
    source.write_text('#include "factor.hpp"\n' + KERNEL)
    for factor in (2, 3, 2):
        header.write_text(f"#define SCALE {factor}\n")
        assert zg.grad(zg.compile(source).square)(1.0) == 2 * factor
    assert len(list(cache.glob("v1/??/*/kernel.so"))) == 2


def test_options_are_part_of_the_key(cache):
    scaled = [zg.compile(KERNEL, define=[f"SCALE={factor}"]).square(1.0) for factor in (2, 3)]
    assert scaled == [2, 3]


def test_without_a_toolchain_what_is_built_still_works(cache, monkeypatch, tmp_path):
    assert start(4).communicate(timeout=120)[0].startswith("24.0")
    environment = {**os.environ, "ZYMOGEN_TOOLCHAIN_DIR": str(tmp_path / "none")}
    answer, errors = start(4, env=environment).communicate(timeout=60)
    assert answer.startswith("24.0"), errors
    monkeypatch.setenv("ZYMOGEN_TOOLCHAIN_DIR", str(tmp_path / "none"))
    lib = zg.compile(KERNEL, define=["SCALE=4"])
    with pytest.raises(NotCompiledError, match="zymogen toolchain install") as seen:
        zg.partial(lib.square, "v", "v")(1.0)
    assert str(cache) in str(seen.value)
    assert "partial(square, 'v', 'v')" in str(seen.value)


def test_folder_that_others_can_write_is_refused(cache):
    cache.mkdir()
    cache.chmod(0o777)
    with pytest.raises(zg.ZymogenError, match=r"chmod go-w"):
        zg.compile(KERNEL, define=["SCALE=9"]).square(1.0)


def test_compiler_that_takes_too_long_is_stopped(cache, tmp_path, monkeypatch):
    monkeypatch.setenv("ZYMOGEN_BUILD_TIMEOUT", "0.05")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(zg.errors.CompileError, match="ZYMOGEN_BUILD_TIMEOUT"):
        zg.compile(KERNEL, define=["SCALE=10"])
    assert not list(tmp_path.glob("zymogen-*"))


def test_values_survive_the_cache(cache):
    lib = zg.compile(KERNEL, define=["SCALE=1"])
    np.testing.assert_array_equal(lib.square(np.arange(4.0)), [0, 1, 4, 9])
