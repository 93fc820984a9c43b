"""Archives that repeat a crash: what they hold does crash again, far from where the build was."""

from __future__ import annotations

import re
import subprocess
import tarfile
from pathlib import Path

import pytest

import zymogen as zg
from zymogen.build.store import Store
from zymogen.errors import CompileError, EnzymeError

ASSEMBLY = """
#include <zymogen/kernel.hpp>
double product(double x) {
    double t = x;
    asm("mulsd %1,%0" : "+x"(t) : "x"(t));
    return t;
}
ZYMOGEN_KERNEL(product, "x() -> ()");
"""

PARSER_CRASH = """
#include "local.hpp"
#include <zymogen/kernel.hpp>
ZYMOGEN_KERNEL(twice, "x() -> ()");
#pragma clang __debug parser_crash
"""


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("ZYMOGEN_CACHE_DIR", str(tmp_path / "cache"))
    return Store()


def unpacked(message, folder):
    archive = Path(re.search(r"What repeats it elsewhere, for a report: (\S+\.tar\.gz)$", message, re.MULTILINE)[1])
    with tarfile.open(archive) as files:
        assert all(member.name.startswith("crash/") for member in files)
        files.extractall(folder, filter="data")
    return folder / "crash"


def repeated(folder):
    return subprocess.run(["sh", "command.sh"], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.toolchain
def test_a_crash_of_enzyme_is_repeated(tmp_path):
    with pytest.raises(EnzymeError, match="Enzyme crashed while it differentiated the kernel") as error:
        zg.grad(zg.compile(ASSEMBLY).product)(2.0)
    folder = unpacked(str(error.value), tmp_path)
    assert "define" in (folder / "input.ll").read_text(encoding="utf-8")
    assert str(tmp_path) not in (folder / "command.sh").read_text(encoding="utf-8")
    done = repeated(folder)
    assert done.returncode in (134, -6)
    said = re.search(r"Assertion `.*?' failed|LLVM ERROR: .*", done.stderr)
    assert said is None or said[0] in (folder / "messages.txt").read_text(encoding="utf-8")


@pytest.mark.toolchain
def test_a_crash_of_the_compiler_is_repeated_without_the_user_s_headers(tmp_path):
    headers = tmp_path / "headers"
    headers.mkdir()
    (headers / "local.hpp").write_text("inline double twice(double x) { return 2 * x; }\n", encoding="utf-8")
    with pytest.raises(CompileError, match="the compiler crashed") as error:
        zg.compile(PARSER_CRASH, include=[headers])
    folder = unpacked(str(error.value), tmp_path)
    (headers / "local.hpp").unlink()
    assert "return 2 * x" in (folder / "input.ii").read_text(encoding="utf-8")
    done = repeated(folder)
    assert done.returncode not in (0, 1)
    assert "fatal error" not in done.stderr


@pytest.mark.toolchain
def test_a_crash_while_headers_are_read_is_packed_with_the_source_alone(tmp_path):
    with pytest.raises(CompileError, match="the compiler crashed") as error:
        zg.compile(PARSER_CRASH.replace("parser_crash", "crash").replace('#include "local.hpp"', ""))
    packed = unpacked(str(error.value), tmp_path).rglob("*.cpp")
    assert any("__debug crash" in file.read_text(encoding="utf-8") for file in packed)


@pytest.mark.toolchain
def test_no_archive_of_what_is_the_kernel_s_fault(store):
    with pytest.raises(CompileError, match="undeclared") as error:
        zg.compile("#include <zymogen/kernel.hpp>\ndouble f(double x) { return missing; }\n")
    assert "What repeats it" not in str(error.value)
    assert not list(store.logs.glob("*.tar.gz"))


def test_the_newest_ten_archives_are_kept_beside_logs(store, tmp_path):
    archive, log = tmp_path / "after.ll.crash.tar.gz", tmp_path / "after.ll.log"
    log.write_text("said", encoding="utf-8")
    kept_log = store.keep_log(log, log.name)
    kept = []
    for number in range(12):
        archive.write_bytes(bytes([number]))
        kept.append(store.keep_log(archive, archive.name))
    assert [path.exists() for path in kept] == [False] * 2 + [True] * 10
    assert kept[-1].read_bytes() == b"\x0b"
    assert kept[-1].name.endswith(".tar.gz")
    assert kept_log.exists()
