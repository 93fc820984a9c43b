"""What users read when their C++ does not compile, link, or when a tool ends badly. The tools are real."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from zymogen.errors import CompileError, EnzymeError, UnsupportedConstructError
from zymogen.toolchain import stages
from zymogen.toolchain.enzyme import EnzymeCommand
from zymogen.toolchain.messages.diagnostics import NoVectorsError, TooMuchEffortError, compiler_finding, parse_messages
from zymogen.toolchain.messages.enzyme_messages import enzyme_finding
from zymogen.toolchain.messages.special_functions import IN_OUR_HEADER, advice_for_special_function
from zymogen.toolchain.process import Outcome
from zymogen.toolchain.tools import Options

pytestmark = pytest.mark.toolchain


def refusal(bench, text: str) -> str:
    with pytest.raises(CompileError) as caught:
        bench.compiled(text)
    assert type(caught.value) is CompileError
    return str(caught.value)


def log_of(text: str) -> Path:
    return Path(re.search(r"The tool's whole output: (.+)$", text)[1])


def test_syntax_error_shows_the_user_s_line_and_the_compiler_s_words(bench):
    text = refusal(bench, "double f(double x) {\n    return x +;\n}\n")
    assert text.startswith('grad(kernel, "x"): the kernel\'s source does not compile.\n')
    assert f"{bench.folder}/kernel.cpp:2:15: error: expected expression\n" in text
    assert "    2 |     return x +;\n      |               ^\n" in text
    assert log_of(text).read_text()


def test_text_that_is_no_file_is_named_as_its_line_directive_says(bench):
    text = refusal(bench, '#line 1 "<text of compile>"\nint f() { return a; }\n')
    assert "\n<text of compile>:1:18: error: use of undeclared identifier 'a'\n" in text


def test_error_in_the_user_s_header_is_shown_there_without_the_way_to_it(bench):
    header = bench.write("#pragma once\n\ninline int g() { retrun 1; }\n", "mine.hpp")
    text = refusal(bench, '#include "mine.hpp"\n')
    assert f"{header}:3:18: error: use of undeclared identifier 'retrun'" in text
    assert "In file included from" not in text


def test_missing_header_is_named(bench):
    assert "kernel.cpp:1:10: fatal error" not in refusal(bench, '#include "nosuch.hpp"\n')
    assert "kernel.cpp:1:10: error: 'nosuch.hpp' file not found" in refusal(bench, '#include "nosuch.hpp"\n')


def test_error_inside_the_c_plus_plus_library_is_shown_where_the_user_caused_it(bench):
    text = refusal(
        bench,
        "#include <algorithm>\n#include <vector>\nstruct Z {};\n"
        "void f(std::vector<Z>& v) { std::sort(v.begin(), v.end()); }\n",
    )
    assert "kernel.cpp:4:34: error: invalid operands to binary expression ('const Z' and 'const Z')" in text
    assert "std::sort(v.begin(), v.end());" in text
    assert "(seen inside comp.h:" in text
    assert "__introsort" not in text
    assert re.search(r"^\(\d+ more errors\)$", text, re.MULTILINE)


def test_static_assertion_comes_first_and_says_only_what_its_author_wrote(bench):
    text = refusal(
        bench,
        "int f() { return a; }\n"
        'template <class T> struct Check { static_assert(sizeof(T) > 4, "argument x: too small"); };\n'
        "Check<short> check;\n",
    )
    assert text.index("kernel.cpp:2:49: error: argument x: too small") < text.index("undeclared identifier 'a'")
    assert "due to requirement" not in text


def test_static_assertion_in_own_header_is_shown_where_the_user_caused_it(bench):
    own = bench.folder / "own"
    own.mkdir()
    (own / "check.hpp").write_text(
        'template <class T> struct Check { static_assert(sizeof(T) > 4, "argument x: too small"); };\n'
        "#define REGISTER(type) template struct Check<type>\n"
    )
    source = bench.write('#include "own/check.hpp"\nREGISTER(short);\n')
    workspace = replace(bench.workspace, own_folders=(own,))
    with pytest.raises(CompileError) as caught:
        stages.compile_to_ir(bench.toolchain, Options(), source, bench.folder / "k.ll", workspace)
    assert "kernel.cpp:2:1: error: argument x: too small\n    2 | REGISTER(short);" in str(caught.value)
    assert "check.hpp" not in str(caught.value)


def test_notes_of_the_user_s_own_places_stay(bench):
    text = refusal(bench, "void f(int);\nvoid g() { f(1, 2); }\n")
    assert "kernel.cpp:2:12: error: no matching function for call to 'f'" in text
    assert "kernel.cpp:1:6: note: candidate function not viable" in text


def test_a_missing_special_function_is_told_with_the_one_to_write_instead(bench):
    text = refusal(bench, "#include <cmath>\ndouble f(double x) { return std::expint(x); }\n")
    assert "kernel.cpp:2:34: error: no member named 'expint' in namespace 'std'" in text
    assert "^~~~~~\nzymogen: the C++ library of the toolchain lacks std::expint, and zymogen has it: " in text
    assert "#include <zymogen/special.hpp> and write zymogen::expint." in text


@pytest.mark.parametrize(
    ("missing", "instead"),
    [
        ("legendref", "lacks std::legendre, and zymogen has it"),
        ("ellint_2l", "write zymogen::ellint_2."),
        ("beta", "write zymogen::beta."),
        ("cyl_bessel_j", "#include <zymogen/special.hpp> and write zymogen::cyl_bessel_j."),
        ("sph_neumannf", "write zymogen::sph_neumann."),
    ],
)
def test_advice_for_a_special_function_names_it(missing, instead):
    assert instead in advice_for_special_function(f"no member named '{missing}' in namespace 'std'; did you mean 'x'?")


def test_a_missing_special_function_is_told_also_without_its_namespace(bench):
    text = refusal(bench, "#include <cmath>\nusing namespace std;\ndouble f(double x) { return legendre(2, x); }\n")
    assert "kernel.cpp:3:29: error: use of undeclared identifier 'legendre'" in text
    assert "#include <zymogen/special.hpp> and write zymogen::legendre." in text


@pytest.mark.parametrize(
    "message", ["no member named 'legend' in namespace 'std'", "no member named 'legendre' in namespace 'mine'"]
)
def test_other_missing_names_get_no_advice_about_special_functions(message):
    assert advice_for_special_function(message) is None


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("beta", "return beta * x;"),
        ("beta", "return alpha(beta);"),
        ("legend", "legend(2);"),
        ("hermite", "return hermite(2, x);"),  # clang has std::hermite to propose
    ],
)
def test_an_undeclared_name_that_is_none_of_a_called_special_function_gets_no_advice(name, line):
    assert advice_for_special_function(f"use of undeclared identifier '{name}'", [line]) is None


def test_special_functions_for_which_others_are_advised_are_lacking(bench):
    names = "".join(f"using std::{name};\n" for name in IN_OUR_HEADER)
    text = refusal(bench, f"#include <cmath>\n{names}")
    assert all(f"no member named '{name}' in namespace 'std'" in text for name in IN_OUR_HEADER[:2])


def test_what_is_advised_instead_of_special_functions_exists(bench):
    names = "".join(f"using zymogen::{name};\n" for name in IN_OUR_HEADER)
    bench.compiled(f"#include <zymogen/special.hpp>\n{names}")


def test_a_wrong_flag_is_told_in_the_compiler_s_words(bench):
    bench.options = Options(flags=("-fnonsense",))
    assert "error: unknown argument: '-fnonsense'" in refusal(bench, "")


def test_files_below_a_stand_in_for_the_root_are_named_as_the_user_knows_them(bench):
    root = bench.folder / "root"
    (root / "home").mkdir(parents=True)
    (root / "home" / "k.cpp").write_text("int f() { return a; }\n")
    source = bench.write(f'#include "{root}/home/k.cpp"\n')
    workspace = replace(bench.workspace, root=root)
    with pytest.raises(CompileError, match=r"\n/home/k\.cpp:1:18: error: use of undeclared"):
        stages.compile_to_ir(bench.toolchain, Options(), source, bench.folder / "k.ll", workspace)


def test_log_is_kept_where_the_caller_says(bench, tmp_path):
    kept = tmp_path / "kept.log"
    workspace = replace(bench.workspace, keep_log=lambda log: log.rename(kept))
    with pytest.raises(CompileError, match=f"whole output: {kept}$"):
        stages.compile_to_ir(bench.toolchain, Options(), bench.write("nonsense"), bench.folder / "k.ll", workspace)
    assert "nonsense" in kept.read_text()


def test_messages_are_split_with_their_lines_of_source():
    first, second = parse_messages(
        "In file included from a.cpp:1:\n./b.hpp:2:3: error: bad\n    2 | x\n      | ^\n"
        "zig: warning: -fx unused\n2 errors generated.\n"
    )
    assert (first.place, first.kind, first.text, first.excerpt) == (
        "b.hpp:2:3",
        "error",
        "bad",
        ("    2 | x", "      | ^"),
    )
    assert (second.place, second.kind, second.text) == ("", "warning", "-fx unused")


def test_undefined_functions_are_named_with_the_line_that_uses_them(bench):
    ir = bench.compiled(
        "#include <cmath>\n#include <stdexcept>\n#include <vector>\n"
        "namespace physics { double flux(double); }\n"
        'extern "C" double legacy_(const double*);\n'
        'extern "C" __attribute__((visibility("default"))) double f(double x) {\n'
        '    if (x > 3) throw std::runtime_error("no");\n'
        "    std::vector<double> v(3, std::tgamma(x));\n"
        "    return physics::flux(v[1]) +\n"
        "           legacy_(&v[0]);\n"
        "}\n"
    )
    with pytest.raises(CompileError) as caught:
        bench.linked(ir)
    text = str(caught.value)
    assert f"`physics::flux(double)` (used in {bench.folder}/kernel.cpp:9) is declared and nowhere defined." in text
    assert f"\nSo is `legacy_` (used in {bench.folder}/kernel.cpp:10)." in text
    assert "libraries=[...]" in text
    assert not re.search("tgamma|malloc|runtime_error", text)


def test_a_source_given_as_text_is_named_without_a_folder_by_the_linker(bench):
    ir = bench.compiled(
        '#line 1 "<text>"\ndouble flux(double);\nEXPORT double f(double x) {\n  return flux(x);\n}\n'.replace(
            "EXPORT", 'extern "C" __attribute__((visibility("default")))'
        )
    )
    with pytest.raises(CompileError, match=r"`flux\(double\)` \(used in <text>:3\) is declared and nowhere defined"):
        bench.linked(ir)


def test_function_of_the_compiler_that_the_machine_lacks_is_an_error_of_the_build(bench):
    ir = bench.compiled(
        "#include <atomic>\n"
        "struct Four { double values[4]; };\n"
        'extern "C" __attribute__((visibility("default"))) void f(std::atomic<Four>* place) { place->store({}); }\n'
    )
    with pytest.raises(CompileError, match=r"the compiler calls `__atomic_store` \(used in .*libgcc_s\.so\.1 does not"):
        bench.linked(ir)


def test_function_of_a_user_s_library_is_found_when_linking_and_loading(bench):
    folder = bench.folder / "lib"
    folder.mkdir()
    source = bench.write('extern "C" double legacy(double x) { return 3 * x; }\n', "legacy.cpp")
    stages.compile_to_ir(bench.toolchain, Options(), source, bench.folder / "legacy.ll", bench.workspace)
    text = (bench.folder / "legacy.ll").read_text().replace("hidden ", "")
    (bench.folder / "legacy.ll").write_text(text)
    stages.compile_to_object(
        bench.toolchain, Options(), bench.folder / "legacy.ll", bench.folder / "legacy.o", bench.workspace
    )
    stages.link(bench.toolchain, Options(), [bench.folder / "legacy.o"], folder / "liblegacy.so", bench.workspace)
    ir = bench.compiled(
        'extern "C" double legacy(double);\n'
        'extern "C" [[gnu::visibility("default")]] double twice(double x) { return 2 * legacy(x); }\n'
    )
    bench.options = Options(libraries=("legacy",), library_folders=(str(folder),))
    library = ctypes.CDLL(str(bench.linked(ir)))
    library.twice.restype = ctypes.c_double
    assert library.twice(ctypes.c_double(1.5)) == 9.0


def test_missing_library_is_named(bench):
    ir = bench.compiled('extern "C" int f() { return 1; }\n')
    bench.options = Options(libraries=("nosuchlibrary",))
    with pytest.raises(CompileError, match=r"could not be linked: unable to find library -lnosuchlibrary"):
        bench.linked(ir)


class Script:
    """A stand-in for Enzyme that does what a real one does on a bad day."""

    declarations = ""

    def __init__(self, code: str, *, to_output: bool = False) -> None:
        self.code, self.to_output = code, to_output

    def command(self, source, result, scratch, *, fast_math):
        line = (sys.executable, "-c", f"import os, signal, sys, time\n{self.code}", str(source), str(result))
        return EnzymeCommand(line, writes_standard_output=self.to_output)


def bad_day(bench, code: str, *, to_output: bool = False) -> CompileError:
    bench.toolchain = replace(bench.toolchain, enzyme=Script(code, to_output=to_output))
    with pytest.raises(CompileError) as caught:
        bench.differentiated("double kernel(std::span<const double> x) { return x[0]; }")
    return caught.value


def test_enzyme_killed_half_way_says_so_and_is_no_failure_to_differentiate(bench):
    error = bad_day(bench, "print('half'); sys.stdout.flush(); os.kill(os.getpid(), signal.SIGKILL)", to_output=True)
    assert not isinstance(error, EnzymeError)
    assert re.search(r"Enzyme was killed \(SIGKILL\) after .* memory runs out", str(error))


def test_a_full_disk_is_no_failure_to_differentiate(bench):
    said = "LLVM ERROR: IO failure on output stream: No space left on device"
    error = bad_day(bench, f"print({said!r}, file=sys.stderr, flush=True); os.abort()")
    assert not isinstance(error, EnzymeError)
    assert re.search(r"could not write its result: No space left on device at .* set ZYMOGEN_CACHE_DIR", str(error))


def test_enzyme_that_takes_too_long_is_ended(bench, monkeypatch):
    ir = bench.compiled("")
    monkeypatch.setenv("ZYMOGEN_BUILD_TIMEOUT", "0.5")
    bench.toolchain = replace(bench.toolchain, enzyme=Script("time.sleep(600)"))
    for order in (0, 4):
        workspace = replace(bench.workspace, order=order)
        with pytest.raises(CompileError, match=r"took longer than 0\.5 seconds .* ZYMOGEN_BUILD_TIMEOUT") as caught:
            stages.differentiate(bench.toolchain, bench.options, ir, bench.folder / "after.ll", workspace)
        assert not isinstance(caught.value, EnzymeError)
        assert ("The derivative is of order 4" in str(caught.value)) is (order == 4)


@pytest.mark.parametrize(
    ("said", "kept"),
    [("warning: didn't implement memmove", True), ("error: <unknown>:0:0: in function f: Cannot deduce type", False)],
)
def test_logs_are_kept_of_what_no_other_way_to_build_can_help(bench, said, kept):
    ir = bench.compiled("")
    bench.toolchain = replace(bench.toolchain, enzyme=Script(f"print({said!r}, file=sys.stderr)"))
    workspace = replace(bench.workspace, expected=(EnzymeError,))
    with pytest.raises(EnzymeError) as caught:
        stages.differentiate(bench.toolchain, bench.options, ir, bench.folder / "after.ll", workspace)
    assert isinstance(caught.value, UnsupportedConstructError) is kept
    assert ("The tool's whole output: " in str(caught.value)) is kept


@pytest.mark.parametrize(("order", "told"), [(3, False), (9, True)])
def test_a_high_order_is_told_where_time_runs_out(order, told):
    late = Outcome(-9, timed_out=True, seconds=300.1, limit=300)
    for finding in (
        enzyme_finding("derivative(f, 't', 9)", late, "", Path("none"), (), order=order),
        compiler_finding("derivative(f, 't', 9)", late, "", (), order=order),
    ):
        advice = "The derivative is of order 9, and each order at least doubles the code: a lower one takes less. Split"
        assert (advice in finding.text) is told


NO_VECTORS = (
    "after.ll:3:1: error: loop not vectorized: the optimizer was unable to perform the requested transformation; the "
    "transformation might be disabled or specified as part of an unsupported transformation ordering "
    "[-Werror,-Wpass-failed=transform-warning]\n"
)


def test_a_loop_that_became_no_vector_code_is_told_from_all_other_errors():
    refused = Outcome(1, timed_out=False, seconds=0.1, limit=300)
    assert compiler_finding("hessian(f)", refused, NO_VECTORS, ()).error is NoVectorsError
    other = "error: unable to open output file 'kernel.o': 'Permission denied'\n"
    assert compiler_finding("hessian(f)", refused, NO_VECTORS + other, ()).error is CompileError
    killed = Outcome(-signal.SIGKILL, timed_out=False, seconds=0.1, limit=300)
    assert compiler_finding("hessian(f)", killed, NO_VECTORS, ()).error is CompileError


def test_the_clock_is_told_from_the_processor_s_time():
    late = Outcome(-signal.SIGKILL, timed_out=True, seconds=60.1, limit=60)
    busy = Outcome(-signal.SIGXCPU, timed_out=False, seconds=90.1, limit=60)
    assert compiler_finding("hessian(f)", late, "", ()).error is CompileError
    assert compiler_finding("hessian(f)", busy, "", ()).error is TooMuchEffortError


def test_enzyme_that_writes_nothing_is_noticed(bench):
    error = bad_day(bench, "", to_output=True)
    assert isinstance(error, EnzymeError)
    assert "ended well and wrote nothing" in str(error)


def test_enzyme_that_was_not_run_is_noticed_by_its_calls(bench):
    error = bad_day(bench, "print(open(sys.argv[1]).read())", to_output=True)
    assert isinstance(error, EnzymeError)
    assert "left calls of its own" in str(error)


def test_enzyme_that_ends_badly_without_a_word_is_told(bench):
    error = bad_day(bench, "sys.exit(7)")
    assert isinstance(error, EnzymeError)
    assert "exit status 7" in str(error)


def test_compiler_killed_half_way_is_a_compile_error(bench, tmp_path):
    script = tmp_path / "clang"
    script.write_text("#!/bin/sh\nkill -9 $$\n")
    script.chmod(0o755)
    bench.toolchain = replace(bench.toolchain, clang=(str(script),))
    text = refusal(bench, "")
    assert "the compiler was killed (SIGKILL)" in text


def test_crash_of_the_compiler_is_not_python_s(bench):
    ir = bench.write("define double @f() {\n  call void @llvm.trap()\n  ret double zeroinitializer\n}\n", "bad.ll")
    script = bench.folder / "clang"
    script.write_text(f"#!{sys.executable}\nimport os\nos.kill(os.getpid(), {int(signal.SIGSEGV)})\n")
    script.chmod(0o755)
    toolchain = replace(bench.toolchain, clang=(str(script),))
    with pytest.raises(CompileError, match=r"the compiler crashed \(SIGSEGV\)"):
        stages.compile_to_object(toolchain, Options(), ir, bench.folder / "k.o", bench.workspace)
    assert os.getpid() > 0
