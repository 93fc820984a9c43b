// Sine, cosine and tangent: |x| = k pi/2 + r + c, where r is a number and c its error
// (Cody and Waite 1980, chapter 8, with fused multiply-add; Muller, Elementary Functions, 3rd ed., chapter
// 11).
//
// pi/2 is the sum of three numbers. With fused multiply-add |x| - k P1 is exact, and k P2 is the sum of two
// numbers; what is left of pi/2 is below 2^-163. No number below 2^47 is nearer to a multiple of pi/2 than
// 2^-60, and rounding |x| 2/pi leaves |r| below 1.03 pi/4 there. Beyond, where neighbouring numbers are 1/32
// apart, results are NaN: more would need a table.
#pragma once

#include <zymogen/fast_math/arithmetic.hpp>

namespace zymogen::fast_math {

/// (sin r / r - 1) / r^2 and (cos r - 1 + r^2 / 2) / r^4, in powers of r^2, for |r| <= 1.03 pi/4; by
/// interpolation at Chebyshev's points with 300 bits. The relative errors of sine and cosine are 2^-55 and
/// 2^-59 for double, 2^-35 and 2^-29 for float.
template <class Real>
inline constexpr double tail_of_sine[] = {
    -0x1.5555555555554p-3, 0x1.11111111109dap-7,   -0x1.a01a019e1779cp-13,
    0x1.71de370e76a45p-19, -0x1.ae5f81706bf01p-26, 0x1.5ddb0229034aap-33,
};
template <>
inline constexpr double tail_of_sine<float>[] = {
    -0x1.555555541c391p-3,
    0x1.11110d5406a2dp-7,
    -0x1.a012dc494acafp-13,
    0x1.6d7e14862f4b3p-19,
};
template <class Real>
inline constexpr double tail_of_cosine[] = {
    0x1.5555555555555p-5,   -0x1.6c16c16c1687bp-10, 0x1.a01a019f188a6p-16,
    -0x1.27e4f9d3bf9f5p-22, 0x1.1eeb240f0b103p-29,  -0x1.904d7f9766277p-37,
};
template <>
inline constexpr double tail_of_cosine<float>[] = {
    0x1.5555540c1458bp-5,
    -0x1.6c125513999c3p-10,
    0x1.9b96a229ba602p-16,
};

/// Sine and cosine of the rest, and the number of quarter turns in the lowest bits.
struct Turned {
    double sine, cosine;
    Bits quarters;
};

/// |x| without multiples of pi/2, for |x| up to 2^47.
template <class Real>
ZYMOGEN_INLINE Turned turned(double a) {
    const double k = __builtin_rint(a * 0x1.45f306dc9c883p-1);
    const double without_first = fma(-k, 0x1.921fb54442d18p+0, a);
    constexpr double second = 0x1.1a62633145c07p-54;
    const double product = k * second, product_rest = fma(k, second, -product);
    const double difference = without_first - product, back = without_first - difference;
    const double lost = (without_first - (difference + back)) + (back - product);  // Knuth's difference
    const double rest = fma(-k, -0x1.f1976b7ed8fbcp-110, lost - product_rest);
    const double r = difference + rest, c = (difference - r) + rest;

    const double z = r * r, half = 0.5 * z, one_less = 1 - half;
    const double sine = fma(z * r, polynomial(z, tail_of_sine<Real>), fma(-half, c, c));
    const double lost_of_half = fma(-r, c, -0.5 * fma(r, r, -z)) + ((1 - one_less) - half);
    const double cosine = fma(z * z, polynomial(z, tail_of_cosine<Real>), lost_of_half);
    return {r + sine, one_less + cosine, integer_bits(k)};
}

inline constexpr double largest_angle = 0x1p47;

ZYMOGEN_INLINE double bounded(double x) {
    const double a = __builtin_fabs(x);
    return a <= largest_angle ? a : 0;
}

ZYMOGEN_INLINE double if_bounded(double x, double result) {
    return __builtin_fabs(x) <= largest_angle ? result : not_a_number;
}

ZYMOGEN_INLINE double with_sign(double x, Bits sign) {
    return from_bits(bits(x) ^ (sign & sign_bit));
}

ZYMOGEN_INLINE bool is_odd(Bits quarters) {
    return (quarters & 1) != 0;
}

template <class Real>
ZYMOGEN_INLINE double sin(double x) {
    const Turned t = turned<Real>(bounded(x));
    const double result = is_odd(t.quarters) ? t.cosine : t.sine;
    return if_bounded(x, with_sign(result, (t.quarters << 62) ^ bits(x)));
}

template <class Real>
ZYMOGEN_INLINE double cos(double x) {
    const Turned t = turned<Real>(bounded(x));
    const double result = is_odd(t.quarters) ? t.sine : t.cosine;
    return if_bounded(x, with_sign(result, (t.quarters + 1) << 62));
}

template <class Real>
ZYMOGEN_INLINE double tan(double x) {
    const Turned t = turned<Real>(bounded(x));
    const bool odd = is_odd(t.quarters);
    const double above = odd ? t.cosine : t.sine, below = odd ? t.sine : t.cosine;
    return if_bounded(x, with_sign(above / below, (t.quarters << 63) ^ bits(x)));
}

}  // namespace zymogen::fast_math
