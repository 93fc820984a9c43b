from __future__ import annotations

import json

import pytest

from zymogen.errors import ToolchainError
from zymogen.resources import include_folder, lock_file
from zymogen.toolchain.installation.wheels import download_command
from zymogen.toolchain.lock import read_lock


def test_pins_both_wheels_of_three_platforms():
    for platform in ("linux-x86_64", "linux-aarch64", "macos-arm64"):
        lock = read_lock(name=platform)
        assert [wheel.package for wheel in lock.wheels] == ["ziglang", "pennylane-catalyst"]
        for wheel in lock.wheels:
            assert wheel.file.startswith(f"{wheel.package.replace('-', '_')}-{wheel.version}-")
            assert len(wheel.sha256) == 64
            assert wheel.size > 50_000_000


def test_only_what_was_run_is_marked_tested():
    tested = [name for name in json.loads(lock_file().read_text())["platforms"] if read_lock(name=name).tested]
    assert tested == ["linux-x86_64"]


def test_the_digest_follows_the_sums(tmp_path):
    content = json.loads(lock_file().read_text())
    content["platforms"]["linux-x86_64"]["wheels"]["ziglang"]["sha256"] = "0" * 64
    other = tmp_path / "lock.json"
    other.write_text(json.dumps(content))
    assert read_lock(other, "linux-x86_64").digest != read_lock(name="linux-x86_64").digest


def test_another_platform_is_told_which_there_are_and_what_else_it_can_do():
    with pytest.raises(ToolchainError, match=r"this machine is plan9-vax.*linux-x86_64.*ZYMOGEN_CLANG"):
        read_lock(name="plan9-vax")


@pytest.mark.parametrize("text", ["", "{}", '{"platforms": {"linux-x86_64": {}}, "clang": "1", "packages": {}}'])
def test_a_broken_lock_file_is_an_error_that_names_it(tmp_path, text):
    file = tmp_path / "lock.json"
    file.write_text(text)
    with pytest.raises(ToolchainError, match=r"cannot be read.*Install zymogen again"):
        read_lock(file, "linux-x86_64")


def test_pip_is_asked_for_exactly_the_wheel_that_is_pinned():
    command = download_command(read_lock(name="linux-x86_64").enzyme, "FOLDER")
    text = " ".join(command)
    assert text == (
        "-m pip download --no-deps --only-binary=:all: --platform manylinux_2_28_x86_64 --python-version "
        "3.11 --implementation cp --abi cp311 --dest FOLDER pennylane-catalyst==0.15.0"
    )


def test_headers_and_lock_file_come_with_the_package():
    assert (include_folder() / "zymogen" / "abi.hpp").is_file()
    assert lock_file().is_file()
