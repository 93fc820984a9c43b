"""The benchmarks run and report what they promise; no test looks at a time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).parents[2] / "benchmarks" / "run.py"

TOPICS = {
    "cost": {
        f"A: cost, n = {n}, {math}": {"evaluation", "partial, component bound", "gradient in x", "gradient in x and y"}
        for n in ("1e3", "1e4", "1e6")
        for math in ("fast", "strict")
    },
    "calls": {
        "one call, n = 2": {
            "kernel",
            "partial, component bound",
            "partial, component open",
            "gradient in x",
            "gradient in x, out=",
            "f.ufunc(x, y)",
            "np.add(x, y)",
        }
    },
    "batches": {
        "B: third partial, a batch of 1e5 rows": {"evaluation", "derivative", "derivative over evaluation"},
        "B: third partial, one call": {"derivative over evaluation"},
        "C: derivative in a scalar, 1e5 values of m": {"derivative over evaluation"},
        "C: derivative in a scalar, one call": {"derivative over evaluation"},
        "threads: a heavy gradient, 1000 rows": {"1 thread", "2 threads", "2 threads over 1"},
    },
    "sparse": {
        f"sparse: {name}, n = 1e5": {
            "evaluation",
            "refill",
            "refill over evaluation",
            "gather alone",
            "detection of the pattern",
            "passes of detection",
            "colouring",
            "colours",
        }
        for name in ("tridiagonal Jacobian", "chained Rosenbrock Hessian")
    },
    "builds": {
        "first build, empty cache": {
            "until the first result",
            "stage: front end",
            "stage: Enzyme",
            "stage: back end",
            "stage: link",
        },
        "found in the cache by a new process": {"until the first result"},
        "import zymogen": {"with NumPy", "NumPy alone"},
    },
}

# The rows that have a goal, and how many there are of each.
GOALS = {"cost": [1.15, 1.15], "calls": [1.5, 2.0], "batches": [2.0], "sparse": [12.0], "builds": [1.5, 30, 150]}


@pytest.mark.toolchain
@pytest.mark.parametrize("topic", TOPICS)
def test_quick_run_reports_every_row(topic, tmp_path):
    report = tmp_path / "report.json"
    command = [sys.executable, str(RUN), "--quick", "--only", topic, "--json", str(report)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    content = json.loads(report.read_text(encoding="utf-8"))
    assert content["quick"] is True
    assert {"processor", "cores", "load", "python", "numpy", "zymogen", "toolchain"} <= set(content["machine"])
    rows: dict[str, set[str]] = {}
    for figure in content["figures"]:
        rows.setdefault(figure["topic"], set()).add(figure["name"])
        assert 0 < figure["lower"] <= figure["median"] <= figure["upper"]
        assert figure["least"] > 0
        assert figure["met"] is (None if figure["goal"] is None else figure["median"] <= figure["goal"])
    for name, expected in TOPICS[topic].items():
        assert expected <= rows[name]
    assert [figure["goal"] for figure in content["figures"] if figure["goal"] is not None] == GOALS[topic]


def test_unknown_topic_is_refused_with_those_there_are():
    done = subprocess.run(
        [sys.executable, str(RUN), "--only", "speed"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "calls" in done.stderr
