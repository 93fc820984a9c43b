"""What a new process meets; run by `builds.py` as `fresh.py SOURCE`, prints the seconds of each step as JSON.

Nothing but `sys` and `time` is imported before the clock starts, so that the imports are measured whole.
"""

import sys
from time import perf_counter, process_time

start, start_cpu = perf_counter(), process_time()
import numpy as np  # noqa: E402

after_numpy, after_numpy_cpu = perf_counter(), process_time()
import zymogen as zg  # noqa: E402

after_import, after_import_cpu = perf_counter(), process_time()

import functools  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
from pathlib import Path  # noqa: E402

from zymogen.toolchain import stages  # noqa: E402

STAGES = {
    "compile_description": "signature",
    "compile_to_ir": "front end",
    "differentiate": "Enzyme",
    "compile_to_object": "back end",
    "link": "link",
}
taken: dict[str, float] = {}


def timed(function, stage):
    """A stage of the build that notes how long it took."""

    @functools.wraps(function)
    def call(*args, **kwargs):
        began = perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            taken[stage] = taken.get(stage, 0.0) + perf_counter() - began

    return call


for name, stage in STAGES.items():
    setattr(stages, name, timed(getattr(stages, name), stage))

text = Path(sys.argv[1]).read_text(encoding="utf-8")
began, began_cpu = perf_counter(), sum(os.times()[:4])
library = zg.compile(text)
f = library[library.kernels[0]]
after_compile = perf_counter()
derivative = zg.grad(f, 0)
derivative.build()
after_build = perf_counter()
derivative(*(np.ones([3] * operand.array.rank) for operand in f.operands))
end, end_cpu = perf_counter(), sum(os.times()[:4])

steps = {
    "numpy": after_numpy - start,
    "zymogen": after_import - after_numpy,
    "import": after_import - start,
    "import cpu": after_import_cpu - start_cpu,
    "zymogen cpu": after_import_cpu - after_numpy_cpu,
    "compile": after_compile - began,
    "derivative": after_build - after_compile,
    "call": end - after_build,
    "total": end - began,
    "cpu": end_cpu - began_cpu,
}
json.dump({"steps": steps, "stages": taken}, sys.stdout)
