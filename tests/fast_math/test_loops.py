"""In which loops math="fast" leaves libm's functions: where no vector code can be made."""

from __future__ import annotations

import re

import pytest

from zymogen.ir.listing import read
from zymogen.ir.loops import serial_values
from zymogen.toolchain import stages
from zymogen.toolchain.find import find_toolchain
from zymogen.toolchain.stages import Workspace
from zymogen.toolchain.tools import Options

pytestmark = pytest.mark.toolchain

HEAD = """
#include <cmath>
#include <cstddef>
extern "C" __attribute__((visibility("default")))
"""
STEPS = """double f(const double* x, std::size_t n) {
    double s = 1;
    for (std::size_t i = 0; i < n; ++i) s = std::exp(-s) + x[i];
    return s;
}"""
ARGUMENTS_OF_STEPS = """double f(const double* x, std::size_t n) {
    double s = 1;
    for (std::size_t i = 0; i < n; ++i) s = 0.5 * s + std::exp(x[i]) / (1 + s * s);
    return s;
}"""
STEPS_WITH_BRANCHES = """double f(const double* x, std::size_t n) {
    double s = 1;
    for (std::size_t i = 0; i < n; ++i) {
        if (x[i] > s) s = s / (1 + std::exp(x[i]));
        else s = s * s;
    }
    return s;
}"""
SUM = """double f(const double* x, std::size_t n) {
    double s = 0;
    for (std::size_t i = 0; i < n; ++i) s += std::exp(x[i]);
    return s;
}"""
DIFFERENCE = SUM.replace("s +=", "s -= 2 *")
PRODUCT = SUM.replace("s +=", "s *=")
MAP = """void f(const double* x, double* __restrict y, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) y[i] = std::exp(x[i]);
}"""
SUM_IN_STEPS = """double f(const double* x, std::size_t n) {
    double s = 1;
    for (int step = 0; step < 9; ++step) {
        double sum = 0;
        for (std::size_t i = 0; i < n; ++i) sum += std::exp(x[i] * s);
        s = 1 / (1 + sum);
    }
    return s;
}"""
NO_LOOP = "double f(double x) { return std::exp(x); }"


WHERE_IT_STAYS = {
    "steps": (STEPS, True),
    "arguments of steps": (ARGUMENTS_OF_STEPS, True),
    "steps with branches": (STEPS_WITH_BRANCHES, True),
    "sum": (SUM, False),
    "difference": (DIFFERENCE, False),
    "product": (PRODUCT, False),
    "map": (MAP, False),
    "sum in steps": (SUM_IN_STEPS, False),
    "no loop": (NO_LOOP, False),
}


@pytest.mark.parametrize(("text", "stays"), WHERE_IT_STAYS.values(), ids=WHERE_IT_STAYS)
def test_functions_of_libm_stay_only_in_loops_whose_steps_wait_for_each_other(tmp_path, text, stays):
    source, listing, assembly = (tmp_path / name for name in ("kernel.cpp", "kernel.ll", "kernel.s"))
    source.write_text(HEAD + text)
    options, workspace = Options(math="fast"), Workspace(tmp_path, arch="x86-64-v3")
    stages.compile_to_ir(find_toolchain(), options, source, listing, workspace)
    stages.write_assembly(find_toolchain(), options, listing, assembly, workspace)
    assert bool(re.search(r"\bcall\s+exp@PLT", assembly.read_text())) is stays


def test_values_of_a_loop_within_a_loop_belong_to_the_inner_one():
    text = """define double @f(double %x) {
entry:
  br label %outer

outer:
  %s = phi double [ %x, %entry ], [ %square, %after ]
  %e = fadd double %x, 2.0
  br label %"the inner"

"the inner":
  %t = phi double [ 0.0, %outer ], [ %sum, %"the inner" ]
  %term = fmul double %s, %x
  %sum = fadd double %t, %term
  %more = fcmp olt double %sum, %x
  br i1 %more, label %"the inner", label %after

after:
  %square = fmul double %s, %sum
  %again = fcmp olt double %square, %x
  br i1 %again, label %outer, label %end

end:
  ret double %square
}
"""
    (function,) = read(text).functions.values()
    assert serial_values(function) == {"s", "e", "square", "again"}
