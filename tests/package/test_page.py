"""The documentation's page on packages, followed word by word from an empty folder."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from .conftest import installed, written

PAGE = Path(__file__).parents[2] / "docs" / "packages.md"

# The first test that needs a package builds it.
pytestmark = [pytest.mark.toolchain, pytest.mark.slow, pytest.mark.timeout(900)]

_FILE = re.compile(r"^`([\w/.]+)`[^\n]*\n\n```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)

RUN = """
import doctest, sys
from pathlib import Path
text = Path(sys.argv[1]).read_text()
found = doctest.DocTestParser().get_doctest(text, {}, "the page", sys.argv[1], 0)
runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
failed, tried = runner.run(found)
print(tried, "tried,", failed, "failed")
sys.exit(bool(failed))
"""


def test_the_page_leads_from_an_empty_folder_to_a_wheel(tmp_path):
    text = PAGE.read_text(encoding="utf-8")
    files = dict(_FILE.findall(text))
    assert set(files) == {"kernels.cpp", "CMakeLists.txt", "pyproject.toml", "springs/__init__.py"}
    examples = [example.source for example in doctest.DocTestParser().get_examples(text)]
    package = installed(written(files, tmp_path / "springs"), tmp_path)
    assert package.wheel.name.startswith("springs-1.0-")
    assert f"{len(examples)} tried, 0 failed" in package.run("-c", RUN, PAGE)


def test_the_error_on_the_page_is_the_error_that_users_see(tmp_path):
    from zymogen.build.prebuilt import Prebuilt
    from zymogen.toolchain.tools import Options

    prebuilt = Prebuilt("springs.kernels", 0, Options(), tmp_path, "", {}, ("a", "b", "c", "d"), has_sources=True)
    said = prebuilt.advice("grad(energy, 'k')", "...").split()
    shown = re.search(r"^NotCompiledError: (.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert shown[1].split() == said
