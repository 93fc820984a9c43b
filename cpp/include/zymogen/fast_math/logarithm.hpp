// Logarithms: x = 2^k (1 + f) with 1 + f between sqrt(1/2) and sqrt(2), and log(1 + f) = 2 artanh(s) with
// s = f / (2 + f) (Muller, Elementary Functions, 3rd ed., section 6.4; Cody and Waite 1980, chapter 5).
//
// Special results are chosen and not computed, so they raise no flags: vector code may compute the logarithm
// of numbers for which the text of a kernel never asks.
#pragma once

#include <zymogen/fast_math/arithmetic.hpp>

namespace zymogen::fast_math {

/// (2 artanh(s) / s - 2) / s^2, in powers of s^2, for |s| <= 3 - sqrt(8); by interpolation at Chebyshev's
/// points with 300 bits. The error of 2 artanh(s) / (2 s) is 2^-57 for double, 2^-35 for float.
template <class Real>
inline constexpr double tail_of_artanh[] = {
    0x1.5555555555558p-1, 0x1.99999999952d7p-2, 0x1.2492492df281ap-2, 0x1.c71c62e3f11e5p-3,
    0x1.7462b51cb66eap-3, 0x1.39fe51a7c12d9p-3, 0x1.2b5900de57b3bp-3,
};
template <>
inline constexpr double tail_of_artanh<float>[] = {
    0x1.5555554bb1b2fp-1,
    0x1.9999eb63e7842p-2,
    0x1.245c40aecb3a7p-2,
    0x1.ddcf7101b999ap-3,
};

/// A positive number, 2^k (1 + f). For other numbers it is some finite one.
struct Parts {
    double k, f;
};

ZYMOGEN_INLINE Parts parts(double x) {
    constexpr Bits root = bits(0x1.6a09e667f3bcdp-1);
    const double size = __builtin_fabs(x);
    const bool tiny = size < 0x1p-1022;
    const Bits moved = bits(size * (tiny ? 0x1p54 : 1)) + (bits(1) - root);
    // An integer in the lowest bits of the fraction of 2^52.
    const double exponent = from_bits((moved >> 52) | bits(0x1p52));
    const double k = exponent - (tiny ? 0x1p52 + 1023 + 54 : 0x1p52 + 1023);
    return {k, from_bits((moved & fraction_bits) + root) - 1};
}

/// log(1 + f) - f. With 2 s = f - s f it is s (f^2 / 2 + R) - f^2 / 2, where R = 2 artanh(s) / s - 2.
template <class Real>
ZYMOGEN_INLINE double log1p_minus(double f) {
    const double s = f / (2 + f), z = s * s, half_square = 0.5 * f * f;
    return fma(s, fma(z, polynomial(z, tail_of_artanh<Real>), half_square), -half_square);
}

/// k times (unit + unit_rest), and head and tail. The product with `unit` must be exact, and zero or above
/// |head|.
ZYMOGEN_INLINE double with_exponent(double k, double unit, double unit_rest, double head, double tail) {
    const double product = k * unit, sum = product + head;
    return sum + (((product - sum) + head) + fma(k, unit_rest, tail));
}

ZYMOGEN_INLINE double natural(double k, double f, double tail) {
    return with_exponent(k, 0x1.62e42fefa38p-1, 0x1.ef35793c7673p-45, f, tail);
}

/// `result` for what has a logarithm; `distance` is how far x is from where logarithms begin.
ZYMOGEN_INLINE double if_positive(double distance, double result) {
    const double special = distance == 0 ? -infinity : distance < 0 ? not_a_number : distance;
    return distance > 0 && distance < infinity ? result : special;
}

template <class Real>
ZYMOGEN_INLINE double log(double x) {
    const Parts p = parts(x);
    return if_positive(x, natural(p.k, p.f, log1p_minus<Real>(p.f)));
}

/// The logarithm whose base b has 1 / ln b = factor + factor_rest; unit + unit_rest is its value at 2.
template <class Real>
ZYMOGEN_INLINE double log_of_base(double x, double factor, double factor_rest, double unit,
                                  double unit_rest) {
    const Parts p = parts(x);
    const double tail = log1p_minus<Real>(p.f);
    const double head = p.f + tail, rest = (p.f - head) + tail;
    const double product = head * factor;
    const double error = fma(head, factor_rest, fma(rest, factor, fma(head, factor, -product)));
    return if_positive(x, with_exponent(p.k, unit, unit_rest, product, error));
}

template <class Real>
ZYMOGEN_INLINE double log2(double x) {
    return log_of_base<Real>(x, 0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56, 1, 0);
}

template <class Real>
ZYMOGEN_INLINE double log10(double x) {
    constexpr double unit = 0x1.34413509f78p-2, unit_rest = 0x1.fef311f12b358p-46;
    return log_of_base<Real>(x, 0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57, unit, unit_rest);
}

/// log of the rounded sum 1 + x, whose error is added to f before anything else is done with it.
template <class Real>
ZYMOGEN_INLINE double log1p(double x) {
    const double a = __builtin_fabs(x) < infinity ? x : 0;
    const double sum = 1 + a, added = sum - 1;
    const double lost = (1 - (sum - added)) + (a - added);  // Knuth's sum of two numbers
    const Parts p = parts(sum);
    const double scale = power_of_two(p.k < 1000 ? -p.k : -1000);
    const double f = fma(lost, scale, p.f), rest = fma(lost, scale, p.f - f);
    const double result = natural(p.k, f, log1p_minus<Real>(f) + fma(-rest, f, rest));
    return __builtin_copysign(if_positive(x < infinity ? x + 1 : x, result), x);
}

}  // namespace zymogen::fast_math
