"""Whether rows of a batch may be computed side by side: what one of them does must be nothing to the others."""

from __future__ import annotations

import re

# As mangled names have them, in the namespace of what is generated: a kernel may be called `block`, too.
_BLOCK, _KERNEL = (
    re.compile(
        rf"^define [^\n]*@\S*zymogen_loop_\d+L(?:{names})\S*\([^\n]*\) (?P<attributes>[^{{\n]*)\{{", re.MULTILINE
    )
    for names in ("5block", "5block|8evaluate")
)
# What is said first is of all memory but the kinds that follow, such as that of arguments.
_WRITES_ELSEWHERE = re.compile(r"\bmemory\((?:readwrite|write)\b")


def returns_always(ir: str) -> bool:
    """Whether the compiler knows of all functions that compute a block that they throw nothing."""
    blocks = [_attributes(block, ir) for block in _BLOCK.finditer(ir)]
    return bool(blocks) and all(re.search(r"\bnounwind\b", text) for text in blocks)


def keeps_nothing(ir: str) -> bool:
    """Whether the compiler knows of no kernel that it writes to variables which outlive a call.

    Rows that stand in for those that are not there would write, too.

    Parameters
    ----------
    ir : before Enzyme, which loses what is known
    """
    return not any(_WRITES_ELSEWHERE.search(_attributes(kernel, ir)) for kernel in _KERNEL.finditer(ir))


def _attributes(function: re.Match[str], ir: str) -> str:
    """What a listing says of a function, in its head and in the groups that this names."""
    said = [function["attributes"]]
    for group in re.findall(r"#\d+", said[0]):
        said += re.findall(rf"^attributes {group} = {{(.*)}}$", ir, re.MULTILINE)
    return " ".join(said)
