from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from zymogen.errors import ToolchainError
from zymogen.toolchain.enzyme import ClangPlugin, DriverEnzyme, OptPlugin
from zymogen.toolchain.find import find_toolchain, layout_of
from zymogen.toolchain.layout import toolchain_folder
from zymogen.toolchain.linking import link_command
from zymogen.toolchain.lock import read_lock
from zymogen.toolchain.manifest import damage, write_manifest
from zymogen.toolchain.tools import Options


@pytest.fixture
def clean(monkeypatch):
    for name in ("ZYMOGEN_CLANG", "ZYMOGEN_ENZYME", "ZYMOGEN_OPT", "ZYMOGEN_TOOLCHAIN_DIR"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.fixture
def system(tmp_path, clean):
    """A folder that looks like the programs of a system's LLVM."""
    for name in ("clang++-19", "opt-19", "opt"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    for name in ("LLVMEnzyme-19.so", "ClangEnzyme-19.so"):
        (tmp_path / name).write_text("")
    clean.setenv("ZYMOGEN_CLANG", str(tmp_path / "clang++-19"))
    return tmp_path


@pytest.mark.toolchain
def test_finds_what_was_installed():
    layout = layout_of(read_lock())
    tools = find_toolchain()
    assert tools.clang == (str(layout.zig), "clang")
    assert tools.linker == (str(layout.zig), "ld.lld")
    assert tools.enzyme == DriverEnzyme(layout.driver)
    assert all(Path(item).is_file() for item in tools.linker_inputs if not item.startswith("-"))
    folders = [tools.clang_flags[i + 1] for i, flag in enumerate(tools.clang_flags) if flag == "-isystem"]
    assert len(folders) == 7
    assert all(Path(folder).is_dir() for folder in folders)
    assert read_lock().digest in tools.identity
    assert find_toolchain() is tools


def test_says_what_is_missing_where_it_looked_and_what_to_do(clean, tmp_path):
    clean.setenv("ZYMOGEN_TOOLCHAIN_DIR", str(tmp_path))
    with pytest.raises(ToolchainError, match="Run `zymogen toolchain install` once") as caught:
        find_toolchain()
    assert str(tmp_path / read_lock().digest) in str(caught.value)
    assert "it is not installed" in str(caught.value)


@pytest.fixture
def small(tmp_path):
    """A folder that looks like an installed toolchain, made by a user whose group may write all files."""
    layout = layout_of(read_lock(), tmp_path)
    for path in layout.essential:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh")
        path.chmod(0o775)
        path.parent.chmod(0o775)
    layout.root.chmod(0o775)
    write_manifest(layout, read_lock())
    return layout


def test_installed_files_are_written_by_their_owner_alone(small):
    assert damage(small, read_lock()) is None
    assert not any(path.stat().st_mode & 0o022 for path in (small.root, *small.root.rglob("*")))


@pytest.mark.parametrize("mode", [0o775, 0o757])
@pytest.mark.parametrize("place", ["the root", "a program", "a program's folder"])
def test_refuses_what_others_can_write(small, clean, tmp_path, mode, place):
    clean.setenv("ZYMOGEN_TOOLCHAIN_DIR", str(tmp_path))
    path = {"the root": small.root, "a program": small.driver, "a program's folder": small.zig.parent}[place]
    path.chmod(mode)
    with pytest.raises(ToolchainError, match="only you or root may write") as caught:
        find_toolchain()
    assert f"{path} is owned by " in str(caught.value)
    assert f"chmod -R go-w {small.root}" in str(caught.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_refuses_what_another_user_owns(small):
    os.chown(small.zig, 12345, -1)
    assert f"{small.zig} is owned by uid 12345" in damage(small, read_lock())
    assert "install one of your own" in damage(small, read_lock())


@pytest.mark.toolchain
def test_finding_starts_no_process_opens_no_connection_and_imports_little():
    program = """
import sys
def refuse(event, arguments):
    if event in ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.fork", "socket.connect"):
        raise RuntimeError(event)
sys.addaudithook(refuse)
from zymogen.toolchain.find import find_toolchain
find_toolchain()
heavy = {"rich", "typer", "pip", "filelock", "platformdirs"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_importing_the_package_does_not_import_the_command_line():
    program = "import sys, zymogen; assert not {'rich', 'typer', 'pip'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_folder_follows_the_environment(clean, tmp_path):
    clean.setenv("XDG_DATA_HOME", str(tmp_path))
    assert toolchain_folder() == tmp_path / "zymogen" / "toolchain"
    clean.delenv("XDG_DATA_HOME")
    clean.setenv("HOME", str(tmp_path))
    assert toolchain_folder() == tmp_path / ".local" / "share" / "zymogen" / "toolchain"
    clean.setenv("ZYMOGEN_TOOLCHAIN_DIR", "~/tools")
    assert toolchain_folder() == tmp_path / "tools"


def test_a_user_without_a_home_is_told_to_name_a_folder(clean):
    clean.delenv("XDG_DATA_HOME", raising=False)
    clean.setenv("HOME", "relative")
    with pytest.raises(ToolchainError, match="Set HOME, or ZYMOGEN_TOOLCHAIN_DIR"):
        toolchain_folder()


@pytest.mark.parametrize("named", [True, False], ids=["ZYMOGEN_OPT", "opt beside clang"])
def test_chooses_a_system_plugin_for_opt(system, clean, named):
    clean.setenv("ZYMOGEN_ENZYME", str(system / "LLVMEnzyme-19.so"))
    if named:
        clean.setenv("ZYMOGEN_OPT", str(system / "opt"))
    tools = find_toolchain()
    opt = system / ("opt" if named else "opt-19")
    assert tools.clang == tools.linker == (str(system / "clang++-19"),)
    assert tools.clang_flags == tools.linker_inputs == ()
    assert tools.enzyme == OptPlugin(opt, system / "LLVMEnzyme-19.so")
    command = link_command(tools, Options(), [Path("k.o")], Path("k.so"))
    assert command[:2] == [str(system / "clang++-19"), "-shared"]


def test_chooses_a_system_plugin_for_clang(system, clean):
    clean.setenv("ZYMOGEN_ENZYME", str(system / "ClangEnzyme-19.so"))
    assert find_toolchain().enzyme == ClangPlugin(system / "clang++-19", system / "ClangEnzyme-19.so")


def test_system_tools_may_be_named_as_on_the_command_line(system, clean):
    clean.setenv("PATH", f"{system}{os.pathsep}{os.environ['PATH']}")
    clean.setenv("ZYMOGEN_CLANG", "clang++-19")
    clean.setenv("ZYMOGEN_ENZYME", str(system / "ClangEnzyme-19.so"))
    assert find_toolchain().clang == (str(system / "clang++-19"),)


def test_the_identity_of_system_tools_follows_their_files(system, clean):
    clean.setenv("ZYMOGEN_ENZYME", str(system / "LLVMEnzyme-19.so"))
    before = find_toolchain().identity
    (system / "LLVMEnzyme-19.so").write_text("another version")
    # Another process sees the change; this one goes on with what it found.
    program = "from zymogen.toolchain.find import find_toolchain; print(find_toolchain().identity)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.strip() != before
    assert find_toolchain().identity == before


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"ZYMOGEN_ENZYME": None}, "ZYMOGEN_CLANG set, but not ZYMOGEN_ENZYME"),
        ({"ZYMOGEN_CLANG": None, "ZYMOGEN_OPT": "opt"}, "ZYMOGEN_OPT set, but not ZYMOGEN_CLANG"),
        ({"ZYMOGEN_ENZYME": "/nowhere/LLVMEnzyme-19.so"}, "there is no such file"),
        ({"ZYMOGEN_CLANG": "clang++-nowhere", "ZYMOGEN_ENZYME": "x"}, "no program that can be run"),
        (
            {"ZYMOGEN_ENZYME": sys.executable},
            r"Expected is a file called LLVMEnzyme-N\.so or ClangEnzyme-N\.so",
        ),
        (
            {"ZYMOGEN_ENZYME": "LLVM", "ZYMOGEN_OPT": "/nowhere/opt"},
            "ZYMOGEN_OPT is /nowhere/opt, which is no program",
        ),
    ],
)
def test_system_tools_that_do_not_fit_are_refused_with_advice(system, clean, variables, message):
    for name, value in variables.items():
        if value is None:
            clean.delenv(name, raising=False)
        else:
            clean.setenv(name, str(system / "LLVMEnzyme-19.so") if value == "LLVM" else value)
    with pytest.raises(ToolchainError, match=message) as caught:
        find_toolchain()
    assert "unset all of them to use the installed toolchain" in str(caught.value)
