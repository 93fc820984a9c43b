"""Extension modules without CMake: a Python file stands for the compiled one, and all else is real."""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from zymogen.extension.library import Order
from zymogen.extension.making import HEADER, make
from zymogen.toolchain.tools import Options

FIRST = r"""
#include <cmath>
#include <memory>
#include <span>
#include <zymogen/kernel.hpp>
#include "scale.hpp"

double helper(double v) { return SCALE * v; }  // another one in the second source
int calls = 0;

double bump(std::span<const double> x, std::span<const double> y) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += (x[i] - y[i]) * (x[i] - y[i]);
    return std::exp(-s) * helper(1);
}
ZYMOGEN_KERNEL(bump, "x(n), y(n) -> ()");

// Virtual calls: right in reverse mode, refused in forward mode.
struct Shape { virtual double value(double t) const = 0; virtual ~Shape() = default; };
struct Cube : Shape { double value(double t) const override { return t * t * t; } };
struct Square : Shape { double value(double t) const override { return t * t; } };
void shapes(std::span<const double> x, std::span<double> y) {
    for (std::size_t i = 0; i < x.size(); ++i) {
        std::unique_ptr<Shape> shape;
        if (i % 2 == 0) shape = std::make_unique<Cube>(); else shape = std::make_unique<Square>();
        y[i] = shape->value(x[i]);
    }
}
ZYMOGEN_KERNEL(shapes, "x(n) -> y(n)");
"""

SECOND = r"""
#include <cmath>
#include <span>
#include <zymogen/kernel.hpp>

double helper(double v) { return v + 1; }
int calls = 0;

template <class T>
void model(zymogen::matrix<const T> M, std::span<const T> x, std::span<T> y) {
    for (std::size_t a = 0; a < M.extent(0); ++a) {
        T sum = 0;
        for (std::size_t c = 0; c < M.extent(1); ++c) sum += M[a, c] * x[c];
        y[a] = std::tanh(sum);
    }
}
ZYMOGEN_KERNEL_TEMPLATE(model, "M(a,c), x(c) -> y(a)");

double square(double v, int power) { return std::pow(helper(v), power); }
ZYMOGEN_KERNEL(square, "v(), power() -> ()");
"""

DERIVATIVES = (
    "partial(bump, x)",
    "grad(bump, (x, y))",
    "value_and_grad(bump, 'x')",
    "jacobian(shapes, x)",
    "jacobian(model, M)",
    "vjp(hessian(model, x), M)",
    "specialize(vjp(model, x), a=2, c=3)",
    "sparse_jacobian(shapes, x)",
    "sparse_hessian(bump, x)",
)

PYTHON = """
import sys
from pathlib import Path
from zymogen.extension.module import fill
fill(sys.modules[__name__], Path(__file__).with_suffix(".json").read_text(), __file__)
"""


@dataclass(frozen=True)
class Module:
    """A module that is ordered, and where its sources are."""

    order: Order
    root: Path
    architectures: tuple[str, ...] = ("native",)
    has_sources: bool = True

    def make(self) -> None:
        make(self.order, self.architectures, self.root, has_sources=self.has_sources)


def ordered(
    name: str, folder: Path, sources: dict[str, str], derivatives: tuple[str, ...], options=None, **changes
) -> Module:
    """An order for sources that are written to a folder."""
    root = folder / "where it was built"
    root.mkdir()
    for file, text in sources.items():
        (root / file).write_text(text)
    (root / "scale.hpp").write_text("#define SCALE 3\n")
    files = tuple(root / file for file in sources)
    call = f"zymogen_add_module({name})"
    return Module(Order(call, files, derivatives, options or Options(), name, folder / "site"), root, **changes)


def table_of(folder: Path) -> str:
    """The table as the compiler sees it in the header."""
    lines = (folder / HEADER).read_text().splitlines()[1:]
    return "".join(json.loads(line.rstrip(";")) for line in lines)


def make_importable(module: Module) -> Path:
    """Make what is ordered; gives the folder to import it from."""
    module.make()
    folder, name = module.order.folder, module.order.name
    (folder / f"{name}.json").write_text(table_of(folder))
    (folder / f"{name}.py").write_text(PYTHON)
    for source in module.root.iterdir():
        source.unlink()  # those who use a module do not have them
    return folder


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    sources = {"first.cpp": FIRST, "second.cpp": SECOND}
    return make_importable(ordered("mine", tmp_path_factory.mktemp("mine"), sources, DERIVATIVES))


@pytest.fixture
def importing(monkeypatch):
    """Import a module from a folder, as a new process would."""
    names = []

    def module(folder: Path, name: str):
        monkeypatch.syspath_prepend(str(folder))
        names.append(name)
        sys.modules.pop(name, None)
        importlib.invalidate_caches()
        return importlib.import_module(name)

    yield module
    for name in names:
        sys.modules.pop(name, None)


@pytest.fixture
def mine(site, importing):
    return importing(site, "mine")


@pytest.fixture
def without_tools(monkeypatch, tmp_path):
    """No toolchain, no compiler, and a cache folder that cannot be made."""
    monkeypatch.setenv("ZYMOGEN_TOOLCHAIN_DIR", str(tmp_path / "no toolchain"))
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "file").touch()
    monkeypatch.setenv("ZYMOGEN_CACHE_DIR", str(tmp_path / "file" / "cache"))
