"""Requests and calls that are nearly right: the error says how they are written, with the user's names."""

from __future__ import annotations

import re
from types import ModuleType

import numpy as np
import pytest

import zymogen as zg
from zymogen.errors import ArgumentError, ComponentError, NotDifferentiableError, ShapeError

x, y = np.array([1.0, 2.0]), np.array([0.0, 2.0])


def refused(kind, text):
    return pytest.raises(kind, match=f"^{re.escape(text)}$")


@pytest.fixture(scope="module")
def two():
    """Two results, of which one is a vector."""
    return zg.compile(
        "#include <zymogen/kernel.hpp>\n"
        "void two(std::span<const double> x, double m, std::span<double> v, double& e) {\n"
        "    e = 0;\n"
        "    for (std::size_t i = 0; i < x.size(); ++i) e += v[i] = m * x[i] * x[i];\n"
        "}\n"
        'ZYMOGEN_KERNEL(two, "x(n), m() -> v(n), e()");\n'
    ).two


class TestArguments:
    @pytest.mark.parametrize("argnums", [["x", "y"], []])
    def test_a_list_of_arguments_is_to_be_a_tuple(self, lib, argnums):
        for operator in (zg.grad, zg.hessian, zg.jvp):
            name = f"{operator.__name__}(bump, {argnums!r})"
            with refused(
                ArgumentError,
                f"{name}: argnums is a list. Expected is a name, a number, or a tuple of them: ('x', 'y').",
            ):
                operator(lib.bump, argnums)

    def test_a_list_of_one_is_to_be_a_tuple_of_one(self, lib):
        with refused(
            ArgumentError,
            "grad(bump, ['y']): argnums is a list. Expected is a name, a number, or a tuple of them: ('y',).",
        ):
            zg.grad(lib.bump, ["y"])

    @pytest.mark.parametrize("argnum", [("m",), ["m"]])
    def test_a_derivative_is_with_respect_to_one(self, two, argnum):
        with refused(
            ArgumentError,
            f"derivative(two, {argnum!r}, output='e'): {argnum!r} is a {type(argnum).__name__}. Expected is one "
            "argument by name or number: 'm'.",
        ):
            zg.derivative(two, argnum, output="e")

    def test_a_tuple_in_a_tuple_is_no_argument(self, lib):
        with refused(
            ArgumentError,
            "grad(bump, (('x', 'y'),)): ('x', 'y') is a tuple. Expected is one argument by name or number: 'x'.",
        ):
            zg.grad(lib.bump, (("x", "y"),))

    @pytest.mark.parametrize("operator", [zg.sparse_jacobian, zg.sparse_hessian])
    @pytest.mark.parametrize("argnum", [["x"], ("x",)])
    def test_a_sparse_derivative_is_with_respect_to_one(self, lib, operator, argnum):
        with pytest.raises(ArgumentError, match=f"argnum is a {type(argnum).__name__}. Expected is the number or name"):
            operator(lib.bump, argnum)

    @pytest.mark.parametrize("output", [("v", "e"), ["v"], 1])
    @pytest.mark.parametrize("operator", [zg.jacobian, zg.jvp, zg.derivative])
    def test_output_is_one_name(self, two, operator, output):
        text = f": output is {output!r}. Expected is the name of one result: v or e."
        with pytest.raises(ArgumentError, match=re.escape(text)):
            operator(two, "m", output=output)

    @pytest.mark.parametrize("operator", [zg.grad, zg.jacobian, zg.jvp, zg.derivative, zg.partial, zg.sparse_jacobian])
    @pytest.mark.parametrize("value", [x, 2.5, None])
    def test_values_are_no_arguments(self, lib, operator, value):
        name = operator.__name__
        shown = "<array of shape (2,)>" if value is x else repr(value)
        with refused(
            ArgumentError,
            f"{name}(bump, {shown}): {shown} is of type {type(value).__name__}. Expected is the argument to "
            "differentiate by, as its name or number: x, y. Values come in a second call, that of the derivative: "
            f"zg.{name}(f, 'x')(...).",
        ):
            operator(lib.bump, value)

    @pytest.mark.parametrize("values", [(x, y), [1.0, 2.0]])
    def test_several_values_are_no_arguments(self, lib, values):
        with pytest.raises(
            ArgumentError, match=r"Values come in a second call, .*: zg\.hessian\(f, 'x'\)\(\.\.\.\)\.$"
        ):
            zg.hessian(lib.bump, values)

    @pytest.mark.parametrize("operator", [zg.grad, zg.jvp])
    def test_values_as_in_a_call_of_the_kernel_are_no_arguments(self, lib, operator):
        name = operator.__name__
        with refused(
            ArgumentError,
            f"{name}(bump, ...): 3 arguments were given by position. Expected are at most 2: f, argnums. Values "
            f"come in a second call, that of the derivative: zg.{name}(f, 'x')(...).",
        ):
            operator(lib.bump, x, y)

    def test_names_beside_each_other_are_a_tuple(self, lib):
        with refused(
            ArgumentError,
            "grad(bump, ...): 3 arguments were given by position. Expected are at most 2: f, argnums. Several "
            "arguments are one tuple: ('x', 'y').",
        ):
            zg.grad(lib.bump, "x", "y")


