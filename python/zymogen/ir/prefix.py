"""Names of a listing made its own, so that several can be linked into one library."""

from __future__ import annotations

import re

from zymogen.ir.names import NAME

# A definition has no linkage, or one of those that let others have the same name; what is private or internal
# cannot clash, and `external` and `available_externally` stand for what is defined elsewhere.
_ELSEWHERE = r"(?:private|internal|external|extern_weak|available_externally|appending)\b"
_VARIABLE = re.compile(rf"^@({NAME}) = (?!{_ELSEWHERE})", re.MULTILINE)
_FUNCTION = re.compile(rf"^define (?!{_ELSEWHERE})[^@\n]*@({NAME})\(", re.MULTILINE)
_COMDAT = re.compile(rf"^\$({NAME}) = comdat\b", re.MULTILINE)
_TOKEN = re.compile(rf'([@$])({NAME})|"[^"]*"')


def with_prefix(text: str, prefix: str) -> str:
    """A listing in which everything that it defines for others begins with `prefix`.

    Linkage stays as it is: the optimiser then does exactly what it does without prefixes.

    Parameters
    ----------
    prefix : letters, digits and underscores
    """
    variables, functions = set(_VARIABLE.findall(text)), set(_FUNCTION.findall(text))
    defined = {name for name in variables | functions if not name.strip('"').startswith("llvm.")}
    groups = set(_COMDAT.findall(text))

    def renamed(token: re.Match[str]) -> str:
        mark, name = token[1], token[2]
        if mark is None or name not in (defined if mark == "@" else groups):
            return token[0]
        return f'{mark}"{prefix}{name[1:]}' if name.startswith('"') else f"{mark}{prefix}{name}"

    return _TOKEN.sub(renamed, text)
