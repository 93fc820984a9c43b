"""builds: a derivative's first build, the same derivative found by a new process, and the import of the package."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from figure import Figure
from goals import Figures, Goal
from timing import Effort

NAME = "builds"
_EMPTY, _IN_USE, _FOUND, _IMPORT = "empty cache", "cache in use", "found in the cache", "import"
_PACKAGE = Path(__file__).parents[2] / "examples" / "package"
_PREBUILT = "a prebuilt module after NumPy"
_IMPORT_PREBUILT = (
    "import numpy, time; start = time.perf_counter(); import mykernels; print(time.perf_counter() - start)"
)
_FIRST = "until the first result"
_CHILD = Path(__file__).parents[1] / "fresh.py"
_SOURCES = sorted(Path(__file__).with_name("first_builds").glob("*.cpp"))


def _goal(name: str, limit: float, size: str, unit: float, quantity: str = _FIRST) -> Goal:
    def values(figures: Figures) -> tuple[float, ...]:
        return tuple(value / unit for value in figures.samples(NAME, size, quantity, "zymogen"))

    return Goal(name, limit, values)


GOALS = (
    _goal("builds: first build of one derivative, cache in use, s", 0.8, _IN_USE, 1.0),
    _goal("builds: first build of one derivative, empty cache, s", 0.8, _EMPTY, 1.0),
    _goal("builds: cached load of one derivative, ms", 10.0, _FOUND, 1e-3, "... the derivative"),
    _goal("builds: import of a prebuilt module after NumPy, ms", 50.0, _IMPORT, 1e-3, _PREBUILT),
)


@dataclass(frozen=True)
class Fresh:
    """Seconds that one new process took: for each step, and for each stage of what it built."""

    steps: dict[str, float]
    stages: dict[str, float]


def measure(effort: Effort) -> Iterator[Figure]:
    """The first kernel finds an empty cache, which also gets the headers of the C++ library then, precompiled.

    Every build is then found by further processes.
    """
    empty: list[Fresh] = []
    in_use: list[Fresh] = []
    found: list[Fresh] = []
    for attempt in range(max(1, effort.processes // 3)):
        turn = attempt % len(_SOURCES)
        with TemporaryDirectory(prefix="zymogen-bench-") as cache:
            for number, source in enumerate((_SOURCES[turn:] + _SOURCES[:turn])[: effort.kernels]):
                (in_use if number else empty).append(_run(source, Path(cache)))
                found += [_run(source, Path(cache)) for _ in range(max(1, effort.processes // 3))]
    if any(run.stages for run in found):
        raise RuntimeError("benchmarks: a build was not found in the cache by the next process. Run `zymogen doctor`.")
    yield from _builds(_EMPTY, empty)
    yield from _builds(_IN_USE, in_use)
    yield from _steps(_FOUND, found, {_FIRST: "total", "... zg.compile": "compile", "... the derivative": "derivative"})
    names = {"with NumPy": "import", "NumPy alone": "numpy", "zymogen after NumPy": "zymogen"}
    yield from _steps(_IMPORT, found, names | {"zymogen after NumPy, CPU time": "zymogen cpu"})
    if effort.processes > 1:  # `--quick` has no time to build a package
        yield Figure(NAME, _IMPORT, _PREBUILT, "zymogen", tuple(_prebuilt_imports(effort)))


def _builds(size: str, built: Sequence[Fresh]) -> Iterator[Figure]:
    if not built:
        yield Figure(NAME, size, _FIRST, "zymogen", missing="one kernel alone was built")
        return
    names = {_FIRST: "total", "... zg.compile": "compile", "... the derivative": "derivative"}
    yield from _steps(size, built, names | {"... CPU time of all processes": "cpu"})
    for stage in built[0].stages:
        yield Figure(NAME, size, f"stage: {stage}", "zymogen", tuple(run.stages[stage] for run in built))
    rest = tuple(run.steps["total"] - sum(run.stages.values()) for run in built)
    yield Figure(NAME, size, "all but the stages", "zymogen", rest)


def _steps(size: str, runs: Sequence[Fresh], names: dict[str, str]) -> Iterator[Figure]:
    for quantity, step in names.items():
        yield Figure(NAME, size, quantity, "zymogen", tuple(run.steps[step] for run in runs))


def _prebuilt_imports(effort: Effort) -> Iterator[float]:
    """Seconds that new processes take to import the module of the example package."""
    with TemporaryDirectory(prefix="zymogen-bench-") as folder:
        programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
        subprocess.run([*install, "--target", folder, _PACKAGE], env={**os.environ, "PATH": programs}, check=True)
        command, environment = [sys.executable, "-P", "-c", _IMPORT_PREBUILT], {**os.environ, "PYTHONPATH": folder}
        said = [subprocess.check_output(command, env=environment, text=True) for _ in range(1 + effort.processes)]
    yield from map(float, said[1:])  # the first one compiles Python's files


def _run(source: Path, cache: Path) -> Fresh:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["ZYMOGEN_CACHE_DIR"] = str(cache)
    # As a user's own script starts: without our folder of benchmarks in the way of its imports.
    command = [sys.executable, "-P", str(_CHILD), str(source)]
    child = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True)
    return Fresh(**json.loads(child.stdout))
