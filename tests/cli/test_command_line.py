from __future__ import annotations

import os
import subprocess
import sys

import pytest
import typer

from zymogen.cli.amounts import duration, readable_size, size
from zymogen.toolchain.find import layout_of
from zymogen.toolchain.lock import read_lock


def zymogen(*arguments, **environment):
    """Run the command as a user does."""
    program = "from zymogen.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=120,
        check=False,
    )


def test_shows_the_version():
    done = zymogen("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("zymogen ")


def test_without_arguments_shows_the_commands():
    done = zymogen()
    for command in ("toolchain", "doctor", "cache"):
        assert command in done.stdout + done.stderr


@pytest.mark.toolchain
def test_install_does_nothing_when_all_is_there():
    # An index that cannot be reached would be noticed.
    done = zymogen("toolchain", "install", PIP_INDEX_URL="http://localhost:9", PIP_NO_INDEX="1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"Already installed: {layout_of(read_lock()).root}"


def test_an_error_is_a_message_and_no_traceback(tmp_path):
    done = zymogen("toolchain", "install", "--from", str(tmp_path), ZYMOGEN_TOOLCHAIN_DIR=f"{tmp_path}/tools")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"zymogen toolchain install --from {tmp_path}: there is no ziglang-")
    assert "Traceback" not in done.stderr


@pytest.mark.toolchain
def test_show_names_versions_and_paths():
    done = zymogen("toolchain", "show")
    assert done.returncode == 0, done.stdout
    lock = read_lock()
    for text in (
        f"clang version {lock.clang}",
        "LLD",
        "LLVM version 22",
        lock.enzyme.version,
        str(layout_of(lock).root),
    ):
        assert text in done.stdout


def test_show_without_a_toolchain_says_what_to_do(tmp_path):
    done = zymogen("toolchain", "show", ZYMOGEN_TOOLCHAIN_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "Run `zymogen toolchain install`" in " ".join(done.stdout.split())


def test_show_says_that_a_system_tool_does_not_run(tmp_path):
    for name in ("clang++", "ClangEnzyme-22.so"):
        (tmp_path / name).write_text("#!/bin/sh\necho clang: no such library >&2; exit 127\n")
        (tmp_path / name).chmod(0o755)
    tools = {"ZYMOGEN_CLANG": f"{tmp_path}/clang++", "ZYMOGEN_ENZYME": f"{tmp_path}/ClangEnzyme-22.so"}
    done = zymogen("toolchain", "show", **tools)
    assert done.returncode == 1
    assert "clang: no such library" in done.stdout


@pytest.mark.toolchain
def test_the_doctor_computes_a_real_gradient(tmp_path):
    done = zymogen("doctor", ZYMOGEN_CACHE_DIR=str(tmp_path / "cache"))
    assert done.returncode == 0, done.stdout + done.stderr
    line = next(line for line in done.stdout.splitlines() if "d(x*x)/dx at 3" in line)
    assert " ok  6, after" in line
    assert str(tmp_path / "cache") in done.stdout


def test_the_doctor_shows_every_cure_and_fails(tmp_path):
    cache = tmp_path / "cache"
    cache.mkdir()
    cache.chmod(0o777)
    done = zymogen("doctor", ZYMOGEN_TOOLCHAIN_DIR=str(tmp_path), ZYMOGEN_CACHE_DIR=str(cache))
    assert done.returncode == 1
    said = " ".join(done.stdout.split())
    assert "Run `zymogen toolchain install`" in said
    assert f"chmod go-w {cache}" in said
    assert "Traceback" not in done.stdout + done.stderr


def test_cache_commands_report_what_they_did(tmp_path):
    cache = {"ZYMOGEN_CACHE_DIR": str(tmp_path / "cache")}
    info = zymogen("cache", "info", **cache)
    assert info.returncode == 0
    assert str(tmp_path / "cache") in info.stdout
    assert zymogen("cache", "clear", **cache).stdout == "Removed 0 builds, 0 B.\n"
    done = zymogen("cache", "prune", "--max-size", "1GB", "--older-than", "30d", **cache)
    assert done.stdout == "Removed 0 builds, 0 B.\n"
    assert zymogen("cache", "prune", **cache).returncode == 2


def test_output_may_be_cut_off_by_its_reader():
    program = "from zymogen.cli import main; main()"
    first = subprocess.run(
        ["bash", "-c", f"'{sys.executable}' -c '{program}' toolchain show | true"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in first.stderr


def test_amounts_are_read_as_people_write_them():
    assert size("500MB") == 500_000_000
    assert size("1.5 GB") == 1_500_000_000
    assert size("12") == 12
    assert duration("30d") == 30 * 24 * 3600
    assert duration("45m") == 45 * 60
    assert readable_size(540_721_405) == "540.7 MB"
    assert readable_size(12) == "12 B"
    for text in ("", "many", "3 parsecs", "-1MB"):
        with pytest.raises(typer.BadParameter, match="Write for example"):
            size(text)
        with pytest.raises(typer.BadParameter, match="Write for example"):
            duration(text)
