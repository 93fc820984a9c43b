"""First builds with an empty cache, then the same derivatives found by new processes, and the import of the package."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from figure import Figure, figure
from kernels import TO_BUILD
from timing import Effort

_CHILD = Path(__file__).with_name("fresh.py")
_PACKAGE = Path(__file__).parent.parent / "examples" / "package"
_IMPORT = "import numpy, time; start = time.perf_counter(); import mykernels; print(time.perf_counter() - start)"


@dataclass(frozen=True)
class Fresh:
    """Seconds that one new process took: for each step, and for each stage of what it built."""

    steps: dict[str, float]
    stages: dict[str, float]


def measure(effort: Effort) -> Iterator[Figure]:
    """Every kernel is built in a new process with an empty cache, then found there by further processes."""
    kernels = dict(islice(TO_BUILD.items(), effort.kernels))
    built: list[Fresh] = []
    found: list[Fresh] = []
    for attempt in range(1 if effort.processes == 1 else 3):
        for text in kernels.values():
            with TemporaryDirectory(prefix="zymogen-bench-") as folder:
                source = Path(folder, "kernel.cpp")
                source.write_text(text, encoding="utf-8")
                first = _run(source, Path(folder, "cache"))
                # The very first one also reads the toolchain from the disk.
                built += [first] if attempt or len(kernels) == 1 or text is not next(iter(kernels.values())) else []
                found += [_run(source, Path(folder, "cache")) for _ in range(max(1, effort.processes // 3))]
    yield from _builds(built)
    yield from _finds(found)
    yield from _imports(found)
    if effort.processes > 1:  # `--quick` has no time to build a package
        yield from _prebuilt_imports(effort)


def _builds(built: list[Fresh]) -> Iterator[Figure]:
    topic = "first build, empty cache"
    yield figure(topic, "until the first result", "s", [run.steps["total"] for run in built], 1.5)
    yield figure(topic, "... zg.compile", "s", [run.steps["compile"] for run in built])
    yield figure(topic, "... the derivative", "s", [run.steps["derivative"] for run in built])
    yield figure(topic, "... CPU time of all processes", "s", [run.steps["cpu"] for run in built])
    for stage in built[0].stages:
        yield figure(topic, f"stage: {stage}", "ms", [1e3 * run.stages[stage] for run in built])
    rest = [1e3 * (run.steps["total"] - sum(run.stages.values())) for run in built]
    yield figure(topic, "all but the stages", "ms", rest)


def _finds(found: list[Fresh]) -> Iterator[Figure]:
    if any(run.stages for run in found):
        raise RuntimeError("benchmarks: a build was not found in the cache by the next process. Run `zymogen doctor`.")
    topic = "found in the cache by a new process"
    yield figure(topic, "until the first result", "ms", [1e3 * run.steps["total"] for run in found], 30)
    yield figure(topic, "... zg.compile", "ms", [1e3 * run.steps["compile"] for run in found])
    yield figure(topic, "... the derivative", "ms", [1e3 * run.steps["derivative"] for run in found])


def _imports(found: list[Fresh]) -> Iterator[Figure]:
    topic = "import zymogen"
    yield figure(topic, "with NumPy", "ms", [1e3 * run.steps["import"] for run in found], 150)
    yield figure(topic, "NumPy alone", "ms", [1e3 * run.steps["numpy"] for run in found])
    yield figure(topic, "with NumPy, CPU time", "ms", [1e3 * run.steps["import cpu"] for run in found])
    yield figure(topic, "zymogen after NumPy, CPU time", "ms", [1e3 * run.steps["zymogen cpu"] for run in found])
    yield figure(topic, "zymogen after NumPy", "ms", [1e3 * run.steps["zymogen"] for run in found])


def _prebuilt_imports(effort: Effort) -> Iterator[Figure]:
    with TemporaryDirectory(prefix="zymogen-bench-") as folder:
        programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
        subprocess.run([*install, "--target", folder, _PACKAGE], env={**os.environ, "PATH": programs}, check=True)
        command, environment = [sys.executable, "-P", "-c", _IMPORT], {**os.environ, "PYTHONPATH": folder}
        said = [subprocess.check_output(command, env=environment, text=True) for _ in range(1 + effort.processes)]
    # The first one compiles Python's files.
    yield figure("import of a prebuilt module", "after NumPy", "ms", [1e3 * float(text) for text in said[1:]], 50)


def _run(source: Path, cache: Path) -> Fresh:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["ZYMOGEN_CACHE_DIR"] = str(cache)
    # As a user's own script starts: without our folder of benchmarks in the way of its imports.
    command = [sys.executable, "-P", str(_CHILD), str(source)]
    child = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True)
    return Fresh(**json.loads(child.stdout))