class TestComponents:
    @pytest.mark.parametrize(
        ("component", "meant"),
        [(("M", 0, 1), "('M', (0, 1))"), (("x",), "'x'"), (["x", 0], "('x', 0)")],
    )
    def test_parts_of_a_component_are_a_name_and_where(self, lib, component, meant):
        with refused(
            ArgumentError,
            f"partial(model, {component!r}): {component!r} is no component. Expected is an argument and where in it, "
            f"in a tuple of two, or the argument alone: {meant}.",
        ):
            zg.partial(lib.model, component)

    def test_nothing_is_no_component(self, lib):
        with refused(
            ArgumentError,
            "partial(model, ()): () is no component. Expected is an argument and where in it, in a tuple of two, or "
            "the argument alone.",
        ):
            zg.partial(lib.model, ())

    @pytest.mark.parametrize("index", [0, (0, 1)])
    def test_a_number_has_no_components(self, two, index):
        with refused(
            ComponentError,
            f"partial(two, ('m', {index!r}), output='e'): m() is a number, and {index!r} was asked for of it. Write "
            "its name alone: 'm'.",
        ):
            zg.partial(two, ("m", index), output="e")

    def test_numbers_of_dimensions_agree_with_their_nouns(self, lib):
        with pytest.raises(ComponentError, match=r"component 1 of M\(a,c\) has 1 dimension\. Expected are 2\.$"):
            zg.partial(lib.model, ("M", 1))
        with pytest.raises(ComponentError, match=r"\(0, 1\) of x\(n\) has 2 dimensions\. Expected is 1\.$"):
            zg.partial(lib.bump, ("x", (0, 1)))


class TestOrders:
    def test_an_order_that_no_build_would_end_for_is_refused(self, two):
        with refused(
            ArgumentError,
            "derivative(two, 'm', 40, output='e'): order is 40. Expected is at most 12: each order doubles the code "
            "and its scratch memory.",
        ):
            zg.derivative(two, "m", 40, output="e")
        zg.derivative(two, "m", 12, output="e")  # nothing is built yet

    def test_integers_of_numpy_are_orders(self, two):
        assert (
            zg.derivative(two, "m", np.int64(2), output="e").request == zg.derivative(two, "m", 2, output="e").request
        )


def test_a_name_can_be_asked_for_again(two):
    assert zg.partial(two, ("x", 0), output="v").name == "partial(two, ('x', 0), output='v')"
    assert zg.derivative(two, "m", 3, output="e").name == "derivative(two, 'm', 3, output='e')"


class TestCalls:
    def test_arguments_go_by_position(self, lib):
        with refused(ArgumentError, "bump: x, y were given by keyword. Expected are 2 arguments by position: x, y."):
            lib.bump(x=x, y=y)
        with refused(
            ArgumentError, "grad(bump, 0): y was given by keyword. Expected are 2 arguments by position: x, y."
        ):
            zg.grad(lib.bump)(x, y=y)
        with refused(
            ArgumentError, "jacobian(model, 'x'): x was given by keyword. Expected are 2 arguments by position: M, x."
        ):
            zg.jacobian(lib.model, "x")(np.eye(2), x=x)

    def test_an_argument_that_is_given_twice_is_given_by_keyword(self, lib):
        with refused(ArgumentError, "bump: y was given by keyword. Expected are 2 arguments by position: x, y."):
            lib.bump(x, y, y=y)

    def test_an_open_component_of_a_matrix_is_told_as_one(self, lib):
        with refused(
            ShapeError,
            "partial(model, 'M'): M_index has shape (). Expected are 2 integers along the last dimension, a component "
            "of M(a,c).",
        ):
            zg.partial(lib.model, "M")(np.eye(2), x, 0)

    def test_keywords_of_numpy_are_no_arguments(self, lib):
        with refused(ArgumentError, "bump: 1 argument was given. Expected are 2: x, y."):
            lib.bump(x, out=np.empty(()))


class TestAdvice:
    def test_sparse_derivatives_show_the_result_that_was_chosen(self, two):
        assert repr(zg.sparse_jacobian(two, "x", output="v")).startswith("<sparse_jacobian(two, 'x', output='v')")

    def test_what_is_advised_can_be_done(self, two):
        with pytest.raises(NotDifferentiableError, match=r"Use zg\.sparse_jacobian\(two, 'x', output='v'\)"):
            zg.sparse_hessian(two, "x", output="v")

    def test_types_need_no_article(self):
        with pytest.raises(NotDifferentiableError, match=r"^grad: 3 is of type int\. Expected is a kernel"):
            zg.grad(3)

    @pytest.mark.parametrize("asked", [zg.grad, zg.partial, zg.jvp, zg.sparse_hessian, zg.explain])
    def test_kernels_of_a_whole_library_are_listed(self, lib, asked):
        with refused(
            NotDifferentiableError,
            f"{asked.__name__}: a whole library was given. Expected is one of its kernels: {', '.join(lib)}. Give it "
            f"as an attribute: library.{lib.kernels[0]}.",
        ):
            asked(lib)

    def test_kernels_of_a_whole_module_are_listed(self, two):
        module = ModuleType("orbits")
        module.two = two
        with refused(
            NotDifferentiableError,
            "grad: a whole module was given. Expected is one of its kernels: two. Give it as an attribute: orbits.two.",
        ):
            zg.grad(module)
