"""The cache, through the public interface: shared by processes, rebuilt when a header changes, never trusted."""

from __future__ import annotations

import os
import pickle
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest

import zymogen as zg
from zymogen.build.store import Store
from zymogen.errors import NotCompiledError
from zymogen.toolchain.find import find_toolchain

KERNEL = """#include <zymogen/kernel.hpp>
double square(double v) { return SCALE * v * v; }
ZYMOGEN_KERNEL(square, "v() -> ()");
"""

VECTOR = """#include <zymogen/kernel.hpp>
#include <span>
double total(std::span<const double> x) { double s = 0; for (double v : x) s += v * v; return s; }
ZYMOGEN_KERNEL(total, "x(n) -> ()");
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
    duration = 1.0
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


def test_header_that_changes_before_the_build_does_not_poison_the_cache(cache, tmp_path):
    header = tmp_path / "factor.hpp"
    (tmp_path / "empty").mkdir()
    header.write_text("#define SCALE 2\n")
    text, include = "#include <factor.hpp>\n" + KERNEL, [tmp_path / "empty", tmp_path]
    old = zg.compile(text, include=include)
    header.write_text("#define SCALE 3\n")
    assert old.square(1.0) == 2
    assert zg.grad(old.square)(1.0) == 4
    assert zg.compile(text, include=include).square(1.0) == 3
    header.write_text("#define SCALE 2\n")
    assert zg.compile(text, include=include).square(1.0) == 2


@pytest.mark.parametrize("installed", [True, False])
def test_header_that_cannot_be_kept_and_changes_before_the_build(cache, tmp_path, monkeypatch, installed):
    """Headers of the system do not travel, and those found by the user's own flags are not looked for in copies."""
    header = tmp_path / "factor.hpp"
    header.write_text("#define SCALE 2\n")
    options = {"include": [tmp_path]} if installed else {"flags": [f"-I{tmp_path}"]}
    if installed:
        monkeypatch.setattr("zymogen.build.source._SYSTEM", (f"{tmp_path}/",))
    text = '#include "factor.hpp"\n' + KERNEL
    old = zg.compile(text, **options)
    header.write_text("#define SCALE 3\n")
    with pytest.raises(zg.errors.CompileError, match=r"square: .*factor\.hpp has changed since zg\.compile.*again"):
        old.square(1.0)
    assert zg.compile(text, **options).square(1.0) == 3
    header.write_text("#define SCALE 2\n")
    assert old.square(1.0) == 2


def test_header_that_appears_earlier_before_the_build(cache, tmp_path):
    for folder in ("first", "second"):
        (tmp_path / folder).mkdir()
    (tmp_path / "second" / "factor.hpp").write_text("#define SCALE 2\n")
    text, include = '#include "factor.hpp"\n' + KERNEL, [tmp_path / "first", tmp_path / "second"]
    old = zg.compile(text, include=include)
    (tmp_path / "first" / "factor.hpp").write_text("#define SCALE 3\n")
    with pytest.raises(zg.errors.CompileError, match=r"first/factor\.hpp was not read by zg\.compile"):
        old.square(1.0)


@pytest.mark.parametrize("given", ["path", "text", "name"])
def test_library_that_changes_is_noticed(cache, tmp_path, monkeypatch, given):
    """Found by its path, or by its name in a folder."""
    archive = tmp_path / "libouter.a"
    monkeypatch.chdir(tmp_path)
    options = {
        "path": {"libraries": [Path("libouter.a")]},
        "text": {"libraries": [str(archive)]},
        "name": {"libraries": ["outer"], "library_folders": [tmp_path]},
    }[given]
    text = (
        '#include <zymogen/kernel.hpp>\nextern "C" double outer(double);\n'
        'double inner(double v) { return outer(v); }\nZYMOGEN_KERNEL(inner, "v() -> ()");\n'
    )
    answers, kept = [], []
    for factor in (2, 9, 2):
        object_file(tmp_path / "outer.cpp", f'extern "C" double outer(double v) {{ return {factor} * v; }}\n', archive)
        kept.append(zg.compile(text, **options))
        answers.append(kept[-1].inner(1.0))
    assert answers == [2, 9, 2]
    late = zg.compile(text + "// another\n", **options)
    object_file(tmp_path / "outer.cpp", 'extern "C" double outer(double v) { return v; }\n', archive)
    with pytest.raises(zg.errors.CompileError, match=r"inner: the library .*libouter\.a has changed since zg\.compile"):
        late.inner(1.0)


