"""Derivatives from an extension module: found by request, with nothing compiled, and the same as those built here."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

import zymogen as zg
from zymogen.errors import CompileError, EnzymeError, ExtensionModuleError, NotCompiledError, UnsupportedConstructError
from zymogen.extension.standard import standard_derivatives
from zymogen.extension.table import read
from zymogen.toolchain.tools import Options

from .conftest import DERIVATIVES, FIRST, SECOND, make_importable, ordered, table_of

x, y = np.array([1.0, 2.0, 0.5]), np.array([0.0, 2.0, 1.0])
M = np.array([[0.1, -0.2, 0.3], [0.5, 0.6, -0.7]])

CALLS = {
    "bump": lambda m: m.bump(x, y),
    "square": lambda m: m.square([1.5, 2.0], 3),
    "partial": lambda m: zg.partial(m.bump, ("x", 2))(x, y),
    "open partial": lambda m: zg.partial(m.bump, "x")(x, y, [0, 2]),
    "gradients": lambda m: zg.grad(m.bump, ("x", "y"))(np.stack([x, y]), y),
    "value and gradient": lambda m: zg.value_and_grad(m.bump, "x")(x, y),
    "jacobian of shapes": lambda m: zg.jacobian(m.shapes, "x")(x),
    "jacobian": lambda m: zg.jacobian(m.model, "M")(M, x),
    "jacobian of float": lambda m: zg.jacobian(m.model, "M")(M.astype("f4"), x.astype("f4")),
    "nest": lambda m: zg.vjp(zg.hessian(m.model, "x"), "M")(M, x, np.ones((2, 3, 3))),
    "sparse hessian": lambda m: zg.sparse_hessian(m.bump, "x")(x, y).toarray(),
    "rows side by side": lambda m: zg.vjp(m.model, "x").specialize(a=2, c=3)(M, [x, -x], np.ones(2)),
    "sum over a batch": lambda m: zg.grad(m.bump, ("x", "y"), sum_over_batch=True)(np.stack([x, y]), y),
}


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """The same kernels, compiled where they are called."""
    folder = tmp_path_factory.mktemp("sources")
    (folder / "scale.hpp").write_text("#define SCALE 3\n")
    first, second = zg.compile(FIRST, include=[folder]), zg.compile(SECOND)

    class Both:
        bump, shapes, model, square = first.bump, first.shapes, second.model, second.square

    return Both


@pytest.fixture
def no_processes(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError(f"a process was started: {args}")

    monkeypatch.setattr(subprocess, "Popen", refuse)


@pytest.mark.parametrize("call", CALLS)
def test_results_are_those_of_a_build_on_the_spot(mine, compiled, call):
    np.testing.assert_equal(CALLS[call](mine), CALLS[call](compiled))


@pytest.mark.usefixtures("without_tools", "no_processes")
@pytest.mark.parametrize("call", CALLS)
def test_nothing_is_needed_but_the_module(mine, call):
    CALLS[call](mine)
    zg.set_checks("always")
    try:
        CALLS[call](mine)
    finally:
        zg.set_checks("first")


def test_its_attributes_are_its_kernels(mine):
    assert mine.__all__ == ["bump", "shapes", "model", "square"]
    assert all(isinstance(getattr(mine, name), zg.Kernel) for name in mine.__all__)
    assert "bump, shapes, model, square" in mine.__doc__


def test_it_shows_itself(mine, site):
    derivative = zg.partial(mine.bump, ("x", 0))
    assert derivative.build().location == site
    assert derivative.seed == "implicit"
    assert derivative.finished.place == f"built ahead of time: {site}/libmine.native.so"
    # Lines end where the page's width says, also before a path.
    assert f"built ahead of time: {site}/libmine.native.so" in " ".join(str(zg.explain(derivative)).split())
    # Modules have no texts: it is built once more to be read.
    assert "level_1" in derivative.source()
    assert "__enzyme_fwddiff" in derivative.ir("before")


@pytest.mark.usefixtures("without_tools")
def test_what_is_missing_names_the_line_to_add(mine):
    with pytest.raises(NotCompiledError) as caught:
        zg.jvp(mine.model, ("M", "x"))(M, x, M, x)
    text = str(caught.value)
    assert text.startswith("jvp(model, ('M', 'x')): it is not among the derivatives that were built into mine, ")
    assert "`zymogen toolchain install`" in text
    assert text.endswith("""zymogen_add_module(mine ... DERIVATIVES ... "jvp(model, ('M', 'x'))").""")


def test_what_is_missing_is_built_where_a_toolchain_is(mine, compiled):
    derivative = zg.grad(mine.bump, "y")
    np.testing.assert_equal(derivative(x, y), zg.grad(compiled.bump, "y")(x, y))
    assert "mine" not in derivative.location.parts


@pytest.mark.usefixtures("without_tools", "no_processes")
def test_a_way_that_enzyme_refused_is_not_tried_again(mine):
    jacobian = zg.jacobian(mine.shapes, "x")
    np.testing.assert_allclose(jacobian(x), np.diag([3.0, 4.0, 0.75]), rtol=1e-15)
    with pytest.raises(UnsupportedConstructError, match=r"jacobian\(shapes, 'x'\).*called through a pointer"):
        zg.jacobian(mine.shapes, "x", mode="forward")(x)


def test_kernels_travel_by_the_name_of_their_module(mine, site):
    derivative = zg.grad(mine.bump, ("x", "y"))
    packed = pickle.dumps((derivative, mine.bump.ufunc))
    assert len(packed) < 2000
    assert b"squared" not in packed
    script = (
        "import sys, pickle; sys.path.insert(0, sys.argv[1]); d, u = pickle.loads(sys.stdin.buffer.read());"
        "print(float(d([1.0], [0.5])[0][0]), type(u).__name__, d.location)"
    )
    run = subprocess.run([sys.executable, "-c", script, str(site)], input=packed, capture_output=True, check=True)
    expected = float(derivative([1.0], [0.5])[0][0])
    assert run.stdout.decode().split(maxsplit=2) == [repr(expected), "ufunc", f"{site}\n"]


def test_a_check_is_remembered_in_the_cache(mine, site, tmp_path):
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import mine, zymogen as zg\n"
        "from zymogen.runtime.checks import first_use\n"
        "seen, compare = [], first_use.compare\n"
        "def counted(*a, **k):\n"
        "    seen.append(1)\n"
        "    return compare(*a, **k)\n"
        "first_use.compare = counted\n"
        "zg.grad(mine.bump, ('x', 'y'))([1.0, 0.3], [0.5, 2.0])\n"
        "print(len(seen))\n"
    )
    counts = []
    for cache in ("one", "one", "none/file"):
        (tmp_path / "none").touch()
        environment = {"ZYMOGEN_CACHE_DIR": str(tmp_path / cache), "ZYMOGEN_TOOLCHAIN_DIR": "/nowhere"}
        run = subprocess.run(
            [sys.executable, "-c", script, str(site)], env=environment, capture_output=True, text=True, check=True
        )
        counts.append(run.stdout.strip())
    assert counts == ["1", "0", "1"]


@pytest.mark.usefixtures("without_tools")
def test_with_other_options_it_is_something_else(mine):
    # Detection of patterns takes kernels in strict arithmetic, whatever they were built with.
    _, (unit, *rest) = mine.bump.__reduce__()
    fast = zg.Kernel(replace(unit, options=replace(unit.options, math="fast")), *rest)
    with pytest.raises(NotCompiledError, match="bump: it is not among"):
        fast(x, y)
    with pytest.raises(NotCompiledError, match="bump: it is not among"):
        pickle.loads(pickle.dumps(fast))(x, y)


def test_the_builders_folders_are_not_in_it(site):
    table = table_of(site)
    assert "where it was built" not in table
    assert "/mine/first.cpp" in table
    assert b"where it was built" not in (site / "libmine.native.so").read_bytes()


def test_a_library_searches_nowhere(site):
    shown = subprocess.run(["readelf", "-d", site / "libmine.native.so"], capture_output=True, text=True, check=True)
    assert "RPATH" not in shown.stdout
    assert "RUNPATH" not in shown.stdout


def test_a_table_of_another_format_is_refused(site):
    other = json.loads(table_of(site)) | {"format": 99, "zymogen": "7.0"}
    with pytest.raises(
        ExtensionModuleError, match=r"it was built by zymogen 7\.0, with format 99\.\d+, and .*Build mine"
    ):
        read(json.dumps(other), "mine")


@pytest.fixture
def copied(site, tmp_path):
    """A module whose table can be changed."""
    folder = tmp_path / "copy"
    folder.mkdir()
    (folder / "mine.py").write_text((site / "mine.py").read_text())
    (folder / "libmine.native.so").write_bytes((site / "libmine.native.so").read_bytes())

    def change(edit):
        table = json.loads(table_of(site))
        edit(table)
        (folder / "mine.json").write_text(json.dumps(table))
        return folder

    return change


def test_another_processor_is_refused_with_advice(copied, importing):
    folder = copied(lambda table: table["libraries"][0].update(features=["quantum"], architecture="x86-64-v9"))
    with pytest.raises(ExtensionModuleError, match=r"x86-64-v9, which this one is not.*ARCH"):
        importing(folder, "mine")


def test_a_library_that_was_left_behind_is_named(copied, importing):
    folder = copied(lambda table: table["libraries"][0].update(file="libmine.other.so"))
    with pytest.raises(ExtensionModuleError, match=r"libmine\.other\.so is not there.*DESTINATION"):
        importing(folder, "mine")


@pytest.mark.usefixtures("without_tools")
def test_an_entry_that_would_be_called_otherwise_is_not_called(copied, importing):
    def edit(table):
        for entry in table["libraries"][0]["entries"]:
            if "built" in entry:
                entry["built"]["layout"] = "as before"

    changed = importing(copied(edit), "mine")
    with pytest.raises(NotCompiledError):
        changed.bump(x, y)


@pytest.fixture
def plain(tmp_path, importing):
    cube = """#include <zymogen/kernel.hpp>
