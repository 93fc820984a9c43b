"""The two readers of signatures, at compile time and in Python, agree; and what the Python one makes of them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zymogen.errors import SignatureError
from zymogen.resources import include_folder
from zymogen.signature import Signature

NAMES = st.sampled_from(["x", "y", "n", "m", "_a", "Abc", "x1", "out", "out0", "n_size"])
DIMENSIONS = st.one_of(
    NAMES, st.sampled_from(["3", "0", "03", "12", "123456789", "1234567890", "3n", "", " ", "n m", "é"])
)
SPACES = st.sampled_from(["", "", "", " ", "\n", "\t ", "\r", "\f", "\xa0"])
NOISE = st.sampled_from(["->", "(", ")", ",", "-", ">", "[", "+", "é", "_", "0", "x(n)", "()", " "])


@st.composite
def items(draw, least):
    parts = []
    for _ in range(draw(st.integers(least, 4))):
        name = draw(st.one_of(NAMES, st.just("")))
        if draw(st.booleans()) or draw(st.booleans()):
            inside = ",".join(draw(st.lists(DIMENSIONS, max_size=draw(st.sampled_from([2, 3, 10])))))
            parts.append(f"{draw(SPACES)}{name}{draw(SPACES)}({inside}){draw(SPACES)}")
        else:
            parts.append(draw(SPACES) + name + draw(SPACES))
    return ",".join(parts)


@st.composite
def nearly_signatures(draw):
    text = f"{draw(items(0))}->{draw(items(1))}"
    if draw(st.integers(0, 3)) == 0:
        place = draw(st.integers(0, len(text)))
        text = text[:place] + draw(NOISE) + text[place + draw(st.integers(0, 2)) :]
    return text


@st.composite
def good_signatures(draw):
    """Well-formed ones, which random pieces seldom make."""
    dims = [*draw(st.lists(NAMES, min_size=1, max_size=3, unique=True)), "3"]
    space = draw(SPACES)
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    inputs = [f"{name}({','.join(draw(st.lists(st.sampled_from(dims), max_size=3)))})" for name in names]
    results = draw(st.lists(st.sampled_from(dims), max_size=2))
    return f"{f',{space}'.join(inputs)} -> {draw(st.sampled_from(['', 'r', 'x']))}({','.join(results)})"


@pytest.fixture(scope="session")
def at_compile_time(tmp_path_factory):
    """What `SignatureReader` says of texts: one of its lines for each."""
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        pytest.fail("this test compiles a small program and needs g++ or clang++")
    program = tmp_path_factory.mktemp("signatures") / "signatures"
    source = Path(__file__).with_name("signatures.cpp")
    command = [
        compiler,
        "-std=c++20",
        "-Wall",
        "-Wextra",
        "-Werror",
        f"-I{include_folder()}",
        str(source),
        "-o",
        str(program),
    ]
    subprocess.run(command, check=True)

    def read(texts):
        given_texts = b"".join(text.encode() + b"\0" for text in texts)
        answer = subprocess.run([str(program)], input=given_texts, capture_output=True, check=True).stdout
        return answer.decode().splitlines()

    return read


def in_python(text):
    try:
        signature = Signature.parse(text)
    except SignatureError:
        return "!"
    arguments = {argument.name: str(argument) for argument in signature.arguments}
    inputs = "".join(f" {arguments.get(name, name)}" for name in signature.order)
    return f"{inputs} ->{''.join(f' {result}' for result in signature.results)}"


def without_result_names(line):
    left, arrow, right = line.partition(" ->")
    return left + arrow + "".join(f" ({part.partition('(')[2]}" for part in right.split())


@settings(max_examples=150, deadline=None)
@given(texts=st.lists(st.one_of(nearly_signatures(), good_signatures()), min_size=1, max_size=60))
def test_what_one_reader_accepts_the_other_does(at_compile_time, texts):
    for text, line in zip(texts, at_compile_time(texts), strict=True):
        assert without_result_names(line) == without_result_names(in_python(text)), text


@pytest.mark.parametrize(
    "text",
    [
        "x(n) -> ()",
        " x ( n , 3 ) , n , s ( ) -> y ( n ) , ( 3 )",
        "-> (3)",
        "x(n),\n\ty(n) -> ()",
        "a(b,c,d,e,f,g,h,i) -> ()",
        "u(n) -> u(n)",
    ],
)
def test_both_accept(at_compile_time, text):
    assert at_compile_time([text])[0][0] != "!"
    Signature.parse(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x(n)", 'there is no "->"'),
        ("x(n), -> ()", "an argument or a result is expected"),
        ("x(n,) -> ()", '"" is no dimension'),
        ("x(0) -> ()", '"0" is no dimension'),
        ("x(n) -> y(n-1)", "Sizes are not calculated: name a result of another size among the arguments, too, "),
        ("x(n) -> y(m)", "no argument fixes the dimension m"),
        ("x(n), m -> ()", "m is a bare size, and no argument has a dimension m"),
        ("x(), x() -> ()", "two arguments have the name x"),
        ("x() -> y", "the result y has no parentheses"),
        ("(n) -> ()", "argument number 1 has no name"),
    ],
)
def test_both_refuse(at_compile_time, text, says):
    assert at_compile_time([text])[0][0] == "!"
    with pytest.raises(SignatureError, match=says):
        Signature.parse(text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("x() -> ()", ["out"]),
        ("x() -> (), ()", ["out0", "out1"]),
        ("x() -> (), y()", ["out", "y"]),
        ("out() -> ()", ["out_"]),
        ("out0(out1), out1 -> (), ()", ["out0_", "out1_"]),
        ("u() -> u(), ()", ["u", "out"]),
    ],
)
def test_results_without_a_name_get_one_that_nothing_else_has(text, names):
    assert [result.name for result in Signature.parse(text).results] == names


def test_sizes_are_the_named_dimensions_in_order():
    assert Signature.parse("A(b,3,a), x(c,a), a -> (b)").sizes == ("b", "a", "c")
