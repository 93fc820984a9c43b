"""Kernels that Enzyme cannot differentiate, and what their authors read. Enzyme is real."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from zymogen.errors import EnzymeError, MixedActivityError, NoDerivativeError, TypeNotDeducedError
from zymogen.toolchain.messages.demangle import demangle
from zymogen.toolchain.messages.enzyme_messages import enzyme_finding, without_remarks
from zymogen.toolchain.process import Outcome

pytestmark = pytest.mark.toolchain

PARTIAL = """
static void kernel_flat(IN x, OUT out, std::size_t n) { *out = kernel({x, n}); }
EXPORT void partial(IN x, std::size_t i, OUT tangent, std::size_t n) {
    double out;
    __enzyme_fwddiff<void>((void*)kernel_flat, enzyme_dup, x, zymogen::one_hot<double>(i),
                           enzyme_dupnoneed, &out, tangent, enzyme_const, n);
}
"""

# One pointer that leads to x or to y, of which x alone is active.
MIXED = """
struct Pair { const double* a; const double* b; };
__attribute__((noinline)) static double sum(Pair* pair, std::size_t n) {
    double s = 0;
    for (std::size_t i = 0; i < n; ++i) { const double* p = (i % 3) ? pair->a : pair->b; s += p[i] * p[i]; }
    return s;
}
static void flat(IN x, IN y, OUT out, std::size_t n) {
    Pair pair{x, y};
    *out = sum(&pair, n);
}
EXPORT void gradient(IN x, IN y, OUT g, std::size_t n) {
    double out, seed = 1;
    zymogen::clear(g, n);
    __enzyme_autodiff<void>((void*)flat, enzyme_dup, x, g, enzyme_const, y, enzyme_dupnoneed, &out, &seed,
                            enzyme_const, n);
}
"""


def kernel(body: str, before: str = "") -> str:
    """C++ of a kernel whose first line is line 1 of a file of the user's."""
    return f'{before}\n#line 1 "user.cpp"\ndouble kernel(std::span<const double> x) {{\n{body}\n}}\n'


def refused(bench, text: str, kind: type[EnzymeError], **entries: str) -> str:
    with pytest.raises(EnzymeError) as caught:
        bench.differentiated(text, **entries)
    assert type(caught.value) is kind
    said = str(caught.value)
    assert said.startswith('grad(kernel, "x"): ')
    assert re.search(r"\nThe tool's whole output: \S+/after\.ll\.log$", said)
    assert not re.search(r"%\w|!dbg|define |Function Attrs|\bptr [%@]", said), "IR on the screen"
    return said


@pytest.mark.parametrize(
    ("declaration", "use", "name"),
    [
        ('extern "C" double flux(double);', "flux(t)", "flux"),
        ("namespace physics { double flux(double); }", "physics::flux(t)", "physics::flux(double)"),
        ('extern "C" double norm(const double*, std::size_t);', "norm(x.data(), x.size()) * t", "norm"),
        ("#include <cmath>", "std::nextafter(t, 9.0)", "nextafter"),
        ("#include <cmath>", "[t] { double whole; return std::modf(t, &whole); }()", "modf"),
    ],
)
@pytest.mark.parametrize("entries", [{}, {"entries": PARTIAL}], ids=["gradient", "partial"])
def test_unknown_function_is_named_with_its_line_and_the_cure(bench, declaration, use, name, entries):
    body = f"    double s = 0;\n    for (double t : x)\n        s += {use};\n    return s;"
    said = refused(bench, kernel(body, declaration), NoDerivativeError, **entries)
    assert f"the kernel calls `{name}` (at user.cpp:4), and Enzyme knows neither" in said
    assert f"Put the definition of `{name}` into the source or a header" in said


def test_function_of_the_c_plus_plus_library_is_named_as_c_plus_plus_writes_it(bench):
    text = kernel("    static std::mutex m;\n    std::lock_guard lock(m);\n    return x[0] * x[0];", "#include <mutex>")
    said = refused(bench, text, NoDerivativeError)
    assert re.search(r"`std::mutex::(un)?lock\(\)`", said)
    assert "Write that part without the piece of the C++ library" in said


def test_mixed_activity_is_an_error_with_its_line(bench):
    said = refused(bench, "\n", MixedActivityError, entries=f'#line 1 "user.cpp"\n{MIXED}')
    assert "active and inactive data meet in one pointer at user.cpp:9" in said
    assert "would silently be lost" in said


