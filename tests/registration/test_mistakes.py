"""A kernel that its signature does not describe is a compile-time error, in a sentence and at the user's line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import zymogen as zg
from zymogen.toolchain.messages.macros import MACROS

pytestmark = pytest.mark.toolchain

DOCS = Path(__file__).parents[2] / "docs"
HEADERS = "#include <zymogen/kernel.hpp>\n"
IN, OUT = "std::span<const double> x", "std::span<double> y"


def mistake(function, signature, says, name="f", include=""):
    return pytest.param(function, signature, says, name, include, id=says[:60])


FUNCTION_AND_SIGNATURE = [
    # Rank and number.
    mistake(f"double f({IN});", "x(n,m) -> ()", "x has 2 dimensions in the signature, and its C++ type has 1."),
    mistake("double f(double x);", "x(n) -> ()", "x has 1 dimensions in the signature, and its C++ type has 0."),
    mistake(
        "double f(zymogen::matrix<const double> M);",
        "M(n) -> ()",
        "M has 1 dimensions in the signature, and its C++ type has 2.",
    ),
    mistake(
        f"void f({IN}, double& s);", "x(n) -> s(n)", "s has 1 dimensions in the signature, and its C++ type has 0."
    ),
    mistake(f"double f({IN});", "x(n), y(n) -> ()", "the function has only 1 parameters, and y would be one more."),
    mistake(
        f"void f({IN});",
        "x(n) -> ()",
        "the function has only 1 parameters, and the result without a name would be one more.",
    ),
    mistake(
        f"double f({IN}, double a);",
        "x(n) -> ()",
        "the signature has 1 parameters (arguments, then results), and the function has 2.",
    ),
    mistake(
        f"double f({IN}, {OUT});",
        "x(n) -> y(n)",
        "the function returns something, which is its first result, and y has dimensions. "
        "Return void and write arrays through parameters.",
    ),
    # Dimensions.
    mistake(f"void f({IN}, {OUT});", "x(n) -> y(m)", "no argument fixes the dimension m of y."),
    mistake(
        f"double f({IN}, int m);",
        "x(n), m -> ()",
        "m stands without parentheses, which means the size of a dimension, and no argument has a dimension m. "
        "A scalar is written m().",
    ),
    mistake(
        f"double f({IN}, double n);",
        "x(n), n -> ()",
        "n is the size of a dimension, and its parameter must be an integer by value. An argument is written n().",
    ),
    mistake(
        "double f(std::span<const double, 3> x);",
        "x(n) -> ()",
        "x has dimension n in the signature, and its C++ type fixes it to 3.",
    ),
    mistake(
        "double f(std::span<const double, 3> x);",
        "x(4) -> ()",
        "x has dimension 4 in the signature, and its C++ type fixes it to 3.",
    ),
    mistake(
        "double f(std::mdspan<const double, std::extents<int, 2, std::dynamic_extent>> M);",
        "M(n,m) -> ()",
        "M has dimension n in the signature, and its C++ type fixes it to 2.",
        include="mdspan",
    ),
    # Const.
    mistake(
        f"void f({IN}, std::span<const double> y);",
        "x(n) -> y(n)",
        "y is a result, and its parameter cannot be written to: its elements must not be const.",
    ),
    mistake(
        f"void f({IN}, double s);",
        "x(n) -> s()",
        "s is a result, and its parameter cannot be written to: use a reference or a pointer, or return the number.",
    ),
    mistake(
        "double f(std::span<double> x);",
        "x(n) -> ()",
        "x is only an argument, and its parameter can be written to. "
        "Declare its elements const, or name it among the results too if the kernel updates it.",
    ),
    mistake(
        f"void f({IN});",
        "x(n) -> x(n)",
        "x is an argument and a result, so it is updated in place, and its parameter cannot be written to: "
        "its elements must not be const.",
    ),
    mistake(
        "void f(std::span<double> u, std::span<const double> w);",
        "u(n), w(m) -> u(m)",
        "u is an argument and a result, so it is updated in place: its dimensions must be the same on both sides.",
    ),
    mistake(
        "double f(double u);",
        "u() -> u()",
        "u is an argument and a result, so it is updated in place, and its parameter cannot be written to",
    ),
    # Types.
    mistake(
        "double f(std::mdspan<const double, std::dextents<std::size_t, 2>, std::layout_left> M);",
        "M(n,m) -> ()",
        "M, parameter number 1: a view must be row-major: use std::layout_right, which is std::mdspan's default.",
        include="mdspan",
    ),
    mistake(
        "double f(std::mdspan<const double, std::dextents<std::size_t, 2>, std::layout_stride> M);",
        "M(n,m) -> ()",
        "M, parameter number 1: a view must be row-major",
        include="mdspan",
    ),
    mistake("double f(long double a);", "a() -> ()", "a, parameter number 1: long double is not an element type"),
    mistake("double f(std::span<const long double> a);", "a(n) -> ()", "a, parameter number 1: long double is not"),
    mistake(
        "double f(const std::vector<double>& x);",
        "x(n) -> ()",
        "x, parameter number 1: std::vector<double> is a container and cannot be an argument: use std::span, to which "
        "every contiguous container converts, or a pointer with a size.",
        include="vector",
    ),
    mistake("double f(std::array<double, 3> x);", "x(3) -> ()", "x, parameter number 1: std::array<double, 3> is a"),
    mistake("double f(std::string name);", "name(n) -> ()", "std::string is a container and", include="string"),
    mistake(
        "double f(std::vector<std::vector<double>> M);",
        "M(n,m) -> ()",
        "M, parameter number 1: std::vector<std::vector<double>> is a container of containers and cannot be an "
        "argument: use zymogen::matrix or std::mdspan, whose rows lie one after another, or a pointer with sizes.",
        include="vector",
    ),
    mistake(
        "double f(double a, const std::list<double>& x);",
        "a(), x(n) -> ()",
        "x, parameter number 2: std::list<double> is a container whose elements do not lie one after another, and "
        "cannot be an argument: use std::span (for a map, one for keys and one for values), zymogen::matrix or a "
        "pointer with sizes, and fill the container inside the kernel.",
        include="list",
    ),
    mistake(
        "double f(std::map<int, double> x);",
        "x(n) -> ()",
        "x, parameter number 1: std::map<int, double> is a container whose elements do not lie one after another",
        include="map",
    ),
    mistake(
        "double f(std::list<double>* x);",
        "x(n) -> ()",
        "x, parameter number 1: std::list<double> cannot be the type of elements: these must be float, double, bool or",
        include="list",
    ),
    mistake(
        "std::vector<double> f(double x);",
        "x() -> ()",
        "the result without a name, the returned result: std::vector<double> is a container and cannot be an argument",
        include="vector",
    ),
    mistake(
        "double* f(double x);", "x() -> y()", "y is returned as a pointer, reference or view: return a number by value."
    ),
    mistake(
        "double f(std::complex<double> z);",
        "z() -> ()",
        "z, parameter number 1: complex numbers cannot be arguments or results: "
        "pass real and imaginary parts as two arrays, and use std::complex inside.",
        include="complex",
    ),
    mistake(
        "double f(std::span<const std::complex<double>> z);",
        "z(n) -> ()",
        "z, parameter number 1: complex numbers cannot be",
        include="complex",
    ),
    mistake(
        "double f(const char* s);", "s(n) -> ()", "s, parameter number 1: characters are no numbers: use std::int8_t"
    ),
    mistake("double f(double** M);", "M(n,m) -> ()", "M, parameter number 1: double * cannot be the type of elements:"),
    mistake("double f(void* p);", "p(n) -> ()", "p, parameter number 1: void cannot be the type of elements:"),
    mistake("struct P {}; double f(P p);", "p() -> ()", "p, parameter number 1: P cannot be an argument: use a"),
    mistake(
        "double f(std::span<const double>& x);", "x(n) -> ()", "x, parameter number 1: a view is passed by value or by"
    ),
    mistake("double f(double&& x);", "x() -> ()", "x, parameter number 1: use a number by value instead of an rvalue"),
    # Not functions.
    mistake("inline double f = 1;", "x() -> ()", "it is no function whose parameter types are fixed."),
    mistake("double f(double, ...);", "x() -> ()", "it is no function whose parameter types are fixed."),
    mistake(
        "struct S { double e(double) const; };", "x() -> ()", "it is no function whose parameter types", name="S::e"
    ),
    mistake("constexpr auto f = [](auto x) { return x; };", "x() -> ()", "it is no function whose parameter types are"),
]

X = f"double f({IN});"
SYNTAX = [
    mistake(X, "", "an argument is expected at the end."),
    mistake(X, "x(n)", 'a comma or "->" is expected at the end.'),
    mistake(X, "x(n) - > ()", 'a comma or "->" is expected before "- > ()".'),
    mistake(X, "x(n) ->", "a result is expected at the end."),
    mistake(X, "x(n), -> ()", 'an argument is expected before "-> ()".'),
    mistake(X, "x(n) y(n) -> ()", 'a comma or "->" is expected before "y(n) -> ()".'),
    mistake(X, "x(n -> ()", 'a comma or a closing parenthesis is expected before "-> ()".'),
    mistake(X, "x(n,) -> ()", 'another dimension is expected before ") -> ()".'),
    mistake(X, "x(,n) -> ()", 'a dimension\'s name or a positive number is expected before ",n) -> ()".'),
    mistake(X, "x[n] -> ()", 'a comma or "->" is expected before "[n] -> ()".'),
    mistake(X, "x(n+1) -> ()", 'a comma or a closing parenthesis is expected before "+1) -> ()".'),
    mistake(X, "x(n) -> y(n-1)", "Sizes are not calculated: name a result of another size among the arguments, too, "),
    mistake(X, "x(0) -> ()", "the dimension 0 of x is no positive number of at most 9 digits."),
    mistake(X, "x(03) -> ()", "the dimension 03 of x is no positive number of at most 9 digits."),
    mistake(X, "x(n) -> () -> ()", 'a comma or the end is expected before "-> ()".'),
    mistake(X, "x(n) -> y", "the result y has no parentheses. A single number is written y()."),
    mistake(X, "(n) -> ()", "argument number 1 has no name."),
    mistake(X, "x(n), x(n) -> ()", "two arguments have the name x."),
    mistake(X, "x(n) -> y(), y()", "two results have the name y."),
    mistake(X, "x(a,b,c,d,e,f,g,h,i) -> ()", "x has more than 8 dimensions."),
]


@pytest.mark.parametrize(("function", "signature", "says", "name", "include"), FUNCTION_AND_SIGNATURE + SYNTAX)
def test_a_disagreement_is_told_in_a_sentence(function, signature, says, name, include):
    include = f"#include <{include}>\n" if include else ""
    with pytest.raises(zg.errors.CompileError) as caught:
        zg.compile(f'{include}{HEADERS}\n{function}\nZYMOGEN_KERNEL({name}, "{signature}");\n')
    first, second, *_ = str(caught.value).splitlines()
    assert first.startswith("compile(")
    line = 4 + bool(include)
    assert re.match(rf".*:{line}(:\d+)?: error: zymogen: ", second)
    assert f'zymogen: {name}, "{signature}": ' in second
    assert says in second
    assert len(str(caught.value).splitlines()) <= 6


def compile_error(text):
    with pytest.raises(zg.errors.CompileError) as caught:
        zg.compile(text)
    return str(caught.value)


def test_every_mistake_of_a_source_is_told():
    said = compile_error(
        f'{HEADERS}double f(double x);\nZYMOGEN_KERNEL(f, "x(n) -> ()");\n'
        'double g(double x);\nZYMOGEN_KERNEL(g, "y -> ()");\n'
    )
    assert "zymogen: f," in said
    assert "zymogen: g," in said


def test_a_mistake_in_a_template_is_told():
    said = compile_error(
        f'{HEADERS}template <class T> T f(T x) {{ return x; }}\nZYMOGEN_KERNEL_TEMPLATE(f, "x(n) -> ()");\n'
    )
    assert 'zymogen: f<float>, "x(n) -> ()": x has 1 dimensions in the signature, and its C++ type has 0.' in said


def test_one_of_several_functions_of_one_name_is_no_kernel():
    second = compile_error(
        f'{HEADERS}double f(double x);\nfloat f(float x);\nZYMOGEN_KERNEL(f, "x() -> ()");\n'
    ).splitlines()[1]
    assert re.match(r".*:4:1: error: zymogen: f is not the name of exactly one function\. ", second)


def test_a_template_is_no_kernel_by_itself():
    said = compile_error(f'{HEADERS}template <class T> T f(T x);\nZYMOGEN_KERNEL(f, "x() -> ()");\n')
    assert "register a template with ZYMOGEN_KERNEL_TEMPLATE" in said.splitlines()[1]


def test_a_name_that_is_not_declared_is_told():
    said = compile_error(f'{HEADERS}ZYMOGEN_KERNEL(f, "x() -> ()");\n')
    assert "zymogen: f is not the name of exactly one function. Declare it before this line" in said.splitlines()[1]
    assert "undeclared identifier 'f'" in said


@pytest.mark.parametrize("variable", ['const char* text = "x() -> ()"', 'char text[] = "x() -> ()"'])
def test_a_signature_in_a_variable_is_told_to_be_a_literal_or_constexpr(variable):
    source = f"{HEADERS}double f(double x) {{ return x; }}\n{variable};\nZYMOGEN_KERNEL(f, text);\n"
    said = compile_error(source)
    assert ":4:1: error: zymogen: f: the signature is text, a variable that the compiler cannot read. " in said
    assert said.count("error: ") == 1
    assert zg.compile(source.replace(variable, "constexpr " + variable)).kernels == ("f",)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("ZYMOGEN_KERNEL(f);", 'Write ZYMOGEN_KERNEL(f, "x(n) -> ()") with the names and dimensions'),
        ('ZYMOGEN_KERNELS(f, "x() -> ()");', "there is no macro ZYMOGEN_KERNELS. Write ZYMOGEN_KERNEL."),
        ('ZYMOGEN_KERNAL(f, "x() -> ()");', "there is no macro ZYMOGEN_KERNAL. Write ZYMOGEN_KERNEL."),
    ],
)
def test_a_macro_that_is_misspelt_or_lacks_the_signature_is_told_as_it_is_written(line, says):
    assert says in compile_error(f"{HEADERS}double f(double x) {{ return x; }}\n{line}\n")


def test_macros_that_are_suggested_are_those_of_the_documentation():
    pages = [page.read_text(encoding="utf-8") for page in DOCS.glob("*.md")]
    code = [block for page in pages for block in re.findall(r"^```.*?^```", page, re.MULTILINE | re.DOTALL)]
    assert {macro for block in code for macro in re.findall(r"\bZYMOGEN_[A-Z_]+(?=\()", block)} == set(MACROS)


def test_a_missing_brace_in_a_file_is_told_in_that_file(tmp_path):
    file = tmp_path / "open.cpp"
    file.write_text(f"{HEADERS}double f(double x) {{\n    return x;\n")
    with pytest.raises(zg.errors.CompileError) as caught:
        zg.compile(file)
    assert "open.cpp:2:20: error: the file ends, and `{` is not closed." in str(caught.value)


def test_a_missing_brace_is_told_at_the_brace_that_is_open():
    said = compile_error(f"{HEADERS}double f(double x) {{\n    return x;\n")
    assert ":2:20: error: the file ends, and `{` is not closed. Expected is a `}` for each `{`." in said
    assert "unit.cpp" not in said


def test_two_kernels_of_one_name_are_refused():
    twice = 'ZYMOGEN_KERNEL(f, "x() -> ()");\nZYMOGEN_KERNEL(f, "y() -> ()");\n'
    with pytest.raises(zg.errors.SignatureError, match=r"kernel f: registered at .*:3 and again at .*:4\.") as caught:
        zg.compile(f"{HEADERS}double f(double x) {{ return x; }}\n{twice}")
    assert "Rename one of the functions" in str(caught.value)


def test_a_source_without_kernels_is_told_how_to_register_one():
    assert 'ZYMOGEN_KERNEL(name, "x(n) -> ()")' in compile_error("double f(double x) { return x; }\n")


@pytest.mark.parametrize("macro", ["ZYMOGEN_KERNEL", "ZYMOGEN_KERNEL_TEMPLATE"])
def test_a_missing_include_is_named(macro):
    second = compile_error(f'double f(double x) {{ return x; }}\n{macro}(f, "x() -> ()");\n').splitlines()[1]
    assert re.match(
        r".*:2:1: error: zymogen: f: the line #include <zymogen/kernel\.hpp> is missing before it\.", second
    )