def object_file(source, text, result):
    """What the linker takes in place of an archive: one object."""
    toolchain = find_toolchain()
    source.write_text(text)
    target = [flag for flag in toolchain.clang_flags if flag.startswith(("--target=", "--no-default-config"))]
    subprocess.run(
        [*toolchain.clang, *target, "-O1", "-fPIC", "-x", "c++", "-c", str(source), "-o", str(result)], check=True
    )


def test_temporary_folder_behind_a_link(cache, tmp_path, monkeypatch):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "link"))
    lib = zg.compile(KERNEL, define=["SCALE=2"])
    assert lib._unit.source.headers == ()
    assert lib.square(1.0) == 2


def test_cache_and_sources_behind_links(tmp_path, monkeypatch):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    monkeypatch.setenv("ZYMOGEN_CACHE_DIR", str(tmp_path / "link" / "cache"))
    header = tmp_path / "link" / "factor.hpp"
    source = tmp_path / "link" / "k.cpp"
    source.write_text('#include "factor.hpp"\n' + KERNEL)
    header.write_text("#define SCALE 2\n")
    lib = zg.compile(source)
    assert [item.path for item in lib._unit.source.headers] == [str(header)]
    header.write_text("#define SCALE 3\n")
    assert lib.square(1.0) == 2
    assert zg.compile(source).square(1.0) == 3


@pytest.mark.parametrize("change", [b"\xdf", b"\xfc"])
def test_sources_in_any_encoding(cache, tmp_path, change):
    header = tmp_path / "factor.hpp"
    source = tmp_path / "k.cpp"
    source.write_bytes(b'// gr\xfc\xdfe\r\n#include "factor.hpp"\r\n' + KERNEL.encode().replace(b"\n", b"\r\n"))
    header.write_bytes(b'static_assert(sizeof("gr\xfc\xdfe") == 6);  // \xfc\n#define SCALE 2\n')
    lib = zg.compile(source)
    packed = pickle.dumps(lib)
    assert lib.square(1.0) == 2
    assert zg.grad(zg.compile(source).square).location != lib.square.location
    assert zg.compile(source).square.location == lib.square.location
    header.write_bytes(b"// " + change + b"\n#define SCALE 3\n")
    source.unlink()
    assert zg.partial(pickle.loads(packed).square, "v", "v")(1.0) == 4


def test_a_byte_order_mark_before_a_source_is_passed_over(cache, tmp_path):
    source = tmp_path / "k.cpp"
    source.write_text(KERNEL, encoding="utf-8-sig")
    assert zg.compile(source, define=["SCALE=2"]).square(1.0) == 2
    text = source.read_text(encoding="utf-8")
    assert text.startswith("\ufeff#include")
    assert zg.compile(text, define=["SCALE=2"])._unit.source == zg.compile(KERNEL, define=["SCALE=2"])._unit.source


def test_empty_text(cache):
    for text in ("", " \n", "\ufeff"):
        with pytest.raises(ValueError, match=r"compile: the text is empty\. Give C\+\+ text"):
            zg.compile(text)


def test_description_depends_on_the_processor(cache, tmp_path, monkeypatch):
    """A home folder that two kinds of nodes share: what the preprocessor sees depends on the node."""
    monkeypatch.setattr("zymogen.build.environment.cpu_identity", lambda: "another processor")
    zg.compile(KERNEL, define=["SCALE=2"])
    monkeypatch.undo()
    monkeypatch.setenv("ZYMOGEN_CACHE_DIR", str(cache))
    zg.compile(KERNEL, define=["SCALE=2"])
    assert len(list(cache.glob("v1/manifests/*.json"))) == 2


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


def test_a_cache_that_is_cleared_in_between_is_filled_again(cache):
    square = zg.compile(KERNEL, define=["SCALE=11"]).square
    assert square(1.0) == 11
    Store().clear()
    assert "square" in square.source()
    assert square.location.is_dir()
    Store().clear()
    assert "double" in square.ir()
    Store().clear()
    assert "not built yet" in str(zg.explain(square))
    assert square(2.0) == 44
    vector = zg.compile(VECTOR).total
    assert zg.partial(vector, ("x", 0))([3.0, 4.0]) == 6
    Store().clear()
    assert zg.partial(vector, ("x", 1))([3.0, 4.0]) == 8


def test_values_survive_the_cache(cache):
    lib = zg.compile(KERNEL, define=["SCALE=1"])
    np.testing.assert_array_equal(lib.square(np.arange(4.0)), [0, 1, 4, 9])
