"""Installation, run for real on small wheels.

Their programs are scripts that start those of the toolchain that is installed anyway, and their "building"
of an archive is a copy of the installed one: so the whole flow runs in seconds instead of minutes, with a
real compiler and a real driver in the final proof.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import zipfile
from pathlib import Path

import pytest

from zymogen.errors import ToolchainError
from zymogen.toolchain.find import layout_of
from zymogen.toolchain.installation.install import install
from zymogen.toolchain.installation.wheels import download_command
from zymogen.toolchain.layout import Layout
from zymogen.toolchain.lock import Lock, read_lock
from zymogen.toolchain.manifest import damage, thorough_damage

pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.skipif(sys.platform != "linux", reason="the toolchain is installed on Linux only"),
]

_zig = """#!/bin/sh
case $1 in
    ar) exec cp "{runtime}/${{3##*/}}" "$3" ;;
    *) exec "{zig}" "$@" ;;
esac
"""
_driver = '#!/bin/sh\nexec "{driver}" "$@"\n'
_driver_without_library = """#!/bin/sh
echo "$0: error while loading shared libraries: libz.so.1: cannot open shared object file" >&2
exit 127
"""


@pytest.fixture(scope="module")
def real() -> Layout:
    lock = read_lock()
    layout = layout_of(lock)
    assert damage(layout, lock) is None, "run `zymogen toolchain install` first"
    return layout


@pytest.fixture(scope="module")
def wheels(real, tmp_path_factory) -> Path:
    return make_wheels(tmp_path_factory.mktemp("wheels"), real, _driver)


def make_wheels(folder: Path, real: Layout, driver: str) -> Path:
    """Write both wheels and a lock file that names them."""
    lock = json.loads(_lock_text())
    files = lock["platforms"][read_lock().platform]["wheels"]
    with zipfile.ZipFile(folder / files["ziglang"]["file"], "w") as wheel:
        _add_metadata(wheel, "ziglang", "0.17.1")
        wheel.writestr("ziglang/zig", _zig.format(zig=real.zig, runtime=real.runtime))
        wheel.writestr("ziglang/LICENSE", "text")
        wheel.writestr("ziglang/README.md", "not used")
        for source in ("libcxx/src/a.cpp", "libcxxabi/src/a.cpp", "libunwind/src/a.c", "libunwind/src/b.S"):
            wheel.writestr(f"ziglang/lib/{source}", "")
        for unused in ("libcxx/libc/a.h", "std/std.zig", "compiler_rt.zig"):
            wheel.writestr(f"ziglang/lib/{unused}", "")
        for header in real.library.rglob("*"):
            if header.is_file():
                wheel.write(header, f"ziglang/lib/{header.relative_to(real.library)}")
    with zipfile.ZipFile(folder / files["pennylane-catalyst"]["file"], "w") as wheel:
        _add_metadata(wheel, "pennylane_catalyst", "0.15.0")
        name = "pennylane_catalyst-0.15.0.data/data/bin/catalyst"
        wheel.writestr(name, driver.format(driver=real.driver))
    for entry in files.values():
        content = (folder / entry["file"]).read_bytes()
        entry |= {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    (folder / "lock.json").write_text(json.dumps(lock))
    return folder


def _add_metadata(wheel: zipfile.ZipFile, name: str, version: str) -> None:
    folder = f"{name}-{version}.dist-info"
    wheel.writestr(f"{folder}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    tags = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: false\nTag: py3-none-any\n"
    wheel.writestr(f"{folder}/WHEEL", tags)
    wheel.writestr(f"{folder}/RECORD", "")


def _lock_text() -> str:
    from zymogen.resources import lock_file

    return lock_file().read_text()


def lock_of(wheels: Path) -> Lock:
    return read_lock(wheels / "lock.json")


def start_install(wheels: Path, folder: Path, before: str = "") -> subprocess.Popen[str]:
    """Install in a child process; it prints whether the toolchain is fresh."""
    program = f"""
        import sys
        from pathlib import Path
        from zymogen.toolchain.installation.install import install
        from zymogen.toolchain.lock import read_lock
        {before}
        wheels = Path({str(wheels)!r})
        print(install(Path({str(folder)!r}), wheels, lock=read_lock(wheels / "lock.json")).fresh)
    """
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def staging(folder: Path) -> list[Path]:
    return list(folder.glob("staging-*"))


def assert_whole(root: Path, lock: Lock) -> None:
    layout = Layout(root, lock.platform.partition("-")[2])
    assert damage(layout, lock) is None
    assert list(thorough_damage(layout)) == []


def test_the_toolchain_that_tests_use_is_complete(real):
    assert list(thorough_damage(real)) == []
    assert not (real.library / "std").exists()
    assert not (real.library / "libcxx" / "src").exists()
    assert (real.root / "licences" / "ziglang" / "LICENSE").stat().st_size > 0


def test_installs_from_a_folder_then_finds_it_installed(wheels, tmp_path, capfd):
    lock = lock_of(wheels)
    done = install(tmp_path, wheels, lock=lock)
    assert done.fresh
    assert done.root == tmp_path / lock.digest
    assert_whole(done.root, lock)
    assert staging(tmp_path) == []
    said = capfd.readouterr().err
    for step in (
        "check ziglang",
        "unpack compiler",
        "unpack Enzyme",
        "build C++ run time",
        "prove that it works",
    ):
        assert f"{step}: done in" in said
    assert not (done.root / "zig" / "lib" / "std").exists()
    again = install(tmp_path, Path("/nowhere"), lock=lock)
    assert not again.fresh
    assert again.root == done.root


def test_downloads_with_pip_as_the_user_configured_it(wheels, tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    done = install(tmp_path, lock=lock_of(wheels), progress=False)
    assert_whole(done.root, lock_of(wheels))


def test_a_failed_download_shows_the_words_of_pip_and_a_way_out(wheels, tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(ToolchainError, match=r"could not download ziglang 0\.17\.1") as caught:
        install(tmp_path / "tools", lock=lock_of(wheels), progress=False)
    assert "No matching distribution found for ziglang==0.17.1" in str(caught.value)
    assert "pip config list" in str(caught.value)
    assert "--from FOLDER" in str(caught.value)
    assert staging(tmp_path / "tools") == []


def test_a_wrong_sum_is_refused_and_nothing_is_left(wheels, tmp_path):
    for wheel in lock_of(wheels).wheels:
        shutil.copy(wheels / wheel.file, tmp_path)
    with (tmp_path / wheel.file).open("r+b") as file:
        file.seek(wheel.size // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))
    with pytest.raises(ToolchainError, match=rf"Expected are sha256:{wheel.sha256} and {wheel.size} bytes"):
        install(tmp_path / "tools", tmp_path, lock=lock_of(wheels), progress=False)
    assert [path.name for path in (tmp_path / "tools").iterdir()] == ["install.lock"]


def test_a_missing_wheel_is_named_with_the_command_that_fetches_it(wheels, tmp_path):
    lock = lock_of(wheels)
    with pytest.raises(ToolchainError) as caught:
        install(tmp_path / "tools", tmp_path, lock=lock, progress=False)
    assert lock.compiler.file in str(caught.value)
    assert " ".join(["python", *download_command(lock.compiler, "FOLDER")]) in str(caught.value)


def test_a_killed_installation_is_cleaned_up_by_the_next(wheels, tmp_path):
    child = start_install(wheels, tmp_path)
    deadline = time.monotonic() + 60
    while not any((path / "toolchain" / "zig" / "lib").exists() for path in staging(tmp_path)):
        assert time.monotonic() < deadline
        assert child.poll() is None
        time.sleep(0.002)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert child.returncode == -signal.SIGKILL
    assert len(staging(tmp_path)) == 1
    lock = lock_of(wheels)
    assert not (tmp_path / lock.digest).exists()
    assert install(tmp_path, wheels, lock=lock, progress=False).fresh
    assert staging(tmp_path) == []
    assert_whole(tmp_path / lock.digest, lock)


def test_of_two_at_once_one_installs_and_the_other_waits(wheels, tmp_path):
    children = [start_install(wheels, tmp_path) for _ in range(2)]
    outputs = [child.communicate(timeout=120) for child in children]
    assert [child.returncode for child in children] == [0, 0], outputs
    assert sorted(out.strip() for out, _ in outputs) == ["False", "True"]
    assert "another process is installing the toolchain; waiting for it" in "".join(err for _, err in outputs)
    assert_whole(tmp_path / lock_of(wheels).digest, lock_of(wheels))


def test_a_damaged_installation_is_mended(wheels, tmp_path):
    lock = lock_of(wheels)
    root = install(tmp_path, wheels, lock=lock, progress=False).root
    (root / "zig" / "lib" / "libcxx" / "include" / "vector").unlink()
    with (root / "runtime" / "libc++.a").open("r+b") as archive:
        archive.truncate(100)
    assert "has 100 bytes instead of" in (damage(layout_of(lock, tmp_path), lock) or "")
    assert install(tmp_path, wheels, lock=lock, progress=False).fresh
    assert_whole(root, lock)


def test_a_library_that_the_driver_lacks_is_named(tmp_path, real):
    wheels = make_wheels(tmp_path, real, _driver_without_library)
    with pytest.raises(ToolchainError, match=r"libz\.so\.1: cannot open shared object file") as caught:
        install(tmp_path / "tools", wheels, lock=lock_of(wheels), progress=False)
    assert "apt install zlib1g libstdc++6" in str(caught.value)
    assert not (tmp_path / "tools" / lock_of(wheels).digest).exists()


def test_a_full_disk_is_called_so(wheels, tmp_path):
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))"
    child = start_install(wheels, tmp_path, limit)
    _, said = child.communicate(timeout=120)
    assert child.returncode == 1
    assert "The disk or your quota is full. Free 1 GB, or set ZYMOGEN_TOOLCHAIN_DIR" in said
    assert staging(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_an_error_with_the_way_out(wheels, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ToolchainError, match=r"Not a directory.*set ZYMOGEN_TOOLCHAIN_DIR to another folder"):
        install(tmp_path / "file" / "tools", wheels, lock=lock_of(wheels), progress=False)


def test_a_wheel_that_is_no_archive_is_an_error(wheels, tmp_path):
    lock = json.loads((wheels / "lock.json").read_text())
    for entry in lock["platforms"][read_lock().platform]["wheels"].values():
        (tmp_path / entry["file"]).write_text("no archive")
        entry["sha256"] = hashlib.sha256(b"no archive").hexdigest()
    (tmp_path / "lock.json").write_text(json.dumps(lock))
    with pytest.raises(ToolchainError, match="cannot be unpacked"):
        install(tmp_path / "tools", tmp_path, lock=lock_of(tmp_path), progress=False)


def test_wheels_are_left_as_they_were(wheels):
    for wheel in lock_of(wheels).wheels:
        content = (wheels / wheel.file).read_bytes()
        assert hashlib.sha256(content).hexdigest() == wheel.sha256
