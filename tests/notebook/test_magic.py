"""The cell magic, in a real shell of IPython."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

import zymogen as zg
from zymogen.errors import ArgumentError, CompileError

PAGE = Path(__file__).parents[2] / "docs" / "notebooks.md"

CUBE = """%%zymogen {options}
#include <zymogen/kernel.hpp>
double cube(double x) {{ return {body}; }}
ZYMOGEN_KERNEL(cube, "x() -> ()");
"""


@pytest.fixture
def shell():
    made = InteractiveShell()
    made.run_cell("%load_ext zymogen").raise_error()
    yield made
    made.history_manager.end_session()
    InteractiveShell.clear_instance()


def run(shell, cell):
    done = shell.run_cell(cell)
    done.raise_error()
    return done.result


def cube(options="", body="x * x * x"):
    return CUBE.format(options=options, body=body)


@pytest.mark.toolchain
def test_the_page_says_what_cells_give(shell):
    results = []
    for language, text in re.findall(r"```(ipython|text)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        if language == "ipython":
            results.append(run(shell, text))
        else:
            assert repr(results[-1]) == text.strip()
    assert len(results) == 5


@pytest.mark.toolchain
def test_kernels_become_variables_and_the_library_is_the_result(shell):
    library = run(shell, cube())
    assert isinstance(library, zg.Library)
    assert shell.user_ns["cube"] is library.cube
    assert run(shell, "float(cube(3.0))") == 27


@pytest.mark.toolchain
def test_a_cell_that_is_run_again_replaces_its_kernels(shell):
    run(shell, cube())
    run(shell, "import zymogen as zg; old = zg.derivative(cube)")
    run(shell, cube(body="x * x * x + x"))
    assert run(shell, "float(cube(3.0)), float(old(3.0)), float(zg.derivative(cube)(3.0))") == (30, 27, 28)


@pytest.mark.toolchain
def test_options_are_those_of_compile(shell, tmp_path):
    (tmp_path / "factor.hpp").write_text("inline constexpr double factor = 4;\n", encoding="utf-8")
    options = f"-D POWER=2 -I {tmp_path} --flag=-DMORE=1 --math fast --std c++20 --name lib"
    library = run(
        shell, cube(options, "POWER * factor * x + MORE").replace("<zymogen", '"factor.hpp"\n#include <zymogen')
    )
    assert run(shell, "float(lib.cube(0.5))") == 5
    assert library is shell.user_ns["lib"]


@pytest.mark.toolchain
def test_lines_in_messages_are_those_of_the_cell(shell):
    with pytest.raises(CompileError, match=r"<text>:3:.*undeclared"):
        run(shell, cube(body="missing"))
    assert "cube" not in shell.user_ns


@pytest.mark.toolchain
@pytest.mark.parametrize(("variable", "options"), [("cube", ""), ("lib", "--name lib")])
def test_other_variables_are_not_replaced(shell, variable, options):
    run(shell, f"{variable} = [1, 2]")
    with pytest.raises(ArgumentError, match=rf"replace the variable {variable}, which is a list\. .*del {variable}"):
        run(shell, cube(options))
    assert shell.user_ns[variable] == [1, 2]
    assert ("cube" in shell.user_ns) == (variable == "cube")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--maths fast", r"--maths fast: unrecognized arguments: --maths fast\."),
        ("fast", r"fast: unrecognized arguments: fast\."),
        ("--name", r"--name: argument --name: expected one argument\."),
        ("--name 'a b", r"--name 'a b: no closing quotation\."),
    ],
)
def test_a_wrong_option_names_those_there_are(shell, options, said):
    with pytest.raises(ArgumentError, match=rf"^%%zymogen {said} Expected are any of \[--name NAME\] \[--math MATH\] "):
        run(shell, cube(options))


def test_values_with_a_dash_are_told_how_they_are_written(shell):
    with pytest.raises(ArgumentError, match=r"--flag: expected one argument\. .* A value .*, as in --flag=-O1\."):
        run(shell, cube("--flag -O2"))


@pytest.mark.parametrize("name", ["2x", "class", "a.b"])
def test_the_name_of_the_library_is_one_of_a_variable(shell, name):
    with pytest.raises(ArgumentError, match=rf"^%%zymogen: --name is '{name}', which no variable can be called\."):
        run(shell, cube(f"--name {name}"))


def test_wrong_values_are_errors_of_compile(shell):
    with pytest.raises(ArgumentError, match=r"math is 'quick'\. Expected is 'strict' or 'fast'"):
        run(shell, cube("--math quick"))
    with pytest.raises(ArgumentError, match=r"std is 'c\+\+17'\. Expected is c\+\+20, "):
        run(shell, cube("--std c++17"))


def test_a_cell_without_text_is_refused(shell):
    with pytest.raises(ArgumentError, match=r"^%%zymogen: the cell has no C\+\+ below its first line\."):
        run(shell, "%%zymogen\n\n  \n")


def test_importing_the_package_does_not_import_ipython():
    import subprocess
    import sys

    text = "import sys, zymogen; print('IPython' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True).stdout == "False\n"
