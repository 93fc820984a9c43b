"""Functions of numbers, real and complex: each expression is a kernel of its own, and all of them are one kernel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mpmath import mp

from .construct import Construct
from .references import neighbours

# In C++ and in mpmath, of `t` and the number after it, `u`.
REAL = {
    "std::sin(t)": lambda t, u: mp.sin(t),
    "std::cos(t)": lambda t, u: mp.cos(t),
    "std::tan(t)": lambda t, u: mp.tan(t),
    "std::asin(t / 2)": lambda t, u: mp.asin(t / 2),
    "std::acos(t / 2)": lambda t, u: mp.acos(t / 2),
    "std::atan(t)": lambda t, u: mp.atan(t),
    "std::atan2(t, u)": mp.atan2,
    "std::sinh(t)": lambda t, u: mp.sinh(t),
    "std::cosh(t)": lambda t, u: mp.cosh(t),
    "std::tanh(t)": lambda t, u: mp.tanh(t),
    "std::asinh(t)": lambda t, u: mp.asinh(t),
    "std::acosh(2 + t)": lambda t, u: mp.acosh(2 + t),
    "std::atanh(t / 2)": lambda t, u: mp.atanh(t / 2),
    "std::exp(t)": lambda t, u: mp.exp(t),
    "std::exp2(t)": lambda t, u: mp.mpf(2) ** t,
    "exp10(t)": lambda t, u: mp.mpf(10) ** t,
    "std::expm1(t)": lambda t, u: mp.expm1(t),
    "std::log(t)": lambda t, u: mp.log(t),
    "std::log2(t)": lambda t, u: mp.log(t) / mp.log(2),
    "std::log10(t)": lambda t, u: mp.log(t) / mp.log(10),
    "std::log1p(t)": lambda t, u: mp.log(1 + t),
    "std::sqrt(t)": lambda t, u: mp.sqrt(t),
    "std::cbrt(t)": lambda t, u: mp.root(t, 3),
    "std::pow(t, u)": mp.power,
    "std::pow(t, 3)": lambda t, u: t**3,
    "std::pow(t, 1.75)": lambda t, u: mp.power(t, 1.75),
    "std::hypot(t, u)": lambda t, u: mp.sqrt(t * t + u * u),
    "std::hypot(t, u, 2 * t)": lambda t, u: mp.sqrt(5 * t * t + u * u),
    "std::fma(t, u, t)": lambda t, u: t * u + t,
    "std::lerp(t, u, 0.25)": lambda t, u: t + (u - t) / 4,
    "std::erf(t)": lambda t, u: mp.erf(t),
    "std::erfc(t)": lambda t, u: mp.erfc(t),
    "std::tgamma(1 + t)": lambda t, u: mp.gamma(1 + t),
    "std::lgamma(1 + t)": lambda t, u: mp.loggamma(1 + t).real,
    "j0(t)": lambda t, u: mp.besselj(0, t),
    "j1(t)": lambda t, u: mp.besselj(1, t),
    "jn(2, t)": lambda t, u: mp.besselj(2, t),
    "y0(1 + t)": lambda t, u: mp.bessely(0, 1 + t),
    "y1(1 + t)": lambda t, u: mp.bessely(1, 1 + t),
    "yn(2, 1 + t)": lambda t, u: mp.bessely(2, 1 + t),
    "std::fabs(t - 0.5) * u": lambda t, u: abs(t - 0.5) * u,
    "std::fmin(t, u) * t": lambda t, u: min(t, u) * t,
    "std::fmax(t, u) * t": lambda t, u: max(t, u) * t,
    "std::fdim(t, u) * t": lambda t, u: max(t - u, mp.mpf(0)) * t,
    "std::copysign(t, u - 0.5) * t": lambda t, u: t * t if u > 0.5 else -t * t,
    "std::fmod(5 * t, 2.0) * u": lambda t, u: (5 * t - 2 * int(5 * t / 2)) * u,
    "std::fmod(7.3, 1 + t) * u": lambda t, u: (mp.mpf(7.3) - (1 + t) * int(mp.mpf(7.3) / (1 + t))) * u,
    "std::remainder(5 * t, 2.0) * u": lambda t, u: (5 * t - 2 * mp.nint(5 * t / 2)) * u,
    "std::floor(4 * t) * t * u": lambda t, u: mp.floor(4 * t) * t * u,
    "std::ceil(4 * t) * t * u": lambda t, u: mp.ceil(4 * t) * t * u,
    "std::trunc(4 * t) * t * u": lambda t, u: mp.floor(4 * t) * t * u,
    "std::round(4 * t) * t * u": lambda t, u: mp.nint(4 * t) * t * u,
    "std::rint(4 * t) * t * u": lambda t, u: mp.nint(4 * t) * t * u,
    "std::nearbyint(4 * t) * t * u": lambda t, u: mp.nint(4 * t) * t * u,
    "static_cast<double>(std::lround(4 * t)) * t * u": lambda t, u: mp.nint(4 * t) * t * u,
    "std::ldexp(t, 3) * u": lambda t, u: 8 * t * u,
    "std::scalbn(t, 3) * u": lambda t, u: 8 * t * u,
    "std::logb(4 * t) * t * u": lambda t, u: mp.floor(mp.log(4 * t, 2)) * t * u,
    "static_cast<double>(std::ilogb(4 * t)) * t * u": lambda t, u: mp.floor(mp.log(4 * t, 2)) * t * u,
    "mantissa(t) * u": lambda t, u: t / mp.mpf(2) ** (mp.floor(mp.log(t, 2)) + 1) * u,
    "fraction(4 * t) * u": lambda t, u: (4 * t - mp.floor(4 * t)) * u,
    "both(t) * u": lambda t, u: mp.sin(t) * mp.cos(t) * u,
    "std::nextafter(t, 9.0) * u": lambda t, u: t * u,
    "(std::isnan(t) ? 0.0 : t) * u": lambda t, u: t * u,
}

# Complex numbers `z` and `w`; the kernel's result is the squared absolute value.
COMPLEX = {
    "z + w": lambda z, w: z + w,
    "z * w": lambda z, w: z * w,
    "z / w": lambda z, w: z / w,
    "2.0 / w + z": lambda z, w: 2 / w + z,
    "z * std::abs(w)": lambda z, w: z * abs(w),
    "z * std::conj(w) + std::norm(w)": lambda z, w: z * w.conjugate() + abs(w) ** 2,
    "z + std::arg(w)": lambda z, w: z + mp.arg(w),
    "z + std::polar(w.real(), w.imag())": lambda z, w: z + w.real * mp.expj(w.imag),
    "z + std::proj(w)": lambda z, w: z + w,
    "z + std::exp(w)": lambda z, w: z + mp.exp(w),
    "z + std::log(w)": lambda z, w: z + mp.log(w),
    "z + std::log10(w)": lambda z, w: z + mp.log(w) / mp.log(10),
    "z + std::sqrt(w)": lambda z, w: z + mp.sqrt(w),
    "std::pow(z, 3)": lambda z, w: z**3,
    "z + std::pow(w, 1.75)": lambda z, w: z + mp.power(w, 1.75),
    "std::pow(2.0, z) + w": lambda z, w: mp.power(2, z) + w,
    "std::pow(z, w)": mp.power,
    "z + std::sin(w)": lambda z, w: z + mp.sin(w),
    "z + std::cos(w)": lambda z, w: z + mp.cos(w),
    "z + std::tan(w)": lambda z, w: z + mp.tan(w),
    "z + std::asin(w)": lambda z, w: z + mp.asin(w),
    "z + std::acos(w)": lambda z, w: z + mp.acos(w),
    "z + std::atan(w)": lambda z, w: z + mp.atan(w),
    "z + std::sinh(w)": lambda z, w: z + mp.sinh(w),
    "z + std::cosh(w)": lambda z, w: z + mp.cosh(w),
    "z + std::tanh(w)": lambda z, w: z + mp.tanh(w),
    "z + std::asinh(w)": lambda z, w: z + mp.asinh(w),
    "z + std::acosh(w)": lambda z, w: z + mp.acosh(w),
    "z + std::atanh(w)": lambda z, w: z + mp.atanh(w),
}


@dataclass(frozen=True)
class Family:
    """Expressions of the same variables."""

    functions: Mapping[str, Callable[..., Any]]
    frame: str
    """C++ text with the expressions' function and the kernel; `PARAMETER` and `ARGUMENT` choose among expressions."""
    reference: Callable[[Callable[..., Any], list[Any]], Any]
    """What the kernel makes of the function."""
    instead: Mapping[str, str]

    def single(self, text: str) -> Construct:
        """The kernel of one expression."""
        source = self._source(f"return {text};", "", "", "x(n) -> ()")
        return Construct(
            f"`{text}`", "kernel", source, lambda x: self.reference(self.functions[text], x), self.instead.get(text, "")
        )

    def joint(self, constructs: Sequence[Construct]) -> Construct:
        """The kernel of several, among which an integer chooses."""
        cases = "\n".join(f"case {number}: return {one.title.strip('`')};" for number, one in enumerate(constructs))
        body = f"switch (which) {{\n{cases}\n}}\nreturn 0;"
        source = self._source(body, ", int which", ", which", "x(n), which() -> ()")
        return Construct("all expressions", "kernel", source, constructs[0].reference)

    def _source(self, body: str, parameter: str, argument: str, signature: str) -> str:
        text = self.frame.replace("PARAMETER", parameter).replace("ARGUMENT", argument).replace("BODY", body)
        return text + f'ZYMOGEN_KERNEL(kernel, "{signature}");\n'


