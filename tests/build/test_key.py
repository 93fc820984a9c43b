"""Digests tell all values apart and never change; processors are identified quickly."""

from __future__ import annotations

import enum
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zymogen.build.key import _first_processor, cpu_identity, digest

SCALARS = st.none() | st.booleans() | st.integers() | st.text() | st.binary()
PARTS = st.recursive(
    SCALARS,
    lambda parts: st.lists(parts, max_size=4).map(tuple) | st.dictionaries(st.text(), parts, max_size=4),
    max_leaves=8,
)


def typed(part: object) -> object:
    """A value that equals another only when the types agree as well."""
    if isinstance(part, tuple):
        return ("tuple", *map(typed, part))
    if isinstance(part, dict):
        return ("dict", *sorted((name, repr(typed(value))) for name, value in part.items()))
    return (type(part).__name__, part)


@settings(max_examples=50, deadline=None, database=None)
@given(st.lists(PARTS, max_size=4), st.lists(PARTS, max_size=4))
def test_digests_are_equal_exactly_when_the_parts_are(one: list[object], other: list[object]) -> None:
    assert (digest(*one) == digest(*other)) == (typed(tuple(one)) == typed(tuple(other)))


def test_digest_of_known_parts_does_not_change_between_versions() -> None:
    assert digest("kernel", 3, True, None, b"\0", ("a", ()), {"x": 1}) == (
        "633d2902448c8da609ca326b8deb0d4600ec2422709b12ac6fcc4c5ee70bc972"
    )


def test_digest_does_not_depend_on_the_order_of_a_dictionary() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})


@pytest.mark.parametrize(
    "others",
    [
        [("ab", "c"), ("a", "bc"), (("ab", "c"),), ("abc",), ("ab", "c", None), ("ab", "c", "")],
        [("1",), (1,), (True,), (b"1",), ((1,),), ({"1": 1},)],
        [(0,), (False,), (None,), ("",), (b"",), ((),), ({},), ()],
    ],
)
def test_similar_parts_have_different_digests(others: list[tuple[object, ...]]) -> None:
    assert len({digest(*parts) for parts in others}) == len(others)  # type: ignore[arg-type]


@pytest.mark.parametrize("part", [Path("/x"), 1.5, [1], {1}, object()])
def test_other_types_are_refused(part: object) -> None:
    with pytest.raises(TypeError, match=f"is a {type(part).__name__}. Keys are made of str, bytes"):
        digest("x", ("y", part))  # type: ignore[arg-type]


def test_names_of_files_that_are_not_utf8_have_a_digest() -> None:
    assert digest("\udcff") != digest("\udcfe")


def test_a_string_enumeration_counts_as_its_text() -> None:
    class Math(enum.StrEnum):
        STRICT = "strict"

    assert digest(Math.STRICT) == digest("strict")


def test_cpu_identity_is_the_same_in_every_process() -> None:
    script = "from zymogen.build.key import cpu_identity; print(cpu_identity())"
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path)), "PYTHONHASHSEED": "7"}
    output = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert output.strip() == cpu_identity()


def test_cpu_identity_is_fast() -> None:
    cpu_identity.cache_clear()
    begin = time.perf_counter()
    cpu_identity()
    assert time.perf_counter() - begin < 0.02


def test_only_the_first_processor_is_read(tmp_path: Path) -> None:
    text = tmp_path / "cpuinfo"
    text.write_text("model name\t: A: B\nflags\t\t: fma avx2\n\nmodel name\t: C\n\n" * 1000)
    assert _first_processor(text) == {"model name": "A: B", "flags": "fma avx2"}


def test_a_system_without_cpuinfo_has_no_first_processor(tmp_path: Path) -> None:
    assert _first_processor(tmp_path / "missing") == {}
