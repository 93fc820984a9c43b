"""Where a kernel may stand, what it may be called, and what it may do."""

from __future__ import annotations

import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import zymogen as zg

pytestmark = pytest.mark.toolchain

EPS = np.finfo(float).eps


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_template_has_a_loop_for_each_type(places, dtype):
    c, x = np.array([1, 2, 3], dtype), dtype(2)
    assert places.polynomial(c, x) == 17
    for result in (
        places.polynomial(c, x),
        zg.grad(places.polynomial, "x")(c, x),
        zg.grad(places.polynomial, "c")(c, x),
    ):
        assert result.dtype == dtype
    assert zg.grad(places.polynomial, "x")(c, x) == 14
    assert_array_equal(zg.grad(places.polynomial, "c")(c, x), [1, 2, 4])
    assert zg.partial(places.polynomial, ("c", 2))(c, x) == 4


def test_mixed_types_use_the_wider_loop(places):
    assert places.polynomial(np.ones(2, np.float32), np.float64(2)).dtype == np.float64


@pytest.mark.parametrize(
    ("kernel", "arguments", "value", "slope"),
    [
        ("kinetic", (3.0, 2.0), 6.0, 2.0),
        ("potential", (4.0, 3.0), 18.0, 4.5),
        ("hidden", (2.0,), 8.0, 12.0),
        ("hidden_template", (3.0,), 9.0, 6.0),
        ("power", (2.0,), 8.0, 12.0),
        ("local", (0.5,), np.sin(0.5), np.cos(0.5)),
        ("c_linkage", (0.5,), np.cos(0.5), -np.sin(0.5)),
    ],
)
def test_a_kernel_may_stand_anywhere(places, kernel, arguments, value, slope):
    assert_allclose(places[kernel](*arguments), value, rtol=2 * EPS)
    assert_allclose(zg.grad(places[kernel])(*arguments), slope, rtol=4 * EPS)


def test_a_lambda_is_a_kernel(places):
    x = np.array([2.0, 3])
    assert places["lambda"](x) == 6
    assert_array_equal(zg.grad(places["lambda"])(x), [3, 2])


def test_arguments_keep_their_names_whatever_generated_code_calls_its_own(names):
    f = names.names
    assert f.arguments == ("row", "rows", "out", "evaluate", "x_bar", "dx", "std", "n", "class")
    arguments = ([2.0, 0], [3.0, 0, 0], 5.0, 7.0, 11.0, 13.0, 17.0, 19.0, 23.0)
    assert f(*arguments) == 6 + 35 + 143 + 323 + 23
    gradients = zg.grad(f, ("row", "rows", "out", "x_bar", "std", "n", "class"))(*arguments)
    assert_array_equal(gradients[0], [3, 0])
    assert_array_equal(gradients[1], [2, 0, 0])
    assert gradients[2:] == (7, 13, 19, 17, 1)
    assert zg.partial(f, "rows", "row")(*arguments, 0, 0) == 1
    assert_array_equal(zg.grad(zg.partial(f, ("row", 0)), "rows")(*arguments), [1, 0, 0])


def test_arguments_may_be_called_as_levels_and_keywords(names):
    f = names.more_names
    arguments = (2.0, 3.0, 5.0, 7.0, 11.0, 13.0)
    assert f(*arguments) == np.prod(arguments)
    everything = zg.grad(f, tuple(f.arguments))(*arguments)
    assert_array_equal(everything, np.prod(arguments) / np.array(arguments))
    assert zg.partial(f, "class", "class_")(*arguments) == 210


def test_a_result_may_have_the_name_of_a_size(names):
    assert names.size_and_result([5.0, 1]) == 10
    assert_array_equal(zg.grad(names.size_and_result)([5.0, 1]), [2, 0])


def test_a_dimension_may_have_the_name_of_a_macro(names):
    assert names.macro([2.0, 3, 4]) == 6
    assert_array_equal(zg.grad(names.macro)([2.0, 3, 4]), [3, 2, 0])


@pytest.mark.parametrize("name", ["evaluate", "loop_0"])
def test_a_kernel_may_be_called_as_generated_functions_are(names, name):
    assert names[name](2.0) == 6
    assert zg.grad(names[name])(2.0) == 3


@pytest.mark.parametrize("macro", ["n 3", "size 3", "view(x) x"], ids=["argument", "member", "function"])
def test_a_macro_that_generated_code_meets_is_told(macro):
    text = f"""#include <zymogen/kernel.hpp>
    double f(std::span<const double> x) {{ return x[0]; }}
    #define {macro}
    ZYMOGEN_KERNEL(f, "x(n) -> ()");"""
    with pytest.raises(zg.errors.CompileError) as caught:
        zg.compile(text).f([1.0])
    name = re.split(r"\W", macro)[0]
    _, line, *excerpt = str(caught.value).partition("\nThe tool's whole output")[0].splitlines()
    assert re.fullmatch(
        rf"<text>:3:\d+: error: the macro `{name}` replaces a name in headers or generated code that come after it\. "
        rf"Call the macro otherwise, or write `#undef {name}` after its last use\.",
        line,
    )
    assert len(excerpt) == 2
    assert f"#define {macro}" in excerpt[0]


def test_what_a_kernel_throws_is_raised(behaviour):
    assert zg.grad(behaviour.checked_log)(2.0) == 0.5
    for f in (behaviour.checked_log, zg.grad(behaviour.checked_log), zg.partial(behaviour.checked_log, "x")):
        with pytest.raises(ValueError, match="x must be positive"):
            f(-1.0)


def test_complex_numbers_may_be_used_inside(behaviour):
    assert_allclose(behaviour.modulus_of_square(3.0, 4.0), 25, rtol=4 * EPS)
    assert_allclose(zg.grad(behaviour.modulus_of_square, ("re", "im"))(3.0, 4.0), [6, 8], rtol=8 * EPS)


def test_complex_arguments_are_refused(behaviour):
    with pytest.raises(TypeError, match=r"re is complex .* Pass re\.real and re\.imag"):
        behaviour.modulus_of_square(1j, 0.0)


def test_what_a_kernel_leaves_unwritten_is_zero(behaviour):
    for _ in range(3):
        y, z = behaviour.first_only(np.full((50, 4), 3.0))
        assert_array_equal(y, np.broadcast_to([6, 0, 0, 0], (50, 4)))
        assert_array_equal(z, 0)
    (_, _), (dy, dz) = zg.jvp(behaviour.first_only)([3.0, 1], [1.0, 1])
    assert (dy.tolist(), dz) == ([2, 0], 0)


def test_a_signature_may_take_several_lines(behaviour):
    assert behaviour.on_two_lines(2.0, 3.0) == 6


def test_a_kernel_without_arguments_gives_its_constant(behaviour):
    assert behaviour.identity().tolist() == [1, 2, 3]
