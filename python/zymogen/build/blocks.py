"""Whether rows of a batch may be computed side by side: what one of them does must not end the others."""

from __future__ import annotations

import re

_BLOCK = re.compile(r"^define [^\n]*@\S*5block\S*\([^\n]*\) (?P<attributes>[^{\n]*)\{", re.MULTILINE)


def returns_always(ir: str) -> bool:
    """Whether the compiler knows of all functions that compute a block that they throw nothing."""
    blocks = list(_BLOCK.finditer(ir))
    return bool(blocks) and all(_throws_nothing(block["attributes"], ir) for block in blocks)


def _throws_nothing(attributes: str, ir: str) -> bool:
    groups = re.findall(r"#\d+", attributes)
    said = [
        attributes,
        *(match[1] for group in groups if (match := re.search(rf"^attributes {group} = {{(.*)}}$", ir, re.MULTILINE))),
    ]
    return any(re.search(r"\bnounwind\b", text) for text in said)
