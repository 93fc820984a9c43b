"""From C++ to numbers, a stage at a time."""

from __future__ import annotations

import ctypes
import re
from dataclasses import replace

import numpy as np
import pytest

from zymogen.errors import ToolchainError
from zymogen.resources import include_folder
from zymogen.toolchain import stages
from zymogen.toolchain.tools import Options

pytestmark = pytest.mark.toolchain

SQUARES = """
double kernel(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += x[i] * x[i];
    return s;
}
"""

# (1, 2) / (3, 4) and the like, with a derivative that is wrong if division is a library call.
QUOTIENT = """
#include <complex>
double kernel(std::span<const double> x) {
    auto z = std::complex<double>(x[0], x[1]) / std::complex<double>(x[2], x[3]);
    return 2 * z.real() + z.imag() * z.imag() * z.real();
}
"""


def gradient(library: ctypes.CDLL, x: np.ndarray) -> np.ndarray:
    result = np.full_like(x, np.nan)
    library.gradient(*(array.ctypes.data_as(ctypes.c_void_p) for array in (x, result)), ctypes.c_size_t(x.size))
    return result


def exact_gradient_of_quotient(x: np.ndarray) -> np.ndarray:
    a, b = complex(x[0], x[1]), complex(x[2], x[3])
    z = a / b
    changes = np.array([1 / b, 1j / b, -z / b, -1j * z / b])
    return 2 * changes.real + 2 * z.imag * changes.imag * z.real + z.imag**2 * changes.real


@pytest.mark.parametrize("math", ["strict", "fast"])
def test_gradient_is_exact(bench, math):
    bench.options = Options(math=math)
    x = np.linspace(-3, 4, 11)
    np.testing.assert_array_equal(gradient(bench.built(SQUARES), x), 2 * x)


@pytest.mark.parametrize("math", ["strict", "fast"])
def test_gradient_of_complex_division_is_right(bench, math):
    bench.options = Options(math=math)
    x = np.array([1.3, -0.4, 0.7, 2.1])
    found = gradient(bench.built(QUOTIENT), x)
    np.testing.assert_allclose(found, exact_gradient_of_quotient(x), rtol=1e-14)


@pytest.mark.parametrize("math", ["strict", "fast"])
def test_infinity_and_nan_go_through_a_derivative(bench, math):
    bench.options = Options(math=math)
    x = np.array([np.inf, 1, -np.inf, np.nan])
    np.testing.assert_array_equal(gradient(bench.built(SQUARES), x), [np.inf, 2, -np.inf, np.nan])


@pytest.mark.parametrize("math", ["strict", "fast"])
def test_compilers_say_nothing_about_their_own_flags(bench, math):
    bench.options = Options(math=math)
    bench.linked(bench.differentiated(SQUARES))
    for name in ("before.ll", "kernel.o"):
        assert (bench.folder / f"{name}.log").read_text() == ""


def test_strict_derivatives_are_not_reordered(bench):
    # Enzyme marks what it makes as "fast" unless it is told otherwise.
    ir = bench.differentiated(SQUARES).read_text()
    assert re.search(r"= fmul double", ir)
    assert not re.search(r"= f\w+ (fast|reassoc|contract|nnan)", ir)


def test_fast_derivatives_may_be_reordered(bench):
    bench.options = Options(math="fast")
    assert re.search(r"= fmul fast double", bench.differentiated(SQUARES).read_text())


@pytest.mark.parametrize(("math", "packed"), [("strict", False), ("fast", True)])
def test_a_sum_is_made_of_vector_instructions_only_if_its_order_is_free(bench, math, packed):
    bench.options = Options(math=math)
    assembly = bench.folder / "kernel.s"
    stages.write_assembly(bench.toolchain, bench.options, bench.differentiated(SQUARES), assembly, bench.workspace)
    value = re.search(r"^value:.*?^\.Lfunc_end", assembly.read_text(), re.MULTILINE | re.DOTALL)
    assert bool(re.search(r"\bv?(addpd|fmadd\d+pd)\b", value[0])) is packed


def test_assembly_is_written_in_either_syntax(bench):
    ir, assembly = bench.differentiated(SQUARES), bench.folder / "kernel.s"
    stages.write_assembly(bench.toolchain, bench.options, ir, assembly, bench.workspace, syntax="intel")
    assert "qword ptr [" in assembly.read_text()
    stages.write_assembly(bench.toolchain, bench.options, ir, assembly, bench.workspace, syntax="att")
    assert "%rdi" in assembly.read_text()