def test_data_that_never_changes_is_no_mixed_activity(bench):
    # A std::function holds pointers to its class's description and functions; they are constant.
    text = kernel(
        "    double a = x[0];\n    return total([a](double t) { return a * t * t; }, x);",
        "#include <functional>\n"
        "using Function = std::function<double(double)>;\n"
        "__attribute__((noinline)) static double total(const Function& f, std::span<const double> x)"
        " { double s = 0; for (double t : x) s += f(t); return s; }",
    )
    bench.differentiated(text)
    assert "Mismatched activity" in (bench.folder / "after.ll.log").read_text()


def test_type_that_cannot_be_deduced_is_told(bench):
    text = kernel(
        "    std::list<double> squares;\n    for (double t : x) squares.push_back(t * t);\n"
        "    double s = 0;\n    for (double t : squares) s += t * t;\n    return s;",
        "#include <list>",
    )
    said = refused(bench, text, TypeNotDeducedError)
    assert "could not deduce what type of data" in said


def test_trees_of_the_library_are_told_with_what_to_write_instead(bench):
    text = kernel(
        "    std::map<int, double> sums;\n    for (int i = 0; i < int(x.size()); ++i) sums[i % 3] += x[i] * x[i];\n"
        "    double s = 0;\n    for (auto& [key, t] : sums) s += t * t;\n    return s;",
        "#include <map>",
    )
    said = refused(bench, text, TypeNotDeducedError)
    assert "the nodes of a std::map or std::set" in said
    assert "Write std::unordered_map" in said


def test_gaps_of_structures_are_told(bench):
    text = kernel(
        "    Item items[3] = {{x[0], 0, x[1]}, {x[1], 1, x[2]}, {x[2], 2, x[3]}};\n"
        "    Item one = items[1];\n"
        "    for (std::size_t k = 0; k < x.size(); ++k) {\n"
        "        if (one.a > 0.5)\n"
        "            for (std::size_t i = 0; i < x.size(); ++i) {\n"
        "                if (x[i % 4] > 0.3) one = items[i % 3];\n"
        "                one.a = std::sin(one.a);\n"
        "                items[(i + 1) % 3] = one;\n"
        "            }\n"
        "        if (one.b < 0.2) std::swap(items[0], items[2]);\n"
        "    }\n"
        "    return one.a * one.b + items[0].a * items[1].b * items[2].k;",
        "#include <utility>\nstruct Item { double a; int k; double b; };",
    )
    said = refused(bench, text, TypeNotDeducedError)
    assert "a structure's gaps" in said
    assert "the type `long` instead of `int`" in said
    bench.differentiated(text.replace("int k", "long k"))


def test_arithmetic_on_the_bits_of_a_number_is_told_without_ir(bench):
    text = kernel(
        "    auto bits = std::bit_cast<std::uint64_t>(x[0]);\n"
        "    return std::bit_cast<double>(bits & 0x7fffffffffffffffULL) * x[0];",
        "#include <bit>\n#include <cstdint>",
    )
    said = refused(bench, text, EnzymeError)
    assert re.search(r"could not differentiate the code at user\.cpp:\d: cannot handle unknown", said)


def test_one_hot_seed_that_would_need_memory_is_an_enzyme_error(bench):
    before = (
        "__attribute__((noinline)) static void cube(const double* x, double* y, std::size_t n)"
        " { for (std::size_t i = 0; i < n; ++i) y[i] = x[i] * x[i] * x[0]; }"
    )
    text = kernel(
        "    double y[8];\n    cube(x.data(), y, 8);\n    double s = 0;\n    for (double t : y) s += t;\n    return s;",
        before,
    )
    assert "it needs a seed in memory" in refused(bench, text, EnzymeError, entries=PARTIAL)


@pytest.mark.parametrize("entries", [{}, {"entries": PARTIAL}], ids=["gradient", "partial"])
def test_crash_of_enzyme_is_an_enzyme_error_and_python_goes_on(bench, entries):
    text = kernel('    double t = x[0];\n    asm("mulsd %1,%0" : "+x"(t) : "x"(t));\n    return t;')
    said = refused(bench, text, EnzymeError, **entries)
    assert re.search(r"Enzyme crashed while it differentiated the kernel \([^)]", said)
    assert "which has instructions in inline assembly at user.cpp:3. " in said
    assert "Write them in C++, or put them into a function of their own whose derivatives a rule gives" in said


