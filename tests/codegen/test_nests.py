"""Random nests of up to three levels give text that is consistent, and that compiles."""

from __future__ import annotations

import re
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zymogen.codegen.text import source
from zymogen.declaration import REAL
from zymogen.planning.names import size_symbols
from zymogen.planning.plan import Plan
from zymogen.planning.request import Forward, OneHot, Request, Reverse, Select
from zymogen.resources import include_folder
from zymogen.toolchain.find import find_toolchain

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@st.composite
def levels(draw, kernels):
    """A kernel's name and a request that makes sense for it."""
    name = draw(st.sampled_from(sorted(kernels)))
    declaration = kernels[name]
    request = Request()
    for _ in range(draw(st.integers(0, 3))):
        request = request.then(draw(next_level(Plan(declaration, declaration.instances[0], request))))
    return name, request, draw(st.sampled_from(["implicit", "dense"]))


@st.composite
def next_level(draw, plan):
    """A level that makes sense above a plan."""
    real = [
        operand.name
        for operand in plan.inputs
        if operand.role == "input" and operand.element in REAL and operand.name not in plan.gathered
    ]
    some = tuple(draw(st.lists(st.sampled_from(real), min_size=1, max_size=2, unique=True)))
    single = len(plan.outermost.results) == 1
    number = len(plan.outputs) == 1 and plan.outputs[0].array.rank == 0
    loops = plan.outermost.loops
    last = plan.request.levels[-1] if plan.request.levels else None
    wanted = [
        st.just(OneHot(some[:1])),
        st.builds(OneHot, st.just(some), st.just("all"), st.booleans()),
        st.builds(Forward, st.just(some), st.booleans()),
        st.just(Select((0,))),
    ]
    if loops is None or len(loops.scattered) == len(plan.outermost.results):
        wanted.append(st.builds(Reverse, st.just(some), st.just("given"), st.booleans()))
    if number and loops is None:
        wanted.append(st.builds(Reverse, st.just(some), st.just("unit"), st.booleans()))
    if single and plan.outermost.results[0].is_real:
        wanted.append(st.builds(Reverse, st.just(some), st.sampled_from(["all", "listed"])))
    if loops is None and plan.outermost.results[0].rank:
        wanted.append(st.just(Select((0,), listed=True)))
    if any(plan.outermost.input(name).rank for name in some[:1]):
        wanted.append(st.just(OneHot(some[:1], "listed")))
    if isinstance(last, OneHot) and last.components == "all" and loops is not None:
        wanted.append(st.sampled_from([OneHot(last.arguments, "symmetric"), OneHot(last.arguments, "diagonal")]))
    return draw(st.one_of(wanted))


def plans(declaration, request, seed):
    return [Plan(declaration, instance, request, seed) for instance in declaration.instances]


def declared(function, sizes):
    return [
        *(item.symbol for item in (*function.inputs, *function.results, *function.scratch)),
        *(local.array.symbol for local in function.locals),
        *sizes,
    ]


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_every_name_is_declared_once(kernels, data):
    name, request, seed = data.draw(levels(kernels))
    for plan in plans(kernels[name], request, seed):
        sizes = [*size_symbols(plan.declaration.signature).values()]
        for function in plan.functions:
            names = declared(function, sizes)
            assert len(names) == len(set(names)), function
            assert all(IDENTIFIER.fullmatch(symbol) for symbol in names)
        text = source([plan], "")
        entry = text[text.index('extern "C"') :].partition("// What the levels")[0]
        in_entry = re.findall(r"^ {4,8}(?:const )?[\w:]+\*? (?:const )?(\w+) = ", entry, re.MULTILINE)
        lists = sum(operand.role == "list" for operand in plan.operands)
        assert len(in_entry) == len(set(in_entry)) == len(plan.operands) + lists + len(plan.scratch) + len(sizes)
        assert not set(in_entry) & {"row", "rows", "failure"}


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_calls_pass_what_functions_take(kernels, data):
    """Each level passes on all of the inputs, results and scratch of the one below, in its order."""
    name, request, seed = data.draw(levels(kernels))
    plan = plans(kernels[name], request, seed)[0]
    for inner, function in zip(plan.functions, plan.functions[1:], strict=False):
        if function.loops is not None:
            taken = [value for item in inner.inputs for value in item.values]
            assert len(function.loops.arguments) == len(taken) + len(inner.results) + len(inner.scratch)
            continue
        expected = [value for item in (*inner.inputs, *inner.results, *inner.scratch) for value in item.values]
        assert [passed.value.removeprefix("&") for passed in function.passed] == expected
        assert all((not passed.shadows) == (passed.activity == "Const") for passed in function.passed)


SOURCE = """
#include <zymogen/kernel.hpp>
double bump(std::span<const double> x, std::span<const double> y) { return x[0] * y[0]; }
void model(zymogen::matrix<const double> M, std::span<const double> x, std::span<double> y) { y[0] = M(0, 0) * x[0]; }
namespace physics {
template <class T> T legacy(const T* x, int n, int power) { return x[n - 1] * T(power); }
}
void step(std::span<double> row, const double* c, std::int64_t& k, std::span<const double> none, double& s) {
    row[0] *= *c + none[0]; ++k; s = row[0];
}
"""


@pytest.mark.toolchain
@pytest.mark.parametrize("standard", ["c++20", "c++23", "c++26"])
def test_generated_text_compiles_without_warnings(kernels, standard, tmp_path):
    step = SOURCE.replace("std::span<const double> none", "zymogen::matrix<const double> none").replace(
        "none[0]", "none(0, 0)"
    )
    (tmp_path / "kernels.cpp").write_text(step)
    toolchain = find_toolchain()
    requests = {
        "bump": [
            (),
            (OneHot(("x",)),),
            (OneHot(("x",)), OneHot(("x",)), Reverse(("y",))),
            (Reverse(("x", "y"), value=True),),
        ],
        "model": [
            (Forward(("M", "x"), value=True), Reverse(("M",), cotangent="given"), OneHot(("M",))),
            (OneHot(("x",), "all"),),
            (OneHot(("M", "x"), "all"), OneHot(("M", "x"), "symmetric"), Reverse(("M",), "given")),
            (Select((0,), listed=True), Reverse(("x",), "listed"), OneHot(("M",), "listed")),
            (OneHot(("x",), "all"), OneHot(("x",), "diagonal")),
        ],
        "legacy": [(), (Reverse(("x",)), Forward(("x",)))],
        "step": [
            (),
            (Forward(("row", "class")),),
            (Reverse(("class", "E"), cotangent="given", value=True), OneHot(("E",))),
        ],
    }
    for name, wanted in requests.items():
        for number, request in enumerate(wanted):
            file = tmp_path / f"{name}_{number}.cpp"
            seed = "dense" if number % 2 else "implicit"
            file.write_text(source(plans(kernels[name], Request(request), seed), '#include "kernels.cpp"'))
            done = subprocess.run(
                [
                    *toolchain.clang,
                    *toolchain.clang_flags,
                    *(f"-std={standard}", "-fsyntax-only", "-Wall", "-Wextra", "-Werror"),
                    "-Wno-unused-parameter",  # a dense tangent stands for its component's index
                    f"-I{include_folder()}",
                    str(file),
                ],
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