def test_vectors_as_wide_as_avx_512_are_differentiated_on_any_processor(bench):
    wide = """
    typedef double Wide __attribute__((vector_size(64), aligned(8)));
    double kernel(std::span<const double> x) {
        Wide sum = {};
        for (std::size_t i = 0; i + 8 <= x.size(); i += 8) {
            Wide part = *reinterpret_cast<const Wide*>(&x[i]);
            sum += part * part;
        }
        alignas(64) double parts[8];
        *reinterpret_cast<Wide*>(parts) = sum;
        double s = 0;
        for (double part : parts) s += part;
        return s;
    }
    """
    x = np.arange(16.0)
    np.testing.assert_array_equal(gradient(bench.built(wide), x), 2 * x)


@pytest.mark.parametrize(
    ("expression", "derivative"),
    [
        ("std::tan(t)", lambda t: 1 + np.tan(t) ** 2),
        ("std::atan2(t, 2.0)", lambda t: 2 / (4 + t * t)),
        ("double(std::tan(float(t)))", lambda t: 1 + np.tan(t) ** 2),
        ("double(std::atan2(float(t), 2.0f))", lambda t: 2 / (4 + t * t)),
        ("double(std::tan((long double)t))", lambda t: 1 + np.tan(t) ** 2),
        ("std::tan(t) + ::tan(2 * t)", lambda t: 3 + np.tan(t) ** 2 + 2 * np.tan(2 * t) ** 2),
    ],
)
@pytest.mark.parametrize("math", ["strict", "fast"])
def test_functions_that_enzyme_knows_by_their_c_name_only_are_differentiated(bench, expression, derivative, math):
    bench.options = Options(math=math)
    text = (
        f"double kernel(std::span<const double> x) {{ double s = 0; for (double t : x) s += {expression}; return s; }}"
    )
    x = np.array([0.3, -0.2, 1.1])
    tolerance = 1e-6 if "float" in expression else 1e-13
    np.testing.assert_allclose(gradient(bench.built(text), x), derivative(x), rtol=tolerance)


def test_exceptions_with_text_work_inside_the_library(bench):
    kernel = """
    #include <stdexcept>
    #include <string>
    double kernel(std::span<const double> x) {
        if (x[0] > 1) throw std::invalid_argument("too large: " + std::to_string(x[0]) + " and a long text");
        return x[0] * x[0];
    }
    EXPORT int guarded(const double* x) {
        try { kernel({x, 1}); return 0; }
        catch (const std::invalid_argument& error) { return std::string(error.what()).size(); }
    }
    """
    library = bench.built(kernel)
    assert library.guarded((ctypes.c_double * 1)(0.5)) == 0
    assert library.guarded((ctypes.c_double * 1)(2.0)) == len("too large: 2.000000 and a long text")


def test_description_keeps_constants(bench):
    source = bench.write('extern const char text[]; const char text[] __attribute__((used)) = "bump: x(n) -> ()";')
    result = bench.folder / "d.ll"
    stages.compile_description(bench.toolchain, Options(), source, result, bench.workspace)
    assert 'c"bump: x(n) -> ()\\00"' in result.read_text()


def test_ir_does_not_depend_on_the_folder_it_was_made_in(bench, tmp_path):
    texts = []
    source = bench.write('#include <zymogen/enzyme.hpp>\nextern "C" double f(double x) { return x * x; }\n')
    options = Options(include=(str(include_folder()),))
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        stages.compile_to_ir(bench.toolchain, options, source, folder / "k.ll", replace(bench.workspace, folder=folder))
        texts.append((folder / "k.ll").read_text())
    assert texts[0] == texts[1]


@pytest.mark.parametrize("text", ["soon", "0", "-3", "nan", "inf"])
def test_time_limit_that_is_no_time_is_refused(bench, monkeypatch, text):
    monkeypatch.setenv("ZYMOGEN_BUILD_TIMEOUT", text)
    with pytest.raises(ToolchainError, match=f"ZYMOGEN_BUILD_TIMEOUT is '{text}'"):
        bench.compiled("")


@pytest.mark.parametrize("text", ["1e9", "1e30"])
def test_time_limits_may_be_as_long_as_one_likes(bench, monkeypatch, text):
    monkeypatch.setenv("ZYMOGEN_BUILD_TIMEOUT", text)
    assert bench.compiled("double f(double x) { return x; }").is_file()