def test_crash_at_a_function_of_blas_names_the_function(bench):
    # Enzyme takes it for the function of BLAS by its name, wherever it is defined.
    before = (
        'extern "C" [[gnu::noinline]] void cblas_daxpy(int n, double a, const double* x, int dx, double* y, int dy)'
        " { for (int i = 0; i < n; ++i) y[i * dy] += a * x[i * dx]; }"
    )
    body = "    double y[2] = {x[0], x[1]};\n    cblas_daxpy(2, x[3], x.data() + 1, 1, y, 1);\n    return y[0] * y[1];"
    said = refused(bench, kernel(body, before), EnzymeError)
    assert "which calls `cblas_daxpy` at user.cpp:3. Enzyme has rules of its own for BLAS" in said
    assert "Write loops or use Eigen there" in said


def test_instructions_on_vectors_are_no_functions_to_define(bench):
    bench.options = replace(bench.options, flags=("-fopenmp-simd",))
    body = (
        "    double s = 0;\n#pragma omp simd reduction(+ : s)\n    for (std::size_t i = 0; i < x.size(); ++i)\n"
        "        s += x[i] * x[i] * x[(i + 1) % x.size()];\n    return s;"
    )
    said = refused(bench, kernel(body), NoDerivativeError)
    assert re.search(r"there are instructions on vectors \([\w.]+\) at user\.cpp:\d before it is differentiated", said)
    assert "Leave away what asks for vectors there: `#pragma omp simd` with -fopenmp" in said
    assert "Put the definition" not in said


def test_code_of_the_library_is_told_by_the_line_that_uses_it(bench):
    text = kernel(
        "    double s = 0;\n    std::thread worker([&] { for (double t : x) s += t * t; });\n    worker.join();\n"
        "    return s;",
        "#include <thread>",
    )
    said = refused(bench, text, NoDerivativeError)
    assert re.search(r"the kernel calls `[^`]*` \(at user\.cpp:[345]\)", said)
    assert "_ZN" not in said


@pytest.mark.parametrize("use", ["std::lgamma(t)", "std::lgamma(float(t))"])
@pytest.mark.parametrize("entries", [{}, {"entries": PARTIAL}], ids=["gradient", "partial"])
def test_crash_at_a_function_that_is_known_for_it_names_the_function(bench, use, entries):
    body = f"    double s = 0;\n    for (double t : x)\n        s += {use};\n    return s;"
    said = refused(bench, kernel(body, "#include <cmath>"), NoDerivativeError, **entries)
    assert re.search(r"the kernel calls `lgammaf?`, and Enzyme crashed", said)


def test_crash_with_a_one_hot_seed_is_an_enzyme_error(bench):
    text = kernel(
        "    std::vector<int> order(x.size());\n    std::iota(order.begin(), order.end(), 0);\n"
        "    std::sort(order.begin(), order.end(), [&](int a, int b) { return x[a] < x[b]; });\n"
        "    double s = 0;\n"
        "    for (std::size_t i = 0; i < x.size(); ++i) s += (i + 1.0) * x[order[i]] * x[order[i]];\n"
        "    return s;",
        "#include <algorithm>\n#include <numeric>\n#include <vector>",
    )
    refused(bench, text, EnzymeError, entries=PARTIAL)
    bench.differentiated(text)


def test_remarks_without_meaning_are_left_out_however_many_they_are():
    lines = ["remark: a.cpp:1:2: Load may need caching\n"] * 5 + ["  %1 = load double\n"] * 100_000
    lines += ["remark: a.cpp:6:46: Mismatched activity for:   store ptr %1, ptr %6 const val: ptr %1\n"]
    text = without_remarks(lines)
    assert "caching" not in text
    assert text.endswith(lines[-1])
    assert len(text) < 1_100_000


