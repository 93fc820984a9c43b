"""The tables of docs/errors.md, row by row: texts are those of errors. Its examples are run with those of all pages."""

from __future__ import annotations

import builtins
import re
from inspect import signature
from pathlib import Path

import numpy as np
import pytest

import zymogen as zg
from zymogen import errors
from zymogen.build.store import Store

pytestmark = pytest.mark.toolchain

PAGE = (Path(__file__).parents[2] / "docs" / "errors.md").read_text(encoding="utf-8")
REST = re.compile(r"\n(What repeats it elsewhere, for a report|The tool's whole output): ")


def table(header: str, page: str = PAGE) -> list[list[str]]:
    """The cells of the rows of all tables with this header."""
    lines = [part.split("\n\n")[0].splitlines()[2:] for part in page.split(header)[1:]]
    return [[cell.strip() for cell in line.strip("|").split("|")] for part in lines for line in part]


def names(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


def kernel(body: str, before: str = "", parameters: str = "double x", shape: str = "x() -> ()") -> zg.Kernel:
    """A kernel `f` whose body is line 7 of its source."""
    before += "\n" * (4 - before.count("\n"))
    text = f"#include <zymogen/kernel.hpp>\n{before}double f({parameters}) {{\n{body}\n}}\n"
    return zg.compile(text + f'ZYMOGEN_KERNEL(f, "{shape}");\n').f


def mixed() -> None:
    """One pointer that leads to x or to y, of which x alone is active."""
    f = kernel(
        "struct Pair { const double *a, *b; } pair{x.data(), y.data()}; return sum(&pair, x.size());",
        "struct Both { const double *a, *b; };\n"
        "[[gnu::noinline]] static double sum(void* both, std::size_t n) {\n"
        "    auto pair = static_cast<Both*>(both); double s = 0; for (std::size_t i = 0; i < n; ++i) {"
        " const double* p = i % 3 ? pair->a : pair->b; s += p[i] * p[i]; } return s;\n"
        "}\n",
        "std::span<const double> x, std::span<const double> y",
        "x(n), y(n) -> ()",
    )
    zg.grad(f)(np.ones(4), np.ones(4))


def undeduced() -> None:
    f = kernel(
        "return sum_of_squares(x) * x;",
        "#include <list>\n[[gnu::noinline]] static double sum_of_squares(double x) {\n"
        "    std::list<double> all; all.push_back(x * x);"
        " double s = 0; for (double t : all) s += t * t; return s;\n}\n",
    )
    zg.grad(f)(1.0)


def pointed() -> None:
    f = kernel(
        "return table[x > 3](x) * x;",
        "static double twice(double t) { return 2 * t; }\nstatic double half(double t) { return t / 2; }\n"
        "static double (*volatile table[2])(double) = {twice, half};\n",
    )
    zg.jvp(f)(1.0, 1.0)


def bits() -> None:
    f = kernel(
        "return std::bit_cast<double>(std::bit_cast<std::uint64_t>(x[0]) & 0x7fffffffffffffffULL) * x[0];",
        "#include <bit>\n#include <cstdint>\n",
        "std::span<const double> x",
        "x(n) -> ()",
    )
    zg.grad(f)(np.ones(1))


def crash() -> None:
    f = kernel(
        "alignas(8) char raw[64]; std::memcpy(raw, x.data(), 64);"
        " return *reinterpret_cast<volatile float*>(raw + 4) * x[0];",
        "#include <cstring>\n",
        "std::span<const double> x",
        "x(n) -> ()",
    )
    zg.grad(f)(np.ones(8))


def no_toolchain(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("ZYMOGEN_TOOLCHAIN_DIR", str(tmp_path))
    monkeypatch.setenv("ZYMOGEN_CACHE_DIR", str(tmp_path / "cache"))
    kernel("return x;")


def half_chosen(monkeypatch) -> None:
    monkeypatch.delenv("ZYMOGEN_ENZYME", raising=False)
    monkeypatch.setenv("ZYMOGEN_CLANG", "clang++")
    kernel("return x;")


def open_cache(monkeypatch, tmp_path) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    folder.chmod(0o777)
    monkeypatch.setenv("ZYMOGEN_CACHE_DIR", str(folder))
    kernel("return x;")


def no_scipy(monkeypatch) -> None:
    monkeypatch.setattr("zymogen.sparse.operators.find_spec", lambda name: None)
    zg.sparse_jacobian(kernel("return x;"))


def damaged(monkeypatch, tmp_path) -> None:
    store = Store(tmp_path)
    key = "0123456789abcdef" * 4

    def build(scratch: Path) -> None:
        (scratch / "kernel.so").write_bytes(b"library")

    library = store.fetch(key, build).path("kernel.so")
    library.chmod(0o600)
    library.write_bytes(b"another")
    monkeypatch.setattr("zymogen.build.store.store._verified", {})
    store.fetch(key, build)


ROWS = table("| class | text |", PAGE) + table("| class | text (with the places of the kernels it was taken from) |")
"""Those on the toolchain and the cache, and those on Enzyme."""

CAUSES = [no_toolchain, half_chosen, open_cache, no_scipy, damaged, mixed, undeduced, pointed, bits, crash]
"""What makes the error of each row."""


def pattern(text: str) -> str:
    """A regular expression for a text of the page: without Markdown, and with anything for what is the reader's."""
    plain = re.sub(r"\\([`<>|])", r"\1", text)
    return re.sub("FOLDER|USER|NUMBER", r"\\S+", re.escape(plain))


@pytest.mark.parametrize(
    ("row", "cause"), list(zip(ROWS, CAUSES, strict=True)), ids=[cause.__name__ for cause in CAUSES]
)
def test_the_text_of_a_row_is_the_text_of_the_error(row, cause, request):
    needed = {name: request.getfixturevalue(name) for name in signature(cause).parameters}
    (name,), text = names(row[0]), row[1]
    kind = getattr(errors, name)
    with pytest.raises(kind) if issubclass(kind, zg.ZymogenError) else pytest.warns(kind) as caught:
        cause(**needed)
    error = caught.value if issubclass(kind, zg.ZymogenError) else caught[0].message
    assert type(error) is kind
    assert re.fullmatch(pattern(text), REST.split(str(error))[0]), str(error)


def test_the_first_table_has_every_class_and_what_else_it_is():
    rows = table("| class | also a | when |")
    public = {
        name for name, value in vars(errors).items() if isinstance(value, type) and value.__module__ == errors.__name__
    }
    assert {name for row in rows for name in names(row[0])} == public - {"ZymogenError"}
    for own, others, _ in rows:
        kinds = names(own)
        for kind, other in zip(kinds, names(others), strict=False):
            assert issubclass(getattr(errors, kind), getattr(builtins, other))
        if ", a `" in own or "each an `" in own:
            assert all(issubclass(getattr(errors, kind), getattr(errors, kinds[-1])) for kind in kinds)
