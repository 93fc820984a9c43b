"""Of several libraries, the one that needs most of what the processor has."""

from __future__ import annotations

import pytest

from zymogen.errors import ArgumentError
from zymogen.extension import processor

V2 = {"cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3"}
V3 = V2 | {"abm", "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe", "xsave"}
V4 = V3 | {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}
NAMES = ("x86-64-v3", "x86-64", "x86-64-v4", "x86-64-v2")


@pytest.mark.parametrize(
    ("features", "chosen"),
    [
        (V4 | {"amx_tile"}, "x86-64-v4"),
        (V4 - {"avx512vl"}, "x86-64-v3"),
        (V3 - {"fma"}, "x86-64-v2"),
        (V2 - {"pni"}, "x86-64"),
        (set(), "x86-64"),
    ],
)
def test_the_best_that_can_run_is_taken(monkeypatch, features, chosen):
    monkeypatch.setattr(processor, "cpu_features", lambda: frozenset(features))
    assert NAMES[processor.best([(name, processor.features_of(name)) for name in NAMES])] == chosen


def test_a_processor_that_can_run_none_gets_none(monkeypatch):
    monkeypatch.setattr(processor, "cpu_features", lambda: frozenset(V2))
    assert processor.best([("x86-64-v3", processor.features_of("x86-64-v3"))]) is None


def test_native_runs_here():
    assert processor.best([("native", processor.features_of("native"))]) == 0


def test_an_architecture_of_which_nothing_is_known_is_refused():
    with pytest.raises(
        ArgumentError, match=r"zymogen_add_module\(mine\): ARCH is 'fastest'\. Expected are any of .*native"
    ):
        processor.check_architecture("fastest", "zymogen_add_module(mine)")