@pytest.mark.parametrize(
    ("value", "mixed"),
    [
        ("ptr %1", True),
        ("  %11 = tail call noalias ptr @malloc(i64 1)", True),
        ("@cache = internal global [8 x double] zeroinitializer", True),
        ("@_ZTI3Foo = linkonce_odr dso_local constant { ptr, ptr } { ptr null, ptr null }", False),
        ("i64 0", False),
        ("  %kind = alloca i32, align 4", False),
        ("  %both = alloca [2 x i32], align 4", True),
        ("  %place = alloca double, align 8", True),
        ("{ ptr, i8 } zeroinitializer", False),
        ("  %cond = zext i1 %cmp to i32, !dbg !334", False),
        ("  %bits = zext i32 %part to i64, !dbg !335", True),
    ],
)
def test_mixed_activity_is_of_data_that_may_change(tmp_path, value, mixed):
    result = tmp_path / "after.ll"
    result.write_text("define void @f() {\n  ret void\n}\n")
    outcome = Outcome(0, timed_out=False, seconds=0.1, limit=300)
    remark = f"remark: a.cpp:6:46: Mismatched activity for:   store i64 0, ptr %6, align 8 const val: {value}\n"
    finding = enzyme_finding("grad", outcome, remark, result, ())
    assert (finding is not None) is mixed


@pytest.mark.parametrize(("file", "of_the_library"), [("/t/include/vector", True), ("user.cpp", False)])
def test_advice_for_mixed_activity_inside_of_the_library_is_what_to_give_it(tmp_path, file, of_the_library):
    result = tmp_path / "after.ll"
    result.write_text("define void @f() {\n  ret void\n}\n")
    outcome = Outcome(0, timed_out=False, seconds=0.1, limit=300)
    remark = f"remark: {file}:6:46: Mismatched activity for:   store ptr %1, ptr %6, align 8 const val: ptr %1\n"
    finding = enzyme_finding("grad", outcome, remark, result, (Path("/t/include"),))
    assert finding is not None
    assert "Differentiate with respect to both arguments" in finding.text
    assert ("as emplace_back(a, b), give it one value: push_back({a, b})." in finding.text) is of_the_library


def test_place_in_a_header_of_the_toolchain_is_replaced_by_the_function(tmp_path):
    outcome = Outcome(1, timed_out=False, seconds=0.1, limit=300)
    text = "error: /t/include/vector:7:1: in function preprocess__Z3addd double (double): Enzyme: bad thing happened\n"
    finding = enzyme_finding("grad", outcome, text, tmp_path / "none", (tmp_path, tmp_path.__class__("/t/include")))
    assert finding is not None
    assert "the code in `add(double)`: bad thing happened. " in finding.text


@pytest.mark.parametrize(
    ("symbol", "name"),
    [
        ("_ZN7physics4fluxEd", "physics::flux(double)"),
        ("preprocess__ZL6kernelPKdm", "kernel(double const*, unsigned long)"),
        ("fwddiffe_ZL6kernelPKdm", "kernel(double const*, unsigned long)"),
        ("fwddiffe4_ZL6kernelPKdm", "kernel(double const*, unsigned long)"),
        ("augmented_diffeflux", "flux"),
        ("flux", "flux"),
        ("_ZNSt3__15mutex4lockEv", "std::mutex::lock()"),
        ("_Z3sumNSt3__14spanIKdLm18446744073709551615EEE", "sum(std::span<double const>)"),
    ],
)
def test_names_are_shown_as_c_plus_plus_writes_them(symbol, name):
    assert demangle(symbol) == name


def test_calls_left_over_are_found_and_declarations_are_not(bench):
    after = bench.differentiated(kernel("    return x[0] * x[0];"))
    text = after.read_text() + "declare double @_Z17__enzyme_autodiffIvJEEvPvDpT_(ptr)\n"
    after.write_text(text)
    outcome = Outcome(0, timed_out=False, seconds=0.1, limit=300)
    assert enzyme_finding("grad", outcome, "", after, ()) is None
    after.write_text(
        text + "define void @g() {\n  %1 = tail call double @_Z17__enzyme_autodiffIvJEEvPvDpT_(ptr null)\n}\n"
    )
    assert enzyme_finding("grad", outcome, "", after, ()) is not None


def test_call_named_in_the_workspace_begins_the_text(bench):
    bench = replace(bench, call="partial(bump, 'x')")
    with pytest.raises(EnzymeError, match=r"^partial\(bump, 'x'\): "):
        bench.differentiated(kernel("    return flux(x[0]);", 'extern "C" double flux(double);'))
