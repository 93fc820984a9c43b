"""Example packages as wheels: built once, used where there is neither a toolchain nor a compiler nor a cache."""

from __future__ import annotations

import json
import subprocess
import zipfile

import pytest
from tests.test_import import import_of, too_early

import zymogen as zg

from .conftest import EXAMPLES

# The first test that needs a package builds it.
pytestmark = [pytest.mark.toolchain, pytest.mark.slow, pytest.mark.timeout(900)]

# Makes a list of the numbers of the four use cases, with all digits, by the kernels of `k`; two at a time, because what
# is not there is built.
NUMBERS = """
import json
from concurrent.futures import ThreadPoolExecutor
import numpy as np
import zymogen as zg

x, y = np.linspace(0, 1, 7), np.linspace(0.5, 0, 7)
rows = np.random.default_rng(0).random((50, 5))
d = 1 / (1 + np.linspace(-10, 10, 21) ** 2)
M, z = np.random.default_rng(1).normal(size=(2, 4)), np.array([1, -0.5, 0.25, 2])
calls = [
    (zg.partial(k.bump, ("x", 3)), x, y),
    (zg.partial(k.bump, "y"), x, y, [0, 6]),
    (zg.grad(k.bump, ("x", "y")), x, y),
    (zg.partial(k.product, ("x", 0), ("x", 2), ("x", 4)), rows),
    (zg.partial(k.rs, "m"), d, 0.25),
    (zg.jvp(k.rs_loss, "m"), d, 0.25, 1.0),
    (zg.jacobian(k.model, "x"), M, z),
    (zg.jacobian(k.model, "M"), M.astype("f4"), z.astype("f4")),
    (zg.hessian(k.model, "x"), M, z),
    (zg.hessian_diagonal(k.model, "x"), M, z),
    (zg.vjp(zg.hessian(k.model, "x"), "M"), M, z, np.ones((2, 4, 4))),
]

def flat(result):
    return [n for part in result for n in flat(part)] if isinstance(result, tuple) else np.ravel(result).tolist()

with ThreadPoolExecutor(2) as pool:
    results = tuple(pool.map(lambda call: call[0](*call[1:]), calls))
numbers = [number.hex() for number in flat(results)]
"""

# A start of a process is an error from here on.
ALONE = """
import subprocess, os
def refuse(*_, **__):
    raise SystemExit("a process was started")
subprocess.Popen = os.posix_spawn = os.fork = refuse
"""


def test_use_cases_run_where_nothing_can_be_compiled(mykernels):
    tests = EXAMPLES / "package" / "tests"
    said = mykernels.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tests, tests)
    assert "4 passed" in said


@pytest.mark.parametrize("cache", ["cache", "empty/file/cache"])
def test_numbers_are_those_of_a_build_on_the_spot(mykernels, cache):
    (mykernels.folder / "empty" / "file").touch()
    script = f"{ALONE}\nimport mykernels as k\n{NUMBERS}\nprint(json.dumps(numbers))"
    ahead = json.loads(mykernels.run("-c", script, ZYMOGEN_CACHE_DIR=str(mykernels.folder / cache)))
    spot: dict = {"k": zg.compile(EXAMPLES / "package" / "src" / "kernels.cpp")}
    exec(NUMBERS, spot)
    assert ahead == spot["numbers"]


def test_an_older_processor_gets_the_older_library_and_the_same_numbers(mykernels):
    pretend = (
        "import zymogen.extension.processor as p; known = p.cpu_features()\np.cpu_features = lambda: known - {'avx2'}\n"
    )
    show = "print(k.bump.build().finished.library.name)\nprint(json.dumps(numbers))"
    script = f"{pretend}import mykernels as k\n{NUMBERS}\n{show}"
    library, numbers = mykernels.run("-c", script).splitlines()
    assert library == "libkernels.x86-64-v2.so"
    newer = mykernels.run("-c", f"import mykernels as k\n{NUMBERS}\nprint(json.dumps(numbers))")
    assert numbers == newer.strip()


def test_the_wheel_has_no_trace_of_where_it_was_built(mykernels, tmp_path):
    with zipfile.ZipFile(mykernels.wheel) as wheel:
        names = [name for name in wheel.namelist() if name.endswith(".so")]
        wheel.extractall(tmp_path)
    assert len(names) == 3
    for name in names:
        dynamic = subprocess.run(["readelf", "-d", tmp_path / name], capture_output=True, text=True, check=True).stdout
        assert "RPATH" not in dynamic
        assert "RUNPATH" not in dynamic
        assert str(mykernels.folder).encode() not in (tmp_path / name).read_bytes()


def test_the_wheel_can_be_published(mykernels):
    mykernels.assert_it_can_be_published()


def test_what_is_not_in_it_says_so(mykernels):
    script = (
        "import mykernels as k, zymogen as zg\n"
        "try: zg.hvp(k.bump, 'x')([1.0], [2.0], [1.0])\n"
        "except zg.ZymogenError as error: print(type(error).__name__, error)"
    )
    said = mykernels.run("-c", script)
    assert said.startswith(
        "NotCompiledError hvp(bump, 'x'): it is not among the derivatives that were built into mykernels"
    )
    assert said.endswith("""zymogen_add_module(kernels ... DERIVATIVES ... "hvp(bump, 'x')").\n""")


def test_what_is_not_in_it_is_built_where_a_toolchain_is(mykernels, monkeypatch):
    from zymogen.toolchain.layout import toolchain_folder

    script = (
        "import mykernels as k, zymogen as zg\n"
        "print(zg.hvp(k.rs_loss, 'd', output='loss').build().finished.place)"  # includes the package's own header
    )
    assert "in the cache: " in mykernels.run("-c", script, ZYMOGEN_TOOLCHAIN_DIR=str(toolchain_folder()))


def test_a_c_library_becomes_a_package_unchanged(heatkernels):
    tests = EXAMPLES / "c_package" / "tests"
    said = heatkernels.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tests, tests)
    assert "2 passed" in said


def test_importing_it_imports_nothing_that_compiles_or_compares(mykernels):
    assert not too_early(mykernels.run("-c", import_of("mykernels")))
