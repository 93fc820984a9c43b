"""Derivatives by their names in a build file, and the standard set."""

from __future__ import annotations

import pytest

import zymogen as zg
from zymogen.errors import ArgumentError, NotDifferentiableError
from zymogen.extension.expression import listed, ways_named
from zymogen.extension.standard import standard_derivatives

KERNELS = """
#include <span>
#include <zymogen/kernel.hpp>
double bump(std::span<const double> x, std::span<const double> y, int k);
ZYMOGEN_KERNEL(bump, "x(n), y(n), k() -> ()");
void both(std::span<const double> d, std::span<double> r, double& loss, long& steps);
ZYMOGEN_KERNEL(both, "d(n) -> r(n), loss(), steps()");
int count(std::span<const double> x);
ZYMOGEN_KERNEL(count, "x(n) -> ()");
double ridge(const double* x, std::size_t in, double lambda);
ZYMOGEN_KERNEL(ridge, "x(in), in, lambda() -> ()");
"""


@pytest.fixture(scope="module")
def kernels():
    library = zg.compile(KERNELS)
    return {name: library[name] for name in library.kernels}


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("grad(bump, x)", lambda k: zg.grad(k["bump"], "x")),
        ("grad(bump, 'x')", lambda k: zg.grad(k["bump"], "x")),
        ("grad(bump)", lambda k: zg.grad(k["bump"])),
        ("hessian(bump, (x, y))", lambda k: zg.hessian(k["bump"], ("x", "y"))),
        ("partial(bump, (x, 0), (y, -1))", lambda k: zg.partial(k["bump"], ("x", 0), ("y", -1))),
        ("jacobian(both, d, output=r, mode='forward')", lambda k: zg.jacobian(k["both"], output="r", mode="forward")),
        ("jacobian(both, d, output=r, rows=[0, 2])", lambda k: zg.jacobian(k["both"], output="r", rows=[0, 2])),
        ("grad(partial(bump, (x, 0)), y)", lambda k: zg.grad(zg.partial(k["bump"], ("x", 0)), "y")),
        ("specialize(grad(bump, x), n=3)", lambda k: zg.grad(k["bump"], "x").specialize(n=3)),
        (" bump ", lambda k: k["bump"]),
        ("grad(ridge, lambda)", lambda k: zg.grad(k["ridge"], "lambda")),
        ("partial(ridge, (x, 0), lambda)", lambda k: zg.partial(k["ridge"], ("x", 0), "lambda")),
        ("hessian(ridge, (x, 'lambda'))", lambda k: zg.hessian(k["ridge"], ("x", "lambda"))),
        ("specialize(grad(ridge, lambda), in=3)", lambda k: zg.grad(k["ridge"], "lambda").specialize(**{"in": 3})),
        ("grad(ridge, lambda, output=None)", lambda k: zg.grad(k["ridge"], "lambda")),
    ],
)
def test_a_text_is_what_it_is_in_python(kernels, text, asked):
    found = ways_named(text, kernels, "zymogen_add_module(mine)")[0]
    assert (found.signature, found.request, found.bound) == (
        asked(kernels).signature,
        asked(kernels).request,
        asked(kernels).bound,
    )


@pytest.mark.parametrize(
    ("texts", "read"),
    [
        (["grad(f, x)", " hvp(f, x)", "\n  standard "], ("grad(f, x)", "hvp(f, x)", "standard")),
        (["", "grad(f, x)", "  ", " grad(f, x)"], ("grad(f, x)",)),
        ([], ("standard",)),
        ([" "], ("standard",)),
    ],
)
def test_a_list_may_have_blanks_around_its_items_and_empty_ones(texts, read):
    assert listed(texts) == read


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "grad(bmp, x)",
            r"'grad\(bmp, x\)'\): there is no kernel 'bmp', only bump, both, count, ridge\. Expected is standard, ",
        ),
        ("gradient(bump, x)", "there is no operator 'gradient', only derivative, grad, "),
        ("grad(bump, x", r"it cannot be read \('\(' was never closed\)"),
        (
            "grad(bump, x) grad(bump, y)",
            r"it cannot be read \(invalid syntax\)\. .*, each in quotation marks of its own",
        ),
        ("grad(bump, x), grad(bump, y)", "is neither a kernel nor .* each in quotation marks of its own"),
        ("grad(bump, x + 1)", r"'x \+ 1' is no name, number or tuple"),
        ("grad(bump, x, outptu=out)", r"unexpected keyword argument 'outptu'\. Expected is standard"),
        ("sparse_hessian(bump, x, pattern=p)", "unexpected keyword argument 'pattern'"),
        ("bump.x", "'bump.x' is neither a kernel nor the call of an operator"),
        ("__import__('os')", "neither a kernel nor the call|no operator '__import__'"),
        ("grad(bump, z)", "there is no argument 'z'|z"),
    ],
)
def test_a_text_that_means_nothing_is_refused(kernels, text, message):
    with pytest.raises(ArgumentError, match=message):
        ways_named(text, kernels, "zymogen_add_module(mine)")


def test_operators_refuse_as_they_do_in_python(kernels):
    with pytest.raises(NotDifferentiableError, match="k"):
        ways_named("grad(bump, k)", kernels, "zymogen_add_module(mine)")


def test_the_standard_set_of_a_number(kernels):
    names = [derivative.name for derivative in standard_derivatives(kernels["bump"])]
    each = ["jvp", "vjp", "jacobian", "grad", "value_and_grad", "hvp", "gradient_and_hvp", "hessian"]
    wanted = [f"{operator}(bump, {x!r})" for operator in each for x in ("x", "y", ("x", "y"))]
    assert sorted(names) == sorted([*wanted, "partial(bump, 'x')", "partial(bump, 'y')"])


def test_the_standard_set_of_several_results(kernels):
    names = {derivative.name for derivative in standard_derivatives(kernels["both"])}
    assert {
        "jvp(both, 'd')",
        "vjp(both, 'd')",
        "partial(both, 'd', output='r')",
        "grad(both, 'd', output='loss')",
    } <= names
    assert not any("steps" in name or "grad(both, 'd', output='r')" in name for name in names)


def test_the_standard_set_of_integers_is_empty(kernels):
    assert not list(standard_derivatives(kernels["count"]))


def test_names_in_errors_can_be_put_into_a_build_file(kernels):
    for kernel in kernels.values():
        for derivative in standard_derivatives(kernel):
            again = ways_named(derivative.name, kernels, "zymogen_add_module(mine)")
            assert [way.request for way in again] == [way.request for way in derivative.ways]
