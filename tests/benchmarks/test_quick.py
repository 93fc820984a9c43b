"""The benchmarks run and report what they promise; no test looks at a time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).parents[2] / "benchmarks" / "run.py"

# What is installed wherever the tests run.
CONTENDERS = ("zymogen", "C++ by hand", "NumPy differences")

# For each problem, some of its quantities by size.
PROBLEMS = {
    "A": {size: {"evaluation", "one partial", "gradient in x"} for size in ("n = 2", "n = 1e3", "n = 1e6")},
    "B": {size: {"evaluation", "third derivative"} for size in ("6 rows", "1e5 rows")},
    "C": {size: {"evaluation", "derivative in m"} for size in ("one call", "1e5 rows")},
    "D": {"2e4 samples": {"evaluation", "Jacobian in x", "Jacobian in M", "Hessian diagonal", "Hessian"}},
    "mixture": {"d = 10, k = 25, n = 1000": {"evaluation", "gradient"}},
    "bundle": {"1e5 observations": {"evaluation", "Jacobian"}},
    "sparse": {
        "Broyden's function, n = 1e5": {"evaluation", "sparse Jacobian", "detection of the pattern", "colours"},
        "Rosenbrock's chain, n = 1e5": {"evaluation", "sparse Hessian", "passes of detection", "colouring"},
    },
    "summed": {"1e6 samples": {"gradient"}},
    "calls": {"n = 2": {"kernel", "partial, component bound", "gradient in x, out=", "np.add(x, y)"}},
    "builds": {
        "empty cache": {"until the first result", "stage: front end", "stage: Enzyme", "stage: back end"},
        "found in the cache": {"until the first result"},
        "import": {"with NumPy", "NumPy alone"},
    },
    "threads": {"D": {"Jacobian in x", "Hessian"}, "BA": {"Jacobian"}},
    "linearity": {size: {"A: gradient in x", "B: third derivative"} for size in ("1e3", "1e4", "1e5", "1e6")},
}

GOALS = {"A": 14, "B": 4, "C": 6, "D": 8, "mixture": 4, "bundle": 2, "sparse": 2, "summed": 0, "calls": 1}
GOALS |= {"builds": 4, "threads": 3, "linearity": 10}


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Of one quick run of everything."""
    file = tmp_path_factory.mktemp("benchmarks") / "report.json"
    chosen = [word for name in CONTENDERS for word in ("--contender", name)]
    command = [sys.executable, str(RUN), "--quick", "--json", str(file), *chosen]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    assert file.with_suffix(".md").is_file()
    return json.loads(file.read_text(encoding="utf-8"))


@pytest.mark.toolchain
def test_quick_run_reports_every_quantity(report):
    assert report["quick"] is True
    assert {"processor", "cores", "load", "python", "numpy", "zymogen", "toolchain"} <= set(report["machine"])
    found: dict[str, dict[str, set[str]]] = {}
    for figure in report["figures"]:
        found.setdefault(figure["problem"], {}).setdefault(figure["size"], set()).add(figure["quantity"])
    assert set(found) == set(PROBLEMS)
    for problem, sizes in PROBLEMS.items():
        for size, quantities in sizes.items():
            assert quantities <= found[problem][size]


@pytest.mark.toolchain
def test_contenders_that_were_asked_for_are_right_and_timed(report):
    for figure in report["figures"]:
        if figure["contender"].startswith(CONTENDERS[0]) and figure["contender"] != "zymogen, fast":
            assert figure.get("missing", "one kernel alone was built") == "one kernel alone was built"
        if "missing" in figure:
            assert not figure["missing"].startswith("wrong")
        else:
            assert 0 <= figure["lower"] <= figure["median"] <= figure["upper"]
            assert figure["least"] <= figure["median"]


@pytest.mark.toolchain
def test_every_goal_has_a_row_with_its_number_or_a_reason(report):
    goals = report["goals"]
    assert len({goal["name"] for goal in goals}) == len(goals) == sum(GOALS.values())
    for goal in goals:
        if goal["value"] is None:
            assert goal["reason"]
            assert goal["met"] is False
        elif goal["at_least"]:
            assert goal["met"] == (goal["value"] >= goal["goal"])
        else:
            assert goal["met"] == (goal["value"] <= goal["goal"])


def test_unknown_problem_is_refused_with_those_there_are():
    done = subprocess.run(
        [sys.executable, str(RUN), "--only", "speed"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "mixture" in done.stderr
