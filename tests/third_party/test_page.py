"""What docs/third-party.md shows is what is tested."""

from __future__ import annotations

import re
from pathlib import Path

KERNELS = Path(__file__).parent / "kernels"
PAGE = Path(__file__).parents[2] / "docs" / "third-party.md"


def test_page_shows_parts_of_the_kernels():
    tested = "".join(file.read_text(encoding="utf-8") for file in sorted(KERNELS.glob("*.cpp")))
    shown = re.findall(r"^```cpp\n(.*?)\n```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(shown) == 5
    assert all(part in tested for part in shown)
