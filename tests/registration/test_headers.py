"""The headers alone: without Python, in every standard from C++20, with two compilers, without a warning."""

from __future__ import annotations

import shutil
import string
import subprocess

import numpy as np
import pytest

import zymogen as zg
from zymogen.resources import include_folder
from zymogen.toolchain.find import find_toolchain

STRICT = ("-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-pedantic", "-Werror")

PROGRAM = """
#include <cstdio>
#include <zymogen/kernel.hpp>

static double trace(zymogen::matrix<const double> M) {
    double s = 0;
    for (std::size_t i = 0; i < M.extent(0); ++i) s += M(i, i);
    return s;
}
constexpr char written[] = "M(n,n) -> ()";
ZYMOGEN_KERNEL(trace, written);

namespace {
void scale(zymogen::array_view<double, 3> T, double factor) noexcept {
    for (int i = 0; i < int(T.extent(0)); ++i) T(i, 0, 1) *= factor;
}
ZYMOGEN_KERNEL(scale, "T(a,b,c), factor() -> T(a,b,c)");
}  // namespace

template <class T>
T twice(const T* x, std::size_t n) { return n == 0 ? T(0) : 2 * x[0]; }
ZYMOGEN_KERNEL_TEMPLATE(twice, "x(n), n -> ()");

constexpr auto half = [](double x) { return x / 2; };
ZYMOGEN_KERNEL(half, "x() -> ()");

#if __cplusplus > 202002L
static double corner(zymogen::matrix<double> M) { return M[1, 1]; }
#else
static double corner(zymogen::matrix<double> M) { return M(1, 1); }
#endif

int main() {
    double data[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    scale({data, {2, 2, 2}}, 10);
    const zymogen::matrix<double> M(data, {2, 2});
    std::printf("%g %g %g %zu %g %g\\n", trace(M), data[1], data[5], M.size(), corner(M), twice(data, 1) + half(2));
}
"""


def pinned_clang():
    toolchain = find_toolchain()
    return [*toolchain.clang, *toolchain.clang_flags]


@pytest.mark.toolchain
@pytest.mark.parametrize("standard", ["c++20", "c++23", "c++26"])
def test_kernels_compile_without_warnings(tmp_path, standard):
    file = tmp_path / "program.cpp"
    file.write_text(PROGRAM)
    command = [*pinned_clang(), f"-std={standard}", "-fsyntax-only", *STRICT, f"-I{include_folder()}", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("standard", ["c++20", "c++23"])
def test_a_program_without_python_uses_the_same_source(tmp_path, standard):
    compiler = shutil.which("g++")
    if compiler is None:
        pytest.fail("this test compiles a small program and needs g++")
    file = tmp_path / "program.cpp"
    file.write_text(PROGRAM)
    command = [
        compiler,
        f"-std={standard}",
        "-O1",
        *STRICT,
        f"-I{include_folder()}",
        str(file),
        "-o",
        str(tmp_path / "run"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    said = subprocess.run([str(tmp_path / "run")], capture_output=True, text=True, check=True).stdout
    assert said == "5 20 60 4 4 3\n"


@pytest.mark.toolchain
def test_elements_are_written_with_parentheses_before_c_plus_plus_23():
    text = """
    #include <zymogen/kernel.hpp>
    double corner(zymogen::matrix<const double> M) { return M(1, 0) * M(0, 1); }
    ZYMOGEN_KERNEL(corner, "M(n,m) -> ()");
    """
    f = zg.compile(text, std="c++20").corner
    assert zg.grad(f)([[1.0, 2], [3, 4]]).tolist() == [[0, 3], [2, 0]]


def test_macros_named_by_single_letters_are_the_users():
    letters = [*string.ascii_uppercase, *"ijknx"]
    library = zg.compile(
        """#include <zymogen/kernel.hpp>
double power(std::span<const double> v) {
    double product = 1;
    for (std::size_t at = 0; at < N; ++at) product *= v[at] * x;
    return product;
}
ZYMOGEN_KERNEL(power, "v(m) -> ()");
""",
        define=[f"{letter}=3" for letter in letters],
    )
    v = np.array([2.0, 3.0, 5.0])
    assert library.power(v) == 27 * 30
    np.testing.assert_array_equal(zg.hessian(library.power)(v), 27 * np.array([[0, 5, 3], [5, 0, 2], [3, 2, 0]]))
