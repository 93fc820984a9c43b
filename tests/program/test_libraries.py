"""A program whose kernels call functions of libraries: an archive of its own, and shared libraries of others."""

from __future__ import annotations

import pytest

from .conftest import build, configured, output, project

pytestmark = [pytest.mark.toolchain, pytest.mark.exhaustive, pytest.mark.timeout(600)]

MAIN = r"""
#include <cstdio>
#include <span>
#include <vector>
#include <zymogen/derivatives.hpp>
double energy(std::span<const double> x);
int main() {
    const std::vector x{1.0, 2.0};
    for (const double slope : zymogen::gradient<energy, "x">(x)) std::printf("%g\n", slope);
}
"""
KERNELS = r"""
#include <span>
#include <zymogen/kernel.hpp>
extern "C" double law(double s);
extern "C" double law_slope(double s);
extern "C" double scaled(double x);
extern "C" double weight(int k);
static double two(double) { return 2; }
ZYMOGEN_DERIVATIVE(law, law_slope);
ZYMOGEN_DERIVATIVE(law_slope, two);
ZYMOGEN_DERIVATIVE(scaled, two);

double energy(std::span<const double> x) {
    double sum = 0;
    for (std::size_t k = 0; k < x.size(); ++k) sum += weight(static_cast<int>(k)) * law(scaled(x[k]));
    return sum;
}
ZYMOGEN_KERNEL(energy, "x(n) -> ()");
"""
LAW = """
extern "C" double law(double s) { return s * s; }
extern "C" double law_slope(double s) { return 2 * s; }
"""
SCALED = 'extern "C" double scaled(double x) { return 2 * x; }\n'
WEIGHT = 'extern "C" double weight(int k) { return 1 + k; }\n'
CMAKE = """
add_library(law STATIC law.cpp)
set_target_properties(law PROPERTIES POSITION_INDEPENDENT_CODE ON)

# Two that are there already: one has no name for the loader, the other another one than its file.
set(soname_of_weight -Wl,-soname,libweight.so.1)
foreach(name scaled weight)
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -shared -fPIC ${CMAKE_CURRENT_SOURCE_DIR}/${name}.cpp
    -o ${CMAKE_CURRENT_SOURCE_DIR}/lib${name}.so ${soname_of_${name}} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
add_library(weight UNKNOWN IMPORTED)
set_target_properties(weight PROPERTIES IMPORTED_LOCATION ${CMAKE_CURRENT_SOURCE_DIR}/libweight.so)

zymogen_add_executable(mine main.cpp SOURCES kernels.cpp DERIVATIVES "grad(energy, x)"
  LIBRARIES law libscaled.so weight
  DESTINATION bin)
"""


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    root = project(tmp_path_factory.mktemp("libraries") / "mine", MAIN, KERNELS, CMAKE)
    for name, text in {"law.cpp": LAW, "scaled.cpp": SCALED, "weight.cpp": WEIGHT}.items():
        (root / name).write_text(text)
    folder = configured(root, root / "build")
    done = build(folder, "install")
    assert done.returncode == 0, done.stdout + done.stderr
    return root


def test_libraries_are_found_in_the_build_folder_and_installed_beside_the_program(mine):
    assert output(mine / "build" / "mine") == "8\n32\n"
    installed = mine / "build" / "installed" / "bin"
    libraries = ["libmine_derivatives.x86-64-v2.so", "libscaled.so", "libweight.so.1"]
    assert sorted(file.name for file in installed.iterdir()) == [*libraries, "mine"]
    # None of those with which it was linked is there any more.
    for file in [*mine.glob("*.so"), mine / "build" / "mine.zymogen"]:
        file.rename(file.with_name(f"{file.name}.away"))
    try:
        assert output(installed / "mine") == "8\n32\n"
    finally:
        for file in [*mine.glob("*.away"), *(mine / "build").glob("*.away")]:
            file.rename(file.with_suffix(""))


def test_a_changed_library_is_linked_again(mine):
    assert "no work to do" in build(mine / "build").stdout
    (mine / "law.cpp").write_text(LAW.replace("return 2 * s", "return 4 * s"))
    assert build(mine / "build").returncode == 0
    assert output(mine / "build" / "mine") == "16\n64\n"


def test_a_library_that_is_not_named_is_asked_for_in_the_words_of_cmake(mine):
    script = mine / "CMakeLists.txt"
    script.write_text(script.read_text().replace("LIBRARIES law ", "LIBRARIES "))
    done = build(mine / "build")
    assert done.returncode != 0
    said = " ".join(done.stdout.split())
    assert "zymogen_differentiate(mine): `law` (used in " in said
    assert "or name its library: LIBRARIES, followed by its target, path or name." in said
