"""What becomes of calls of libm: vector code with math="fast", and where they stay."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

import zymogen as zg
from tests.fast_math.functions import NUMBERS
from zymogen.toolchain import stages
from zymogen.toolchain.find import find_toolchain
from zymogen.toolchain.stages import Workspace
from zymogen.toolchain.tools import Options
from zymogen.toolchain.vector_math import calls_vector_math, with_vector_math

LIBM = re.compile(r"\bcall\s+((?:exp|log|sin|cos|tan)\w*)@PLT")
PACKED = re.compile(r"\bvfn?madd\d+pd\s+[yz]mm")

OURS = """
define dso_local noundef double @zymogen_fast_exp(double noundef %x) local_unnamed_addr #0 {
  %y = tail call noundef double @llvm.fma.f64(double %x, double %x, double 1.0) #1
  ret double %y
}

define dso_local noundef float @zymogen_fast_expm1f(float noundef %x) local_unnamed_addr #0 {
  ret float %x
}
"""


@pytest.mark.toolchain
@pytest.mark.parametrize("derived", [lambda f: f, lambda f: zg.vjp(f, "x")], ids=["values", "derivatives"])
def test_loops_are_vector_code_without_calls(fast, derived):
    code = derived(fast.chosen).assembly()
    assert not LIBM.findall(code)
    assert len(PACKED.findall(code)) > 10 * len(NUMBERS)


@pytest.mark.toolchain
def test_derivatives_whose_rows_go_side_by_side_call_nothing():
    library = zg.compile(
        """
#include <cmath>
#include <span>
#include <zymogen/kernel.hpp>
void bell(std::span<const double> x, double m, std::span<double> y) {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        y[i] = std::exp(-(x[i] - m) * (x[i] - m));
        sum += y[i];
    }
    for (double& e : y) e /= sum;
}
ZYMOGEN_KERNEL(bell, "x(n), m() -> y(n)");
""",
        math="fast",
    )
    derivative = zg.partial(library.bell, "m").specialize(n=21).build()
    assert derivative.finished.facts.variant.blocks
    assert not LIBM.findall(derivative.assembly())


@pytest.mark.toolchain
def test_strict_arithmetic_is_that_of_libm(strict):
    x = np.random.default_rng(0).uniform(0.1, 5, 50)
    for name in ("exp", "tanh", "log", "sin"):
        exact = [getattr(math, name)(number) for number in x.tolist()]
        np.testing.assert_array_equal(strict.single(x, NUMBERS[name]), exact)
    code = strict.chosen.assembly()
    assert set(LIBM.findall(code)) >= {"exp", "expm1", "tanh", "log", "log1p", "sin"}
    assert "zymogen_fast" not in code


@pytest.mark.toolchain
@pytest.mark.parametrize(("arch", "libm"), [("x86-64-v2", ["exp", "expm1f"]), ("x86-64-v3", [])])
def test_processors_without_fused_multiply_add_keep_libm(tmp_path, arch, libm):
    source = tmp_path / "kernel.cpp"
    source.write_text("""
    #include <cmath>
    extern "C" __attribute__((visibility("default"))) double f(double x) { return std::exp(x); }
    extern "C" __attribute__((visibility("default"))) float g(float x) { return std::expm1(x); }
    """)
    options, workspace = Options(math="fast"), Workspace(tmp_path, arch=arch)
    stages.compile_to_ir(find_toolchain(), options, source, tmp_path / "kernel.ll", workspace)
    stages.write_assembly(find_toolchain(), options, tmp_path / "kernel.ll", tmp_path / "kernel.s", workspace)
    called = re.findall(r"\b(?:call|jmp)\s+(exp\w*)@PLT", (tmp_path / "kernel.s").read_text())
    assert sorted(called) == libm


def test_calls_are_replaced_and_what_is_called_is_added_without_promises():
    text = """define double @f(double %x) {
  %a = tail call fast double @llvm.exp.f64(double %x), !dbg !7
  %b = call noundef float @expm1f(float noundef 1.0) #3
  ret double %a
}

declare double @llvm.exp.f64(double) #2
declare float @expm1f(float)
"""
    replaced = with_vector_math(text, OURS)
    assert "%a = tail call fast double @zymogen_fast_exp(double %x), !dbg !7\n" in replaced
    assert "%b = call noundef float @zymogen_fast_expm1f(float noundef 1.0) #3\n" in replaced
    added = replaced[replaced.index("define internal") :]
    assert added.count("alwaysinline") == 2
    assert "noundef" not in added
    assert "#" not in added


@pytest.mark.parametrize(
    "line",
    [
        "  %a = call <4 x double> @llvm.exp.v4f64(<4 x double> %x)",
        "  %a = call double @apply(ptr @exp, double %x)",
        "  %a = musttail call double @exp(double %x)",
        "  %a = call double @expected(double %x)",
        "  %a = call i32 @exp(i32 %x)",
        "  %a = call double @sqrt(double %x)",
        "  store ptr @exp, ptr %x",
    ],
)
def test_other_calls_stay(line):
    text = f"define void @f() {{\n{line}\n  ret void\n}}\n"
    assert not calls_vector_math(text)
    assert with_vector_math(text, OURS) == text


def test_functions_of_the_users_with_names_of_libm_stay():
    text = "define double @f(double %x) {\n  %a = call double @exp(double %x)\n  ret double %a\n}\n"
    own = "define double @exp(double %x) {\n  ret double %x\n}\n"
    assert "@zymogen_fast_exp(" in with_vector_math(text, OURS)
    assert with_vector_math(text + own, OURS) == text + own