def _of_neighbours(function: Callable[..., Any], x: list[Any]) -> Any:
    return sum(function(t, u) for t, u in neighbours(x)) ** 2


def _of_two_complex(function: Callable[..., Any], x: list[Any]) -> Any:
    result = mp.mpc(function(mp.mpc(x[0], x[1]), mp.mpc(x[2], x[3])))
    return result.real**2 + result.imag**2


OF_REAL = Family(
    REAL,
    """
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <zymogen/kernel.hpp>
namespace {
[[maybe_unused]] double mantissa(double t) { int exponent; return std::frexp(t, &exponent); }
[[maybe_unused]] double fraction(double t) { double whole; return std::modf(t, &whole); }
[[maybe_unused]] double both(double t) { double s, c; sincos(t, &s, &c); return s * c; }
double value(double t, [[maybe_unused]] double u PARAMETER) {
BODY
}
double kernel(std::span<const double> x PARAMETER) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += value(x[i], x[(i + 1) % x.size()] ARGUMENT);
    return s * s;
}
}
""",
    _of_neighbours,
    {},
)

OF_COMPLEX = Family(
    COMPLEX,
    """
#include <complex>
#include <span>
#include <zymogen/kernel.hpp>
namespace {
using complex = std::complex<double>;
complex value(complex z, complex w PARAMETER) {
BODY
}
double kernel(std::span<const double> x PARAMETER) {
    return std::norm(value({x[0], x[1]}, {x[2], x[3]} ARGUMENT));
}
}
""",
    _of_two_complex,
    {},
)
