"""The documentation's page on programs, followed word by word from an empty folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .conftest import build, configured, output

PAGE = Path(__file__).parents[2] / "docs" / "programs.md"
_FILE = re.compile(r"`([\w.]+)` [^\n]*\n\n```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SHOWN = re.compile(r"^\$ build/springs\n(.*?)^```", re.MULTILINE | re.DOTALL)

pytestmark = [pytest.mark.toolchain, pytest.mark.timeout(300)]


def test_the_page_leads_from_an_empty_folder_to_a_program(tmp_path):
    text = PAGE.read_text(encoding="utf-8")
    files = dict(_FILE.findall(text))
    assert set(files) == {"kernels.cpp", "main.cpp", "CMakeLists.txt"}
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    folder = configured(tmp_path, tmp_path / "build")
    done = build(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert output(folder / "springs") == _SHOWN.search(text)[1]
