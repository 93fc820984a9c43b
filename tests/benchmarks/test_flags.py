"""Derivatives built with other flags: that the flags arrive, and what is reported; no test looks at a time."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.toolchain, pytest.mark.exhaustive]

FLAGS = Path(__file__).parents[2] / "benchmarks" / "flags.py"


def test_flags_are_measured_beside_those_that_are_used(tmp_path, monkeypatch):
    monkeypatch.setenv("ZYMOGEN_CACHE_DIR", str(tmp_path))
    file = tmp_path / "flags.md"
    chosen = ["--variation", "`-O3`", "--variation", "`-ffast-math`"]
    command = [sys.executable, str(FLAGS), "--quick", "--only", "B", *chosen, "--output", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    rows = [line.split(" | ") for line in file.read_text().splitlines() if line.startswith("| ")]
    assert [row[1].strip() for row in rows if "zymogen" in row[1] or "`-" in row[1]] == [
        "as zymogen does",
        "`-O3`",
        "as zymogen does",
        "`-O3`",
        "`-ffast-math`",
    ]
    ratios = [float(row[2].rstrip(" |")) for row in rows if "`-" in row[1]]
    assert min(ratios) > 0


def test_what_the_compiler_refuses_is_said(tmp_path, monkeypatch):
    """So flags arrive: Enzyme has no derivative of some vectors."""
    monkeypatch.setenv("ZYMOGEN_CACHE_DIR", str(tmp_path))
    file = tmp_path / "flags.md"
    command = [sys.executable, str(FLAGS), "--quick", "--only", "B", "--variation", "vectors", "--output", str(file)]
    subprocess.run(command, capture_output=True, timeout=240, check=True)
    assert re.search(r"\| vectors \| \w+Error \|", file.read_text())
