"""A rule that does not fit its function is a compile-time error, in a sentence and at the user's line."""

from __future__ import annotations

import re

import pytest

import zymogen as zg
from zymogen.errors import CompileError

pytestmark = pytest.mark.toolchain

PRELUDE = """#include <zymogen/kernel.hpp>
#include <cmath>
double f(double x, double y);
double g(const double* x);
double h(double x);
struct S { double member(double x); };
double several(double x); float several(float x); double other(double x);
"""
KERNEL = """
double k(double x) { return x; }
ZYMOGEN_KERNEL(k, "x() -> ()");
"""
MISTAKES = {
    "double p(double x); ZYMOGEN_DERIVATIVE(f, p);": r"ZYMOGEN_DERIVATIVE\(f, p\): p must take the arguments of f and "
    r"return its derivative, or a std::array of derivatives: one for each argument that is a double or a float\.",
    "double p(double x, double y); ZYMOGEN_DERIVATIVE(f, p);": r"ZYMOGEN_DERIVATIVE\(f, p\): p must take",
    "std::array<double, 3> p(double, double); ZYMOGEN_DERIVATIVE(f, p);": r"ZYMOGEN_DERIVATIVE\(f, p\): p must take",
    "double p(const double*); ZYMOGEN_DERIVATIVE(g, p);": r"ZYMOGEN_DERIVATIVE\(g, p\): g must take numbers by value "
    r"and return a double or a float\.",
    "ZYMOGEN_LIKE(f, std::sin);": r"ZYMOGEN_LIKE\(f, std::sin\): std::sin must take the arguments of f and return a "
    r"double or a float\.",
    "ZYMOGEN_INACTIVE(S::member);": r"ZYMOGEN_INACTIVE\(S::member\): S::member must be a function, not a member\.",
}


@pytest.mark.parametrize("line", MISTAKES)
def test_rule_that_does_not_fit_is_refused(line):
    with pytest.raises(CompileError, match=r"<text>:8:\d+: error: .*zymogen: " + MISTAKES[line]):
        zg.compile(PRELUDE + line + KERNEL)


@pytest.mark.parametrize("macro", ["DERIVATIVE(several, other)", "LIKE(several, std::sin)", "INACTIVE(several)"])
def test_a_rule_for_one_of_several_functions_of_a_name_is_told_how_to_name_it(macro):
    with pytest.raises(CompileError) as error:
        zg.compile(PRELUDE + f"ZYMOGEN_{macro};" + KERNEL)
    said = str(error.value)
    assert f"<text>:8:1: error: zymogen: ZYMOGEN_{macro}: several is not the name of exactly one function. " in said
    assert said.count("error: ") == 1
    another = re.search("`(constexpr .*;)`", said)[1]
    assert zg.compile(PRELUDE + f"{another} ZYMOGEN_{macro.replace('several', 'one')};" + KERNEL).kernels == ("k",)


LIKE, DERIVATIVE, INACTIVE = "ZYMOGEN_LIKE(h, std::sin);", "ZYMOGEN_DERIVATIVE(h, other);", "ZYMOGEN_INACTIVE(h);"


@pytest.mark.parametrize("rules", [(LIKE, LIKE), (DERIVATIVE, INACTIVE), (INACTIVE, LIKE)])
def test_two_rules_for_one_function_are_refused(rules):
    first, second = (rule.partition("(")[0] for rule in rules)
    kernels = zg.compile(PRELUDE + "\n".join(rules) + KERNEL.replace("return x", "return h(x)"))
    said = rf"`h\(double\)` has two rules: {first} at <text>:8, {second} at <text>:9\. Expected is one rule "
    with pytest.raises(CompileError, match=said):
        zg.grad(kernels.k)(0.5)


def test_a_function_may_be_called_inactive_twice():
    rules = f"{INACTIVE}{INACTIVE}\ndouble h(double) {{ return 3; }}"
    text = PRELUDE + rules + KERNEL.replace("return x", "return h(x) * x")
    assert zg.grad(zg.compile(text).k)(0.5) == 3