double cube(double v) { return v * v * v; }
ZYMOGEN_KERNEL(cube, "v() -> ()");
"""
    folder = make_importable(ordered("plain", tmp_path, {"cube.cpp": cube}, ("standard",), has_sources=False))
    assert "v * v" not in table_of(folder)
    return importing(folder, "plain")


@pytest.fixture
def plain_without_tools(plain, without_tools):
    return plain


def test_the_standard_set_is_found(plain_without_tools):
    for derivative in standard_derivatives(plain_without_tools.cube):
        derivative.build()
    assert zg.hessian(plain_without_tools.cube, "v")(2.0) == 12


def test_sources_can_stay_at_home(plain):
    line = r"""NO_SOURCES.*DERIVATIVES "standard" "derivative\(cube, 'v', 3\)"\)"""
    with pytest.raises(NotCompiledError, match=line):
        zg.derivative(plain.cube, "v", 3)(2.0)


def test_fast_arithmetic_is_the_same_to_the_last_bit(tmp_path, importing):
    # It may add in any order: the optimiser must not notice that it works on one of many.
    options = Options(math="fast")
    wanted = ("grad(bump, (x, y))", "jacobian(model, x)")
    sources = {"first.cpp": FIRST, "second.cpp": SECOND}
    folder = make_importable(ordered("quick", tmp_path, sources, wanted, options=options))
    quick = importing(folder, "quick")
    (tmp_path / "scale.hpp").write_text("#define SCALE 3\n")
    first, second = zg.compile(FIRST, include=[tmp_path], math="fast"), zg.compile(SECOND, math="fast")
    u, v = np.random.default_rng(0).random((2, 1001)) / 30
    A = np.random.default_rng(1).random((13, 1001))
    np.testing.assert_equal(zg.grad(quick.bump, ("x", "y"))(u, v), zg.grad(first.bump, ("x", "y"))(u, v))
    np.testing.assert_equal(zg.jacobian(quick.model, "x")(A, u), zg.jacobian(second.model, "x")(A, u))


def test_a_derivative_that_is_named_and_refused_ends_the_build(tmp_path):
    source = {"first.cpp": FIRST}
    with pytest.raises(EnzymeError, match="called through a pointer"):
        ordered("mine", tmp_path, source, ("jacobian(shapes, x, mode=forward)",)).make()


def test_a_kernel_that_is_nowhere_defined_is_named_with_its_registration(tmp_path):
    text = '#include <zymogen/kernel.hpp>\ndouble cube(double);\nZYMOGEN_KERNEL(cube, "x() -> ()");\n'
    with pytest.raises(CompileError, match=r"the kernel `cube\(double\)` \(registered at .*/a.cpp:3\) is declared and"):
        ordered("mine", tmp_path, {"a.cpp": text}, ("cube",)).make()


def test_names_of_kernels_are_names_of_a_module(tmp_path):
    with pytest.raises(zg.ZymogenError, match=r"two of SOURCES register a kernel bump"):
        ordered("mine", tmp_path, {"first.cpp": FIRST, "again.cpp": FIRST}, DERIVATIVES).make()
