"""A package whose kernels call functions of libraries, of which the compiler of kernels never sees the source."""

from __future__ import annotations

import subprocess
import zipfile

import pytest

from .conftest import installed, written

# The first test builds the package.
pytestmark = [pytest.mark.toolchain, pytest.mark.slow, pytest.mark.timeout(600)]

PROJECT = {
    "pyproject.toml": """\
[build-system]
requires = ["scikit-build-core", "pybind11", "zymogen"]
build-backend = "scikit_build_core.build"

[project]
name = "tuned"
version = "1"

[tool.scikit-build]
build-dir = "build"
""",
    "CMakeLists.txt": """\
cmake_minimum_required(VERSION 3.24)
project(tuned LANGUAGES C CXX)
find_package(zymogen REQUIRED)
add_library(pressure STATIC pressure.c)
set_target_properties(pressure PROPERTIES POSITION_INDEPENDENT_CODE ON)
add_library(limits SHARED limits.c)
add_library(regime SHARED regime.c)
target_link_libraries(regime PRIVATE limits)
set_target_properties(regime PROPERTIES VERSION 1.2 SOVERSION 1 INSTALL_RPATH "$ORIGIN")
add_library(tuned::regime ALIAS regime)
zymogen_add_module(tuned SOURCES kernels.cpp DERIVATIVES "grad(model, (x, e))"
  LIBRARIES pressure tuned::regime limits
  DESTINATION .)
""",
    "pressure.c": "double tuned_pressure(double density, double energy) { return 0.5 * density * density * energy; }\n",
    "limits.c": "double tuned_limit(void) { return 1; }\n",
    "regime.c": """\
double tuned_limit(void);
int tuned_regime(double density) { return density > tuned_limit() ? 2 : 1; }
""",
    "kernels.cpp": r"""
#include <zymogen/kernel.hpp>
extern "C" double tuned_pressure(double density, double energy);
extern "C" int tuned_regime(double density);

static std::array<double, 2> pressure_partials(double density, double energy) {
    return {2 * tuned_pressure(density, energy) / density, tuned_pressure(density, 1)};
}
ZYMOGEN_DERIVATIVE(tuned_pressure, pressure_partials);
ZYMOGEN_INACTIVE(tuned_regime);

double model(std::span<const double> x, double e) {
    double sum = 0;
    for (double density : x) sum += tuned_pressure(density, e) * tuned_regime(density);
    return sum;
}
ZYMOGEN_KERNEL(model, "x(n), e() -> ()");
""",
}


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tuned")
    return installed(written(PROJECT, folder / "tuned"), folder)


def test_its_functions_and_their_derivatives_by_rules_are_there(tuned):
    script = (
        "import tuned, zymogen as zg\n"
        "x, e = [0.5, 2.0, 1.5], 3.0\n"
        "by_x, by_e = zg.grad(tuned.model, ('x', 'e'))(x, e)\n"
        "print(float(tuned.model(x, e)), by_x.tolist(), float(by_e))"
    )
    # Twice 0.5 x^2 e where x is above 1, and once elsewhere.
    assert tuned.run("-c", script) == "19.125 [1.5, 12.0, 9.0] 6.375\n"


def test_shared_libraries_are_beside_the_module_and_nothing_tells_where_it_was_built(tuned, tmp_path):
    with zipfile.ZipFile(tuned.wheel) as wheel:
        wheel.extractall(tmp_path)
    files = {file.name: file for file in tmp_path.iterdir() if ".so" in file.name}
    assert {"libtuned.x86-64-v2.so", "liblimits.so", "libregime.so.1"} < set(files)
    for file in files.values():
        assert str(tuned.folder).encode() not in file.read_bytes()
    kernels = files["libtuned.x86-64-v2.so"]
    said = subprocess.run(["readelf", "-d", kernels], capture_output=True, text=True, check=True).stdout
    (path,) = (line for line in said.splitlines() if "RPATH" in line or "RUNPATH" in line)
    assert path.endswith("[$ORIGIN]")
    said = subprocess.run(["readelf", "-W", "--dyn-syms", kernels], capture_output=True, text=True, check=True).stdout
    assert " UND tuned_regime" in said
    assert "tuned_pressure" not in said, "what is taken in from an archive is hidden"


def test_the_wheel_can_be_published(tuned):
    tuned.assert_it_can_be_published()


def test_what_is_not_in_it_cannot_be_built_and_says_so(tuned):
    script = (
        "import tuned, zymogen as zg\n"
        "try: zg.hvp(tuned.model, 'x')([1.0], 2.0, [1.0])\n"
        "except zg.ZymogenError as error: print(type(error).__name__, error)"
    )
    said = tuned.run("-c", script)
    assert said.startswith("NotCompiledError hvp(model, 'x'): ")
    assert "its sources did not come along (NO_SOURCES or LIBRARIES)." in said
    assert said.endswith("""zymogen_add_module(tuned ... DERIVATIVES "grad(model, (x, e))" "hvp(model, 'x')").\n""")
