"""Who is wrong, absent or slow is reported as such, and a goal without its numbers says why."""

from __future__ import annotations

import importlib
import re
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
X = np.array([1.0, 2.0, 3.0])


@pytest.fixture
def bench(monkeypatch):
    """The modules of benchmarks/, which are imported by their bare names there."""
    monkeypatch.syspath_prepend(FOLDER)
    before = set(sys.modules)
    names = ("contenders", "figure", "goals", "race", "report", "timing")
    yield SimpleNamespace(**{name: importlib.import_module(name) for name in names})
    for name in set(sys.modules) - before:
        if str(FOLDER) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def figures(bench, functions, reference, contender=None, effort=None):
    """Of a race with `functions` for the one contender that needs nothing but NumPy."""
    race = bench.race.Race("P", "n = 3", "", (X,), reference, {"differences": lambda: functions})
    contender = contender or bench.contenders.CONTENDERS[-1]
    return list(bench.race.run(race, effort=effort or bench.timing.QUICK, contenders=[contender]))


def test_right_results_are_timed(bench):
    (figure,) = figures(bench, {"square": lambda x: x**2}, {"square": X**2})
    assert not figure.missing
    assert len(figure.samples) == bench.timing.QUICK.samples


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda x: 1.001 * x**2, r"wrong: an error of 1.0e-03"),
        (lambda x: np.full(3, np.nan), "wrong: an error of nan"),
        (lambda x: x[:2] ** 2, r"wrong: the shape is \(2,\)"),
        (lambda x: np.float32(x) ** 2, "wrong: the type is float32"),
    ],
)
def test_wrong_results_are_reported_and_not_timed(bench, function, reason):
    (figure,) = figures(bench, {"square": function}, {"square": X**2})
    assert figure.samples == ()
    assert re.match(reason, figure.missing)


def test_of_several_ways_a_right_one_takes_part(bench):
    ways = {"wrong": lambda x: x, "right": lambda x: x**2}
    (figure,) = figures(bench, {"square": ways}, {"square": X**2})
    assert figure.note == "right"
    assert figure.samples


def test_an_absent_library_is_reported(bench):
    absent = replace(bench.contenders.CONTENDERS[-1], package="no_such_library")
    (figure,) = figures(bench, {"square": lambda x: x**2}, {"square": X**2}, absent)
    assert figure.missing == "no_such_library is not installed"


def test_who_has_no_code_for_a_quantity_or_takes_long_is_left_out(bench):
    effort = replace(bench.timing.QUICK, longest_seconds=0.0)
    functions = {"square": lambda x: x**2}
    slow, without = sorted(
        figures(bench, functions, {"square": X**2, "cube": X**3}, effort=effort),
        key=lambda figure: -len(figure.missing),
    )
    assert slow.missing.startswith("left out: one call takes")
    assert without.missing == "left out at this size"


def test_a_goal_takes_the_best_of_those_who_were_measured(bench):
    def measured(contender, *samples, missing=""):
        return bench.figure.Figure("P", "1", "q", contender, samples, missing)

    all_figures = bench.goals.Figures(
        [measured("zymogen", 1.0, 4.0), measured("JAX", 2.0, 2.0), measured("PyTorch", missing="wrong: a sign")]
    )
    row = bench.goals.over_contender("ratio", 1.0, "P", "1", "q", "JAX", "PyTorch").row(all_figures)
    assert (row["value"], row["met"]) == (1.25, False)  # of 0.5 and 2, round by round
    row = bench.goals.over_contender("ratio", 1.0, "P", "1", "q", "PyTorch", "Numba").row(all_figures)
    assert row["value"] is None
    assert row["reason"] == "PyTorch: wrong: a sign; Numba was not run"


def test_tables_show_what_is_missing(bench):
    found = figures(bench, {"square": lambda x: x}, {"square": X**2})
    report = bench.report.as_json({}, bench.timing.QUICK, found, [], quick=True)
    assert "wrong: an error of" in bench.report.as_markdown(report)
