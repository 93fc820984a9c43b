"""What kernels take from the running machine: its libm, and the compiler's functions in its libgcc_s."""

from __future__ import annotations

import ctypes
import math
import struct
from pathlib import Path

import pytest

from zymogen.toolchain.tools import Options

pytestmark = pytest.mark.toolchain

EXPORT = 'extern "C" __attribute__((visibility("default"))) '


def undefined_names(library: Path) -> set[str]:
    """Dynamic symbols of a 64-bit ELF library that others must define."""
    content = library.read_bytes()
    (table,) = struct.unpack_from("<Q", content, 40)
    size, count = struct.unpack_from("<HH", content, 58)
    sections = [struct.unpack_from("<IIQQQQIIQQ", content, table + i * size) for i in range(count)]
    dynamic = next(section for section in sections if section[1] == 11)  # SHT_DYNSYM
    names = content[sections[dynamic[6]][4] :]
    undefined = set()
    for start in range(dynamic[4], dynamic[4] + dynamic[5], 24):
        name, _, _, section = struct.unpack_from("<IBBH", content, start)
        if section == 0:
            undefined.add(names[name : names.index(b"\0", name)].decode())
    return undefined


def built(bench, text: str) -> ctypes.CDLL:
    return ctypes.CDLL(str(bench.linked(bench.compiled(text))))


def test_exp_is_that_of_the_machine_s_libm_to_the_last_bit(bench):
    library = built(bench, f"#include <cmath>\n{EXPORT}double f(double x) {{ return std::exp(x); }}\n")
    assert "exp" in undefined_names(bench.folder / "kernel.so")
    library.f.restype = ctypes.c_double
    points = [i / 7 for i in range(-5000, 4900)]
    assert [library.f(ctypes.c_double(x)) for x in points] == [math.exp(x) for x in points]


def test_memory_is_copied_by_the_machine_s_libc(bench):
    copy = f"#include <cstring>\n{EXPORT}void f(char* a, const char* b, std::size_t n) {{ std::memcpy(a, b, n); }}\n"
    built(bench, copy)
    assert "memcpy" in undefined_names(bench.folder / "kernel.so")


def test_integers_of_128_bits_are_divided_and_converted(bench):
    text = f"""
    using Wide = __int128;
    {EXPORT}long quotient(long high, long low, long by) {{
        return static_cast<long>(((Wide(high) << 64) | static_cast<unsigned long>(low)) / by);
    }}
    {EXPORT}double number(long high) {{ return static_cast<double>(Wide(high) << 64); }}
    {EXPORT}long whole(double x) {{ return static_cast<long>(static_cast<Wide>(x) >> 64); }}
    {EXPORT}int overflows(long high) {{
        Wide result;
        return __builtin_mul_overflow(Wide(high) << 64, Wide(high), &result);
    }}
    """
    library = built(bench, text)
    library.quotient.restype = library.whole.restype = ctypes.c_long
    library.number.restype = ctypes.c_double
    arguments = [ctypes.c_long(value) for value in (3, 5, 7)]
    assert library.quotient(*arguments) % 2**64 == ((3 << 64) + 5) // 7 % 2**64
    assert library.number(ctypes.c_long(-3)) == -3 * 2.0**64
    assert library.whole(ctypes.c_double(9 * 2.0**64)) == 9
    assert library.overflows(ctypes.c_long(2)) == 0
    assert library.overflows(ctypes.c_long(1 << 40)) == 1


@pytest.mark.parametrize("arithmetic", ["full", "improved", "promoted", "basic"])
@pytest.mark.parametrize("number", ["float", "double", "long double"])
def test_complex_numbers_are_multiplied_and_divided(bench, number, arithmetic):
    bench.options = Options(flags=(f"-fcomplex-arithmetic={arithmetic}",))
    text = f"""
    #include <complex>
    using Number = std::complex<{number}>;
    {EXPORT}void f(double* x) {{
        Number a(x[0], x[1]), b(x[2], x[3]);
        Number product = a * b, quotient = a / b;
        x[0] = product.real(); x[1] = product.imag(); x[2] = quotient.real(); x[3] = quotient.imag();
    }}
    """
    values = (ctypes.c_double * 4)(1.5, -2.0, 0.5, 0.25)
    built(bench, text).f(values)
    assert complex(values[0], values[1]) == (1.5 - 2j) * (0.5 + 0.25j)
    assert complex(values[2], values[3]) == pytest.approx((1.5 - 2j) / (0.5 + 0.25j), rel=1e-6)


@pytest.mark.parametrize("math_option", ["strict", "fast"])
@pytest.mark.parametrize("number", ["float", "double", "long double"])
def test_powers_with_whole_exponents_are_right(bench, number, math_option):
    bench.options = Options(math=math_option)
    suffix = {"float": "f", "double": "", "long double": "l"}[number]
    text = f"""
    #include <cmath>
    {EXPORT}double power(double x, int n) {{ return std::pow(static_cast<{number}>(x), n); }}
    {EXPORT}double repeated(double x, int n) {{ return __builtin_powi{suffix}(x, n); }}
    """
    library = built(bench, text)
    for function in (library.power, library.repeated):
        function.restype = ctypes.c_double
        assert [function(ctypes.c_double(1.5), n) for n in (-1, 0, 3)] == [
            pytest.approx(2 / 3, rel=1e-7), 1.0, 3.375,
        ]  # fmt: skip


def test_numbers_of_128_bits_are_added_divided_and_compared(bench):
    text = f"""
    {EXPORT}double third(double x) {{
        __float128 wide = x;
        return wide > 0 ? static_cast<double>(wide / 3 + wide * wide - 1) : -1.0;
    }}
    """
    library = built(bench, text)
    library.third.restype = ctypes.c_double
    assert library.third(ctypes.c_double(3.0)) == 9.0
