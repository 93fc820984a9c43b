"""The batch example as a user runs it."""

import subprocess
import sys

import pytest

pytestmark = [pytest.mark.toolchain, pytest.mark.slow]


def test_two_processes_give_the_numbers_of_one(examples_folder):
    done = subprocess.run(
        [sys.executable, str(examples_folder / "batch.py")], capture_output=True, check=False, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr
    assert "bitwise equal" in done.stdout
