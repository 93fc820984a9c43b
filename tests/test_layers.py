"""Modules import lower layers only, and there is no circle among them."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "python" / "zymogen"

# Lower first. A module may import modules of its own layer and of those above it in this list.
LAYERS = (
    ("_core", "errors", "ownership", "resources"),
    ("signature",),
    ("declaration",),
    ("planning",),
    ("codegen",),
    ("ir",),
    ("toolchain",),
    ("build",),
    ("runtime",),
    ("operators",),
    ("sparse",),
    ("extension",),
    ("testing", "notebook"),
    ("",),  # the package itself: what users import
    ("cli", "__main__"),
)


@cache
def modules() -> dict[str, Path]:
    found = {}
    for file in PACKAGE.rglob("*.py"):
        parts = file.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(part for part in parts if part != "__init__")] = file
    return found


def imports(file: Path) -> set[str]:
    """Modules of the package that a file imports when it is loaded or later, but for the sake of types alone."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "zymogen":
            base = (node.module or "").removeprefix("zymogen").removeprefix(".")
            names = {f"{base}.{alias.name}".strip(".") for alias in node.names}
            found |= {name if name in modules() or name == "_core" else base for name in names}
        elif isinstance(node, ast.Import):
            found |= {
                a.name.removeprefix("zymogen").removeprefix(".")
                for a in node.names
                if a.name.split(".")[0] == "zymogen"
            }
    return found


def layer(module: str) -> int:
    return next(number for number, names in enumerate(LAYERS) if module.split(".", maxsplit=1)[0] in names)


@pytest.mark.parametrize("module", sorted(modules()))
def test_module_imports_lower_layers_only(module):
    higher = {name for name in imports(modules()[module]) if layer(name) > layer(module)}
    assert not higher, f"{module or 'zymogen'} imports {', '.join(sorted(higher))}"


def test_there_is_no_circle():
    graph = {module: imports(file) & set(modules()) - {module} for module, file in modules().items()}
    while graph:
        leaves = {module for module, needs in graph.items() if not needs & set(graph)}
        assert leaves, f"a circle among {', '.join(sorted(graph))}"
        graph = {module: needs for module, needs in graph.items() if module not in leaves}
