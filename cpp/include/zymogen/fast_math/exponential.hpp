// Exponentials and hyperbolic functions: x = k ln2 + r, |r| <= ln2 / 2, and e^x = 2^k e^r
// (Cody and Waite, Software Manual for the Elementary Functions, 1980, chapter 6).
//
// sinh, cosh and tanh reduce |x| alike and use the same polynomial, so the compiler makes it once for a
// function and its derivatives.
#pragma once

#include <zymogen/fast_math/arithmetic.hpp>

namespace zymogen::fast_math {

/// (e^r - 1 - r) / r^2 for |r| <= 1.0001 ln2 / 2, by interpolation at Chebyshev's points with 300 bits; the
/// error of e^r is 2^-61 for double, 2^-32 for float.
template <class Real>
inline constexpr double tail_of_exp[] = {
    0x1p-1,
    0x1.5555555555557p-3,
    0x1.5555555555556p-5,
    0x1.11111111100dcp-7,
    0x1.6c16c16c162d4p-10,
    0x1.a01a01abe7fe1p-13,
    0x1.a01a01a6d889cp-16,
    0x1.71de0231960ebp-19,
    0x1.27e4db646b17ep-22,
    0x1.af4de97ca4194p-26,
    0x1.1f730349868cep-29,
};
template <>
inline constexpr double tail_of_exp<float>[] = {
    0x1.0000000b9129bp-1, 0x1.5555555a78ed4p-3,  0x1.5554e9063586ep-5,
    0x1.1110e0f238322p-7, 0x1.6d43246b523b4p-10, 0x1.a124f19fe89acp-13,
};

/// An exponential, 2^k (1 + r + c + square ratio).
struct Exponential {
    double k, r, c;
    double square, ratio;  // r^2 and (e^r - 1 - r) / r^2
};

/// 2^k e^(r + c), where c is the rounding error of r: of its effect e^r c two terms are enough.
template <class Real>
ZYMOGEN_INLINE Exponential exponential(double k, double r, double c) {
    return {k, r, fma(r, c, c), r * r, polynomial(r, tail_of_exp<Real>)};
}

/// The exponential, with a power of two in place of 2^k.
ZYMOGEN_INLINE double times(double scale, const Exponential& e) {
    return fma(scale, e.r + fma(e.square, e.ratio, e.c), scale);
}

/// The first part of ln2 has 42 bits, so that its product with k is a number; x - k ln2 then has one rounding
/// error.
template <class Real>
ZYMOGEN_INLINE Exponential base_e(double x) {
    constexpr double first = 0x1.62e42fefa38p-1, second = 0x1.ef35793c7673p-45;
    const double k = __builtin_rint(x * 0x1.71547652b82fep+0);
    const double without_first = fma(-k, first, x);
    const double r = fma(-k, second, without_first);
    return exponential<Real>(k, r, fma(-k, second, without_first - r));
}

/// 2^k b^(t + t_rest), where ln b is the sum of two numbers.
template <class Real>
ZYMOGEN_INLINE Exponential other_base(double k, double t, double t_rest, double log, double log_rest) {
    const double r = t * log;
    return exponential<Real>(k, r, fma(t_rest, log, fma(t, log_rest, fma(t, log, -r))));
}

ZYMOGEN_INLINE double at_most(double bound, double x) {
    return x > bound ? bound : x;
}

ZYMOGEN_INLINE double at_least(double bound, double x) {
    return x < bound ? bound : x;
}

/// A factor that is infinite for x = +infinity, where a result is exactly that and no overflow.
ZYMOGEN_INLINE double unless_infinite(double x, double factor) {
    return x == infinity ? infinity : factor;
}

/// 2^k e^r as 2^(k/2) e^r 2^(k/2): the second product is the only one that can overflow or be denormal.
ZYMOGEN_INLINE double scaled(const Exponential& e, double x) {
    const double half = __builtin_rint(0.5 * e.k);
    return times(power_of_two(half), e) * unless_infinite(x, power_of_two(e.k - half));
}

template <class Real>
ZYMOGEN_INLINE double exp(double x) {
    return scaled(base_e<Real>(at_least(-746, at_most(710, x))), x);
}

template <class Real>
ZYMOGEN_INLINE double exp2(double x) {
    const double bounded = at_least(-1076, at_most(1024, x)), k = __builtin_rint(bounded);
    return scaled(other_base<Real>(k, bounded - k, 0, 0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56), x);
}

template <class Real>
ZYMOGEN_INLINE double exp10(double x) {
    constexpr double first = 0x1.34413509f78p-2, second = 0x1.fef311f12b358p-46;  // log10(2)
    const double bounded = at_least(-324, at_most(309, x)),
                 k = __builtin_rint(bounded * 0x1.a934f0979a371p+1);
    const double without_first = fma(-k, first, bounded);
    const double t = fma(-k, second, without_first), t_rest = fma(-k, second, without_first - t);
    return scaled(other_base<Real>(k, t, t_rest, 0x1.26bb1bbb55516p+1, -0x1.f48ad494ea3e9p-53), x);
}

/// The sum of two numbers, the second of which is at most a rounding error of the first.
struct Sum {
    double head, rest;
};

/// (2^k e^r - 1) times a power of two, `unit`; `scale` is 2^k unit. The difference of the two is zero or
/// above |scale r|, so the error of the first sum is a number that can be added to the tail.
ZYMOGEN_INLINE Sum minus_one(const Exponential& e, double scale, double unit) {
    const double difference = scale - unit;
    const double sum = fma(scale, e.r, difference);
    const double lost = fma(scale, e.r, difference - sum) + ((scale - difference) - unit);
    const double tail = fma(scale * e.square, e.ratio, fma(scale, e.c, lost));
    const double head = sum + tail;
    return {head, (sum - head) + tail};
}

template <class Real>
ZYMOGEN_INLINE double expm1(double x) {
    const Exponential e = base_e<Real>(at_least(-746, at_most(710, x)));
    // Half of the result, which does not overflow before the result does.
    const double half = minus_one(e, power_of_two<-1>(at_least(-100, e.k)), 0.5).head;
    const double result = half * unless_infinite(x, 2);
    return __builtin_fabs(x) < 0x1p-54 ? x : result;
}

template <class Real>
ZYMOGEN_INLINE Exponential hyperbolic(double x) {
    return base_e<Real>(at_most(710.8, __builtin_fabs(x)));
}

/// (e^|x| + e^-|x|) / 2, from a quarter of e^|x|, which does not overflow before the result does.
template <class Real>
ZYMOGEN_INLINE double cosh(double x) {
    const Exponential e = hyperbolic<Real>(x);
    const double quarter = times(power_of_two<-2>(e.k), e);
    return fma(unless_infinite(__builtin_fabs(x), 2), quarter, 0.125 / quarter);
}

/// (E + E / (E + 1)) / 2 with E = e^|x| - 1, from a quarter of E.
template <class Real>
ZYMOGEN_INLINE double sinh(double x) {
    const Exponential e = hyperbolic<Real>(x);
    const Sum quarter = minus_one(e, power_of_two<-2>(e.k), 0.25);
    const double small = fma(2, quarter.rest, 0.5 * (quarter.head / (quarter.head + 0.25)));
    const double a = __builtin_fabs(x);
    const double result = fma(unless_infinite(a, 2), quarter.head, small);
    return __builtin_copysign(a < 0x1p-28 ? a : result, x);
}

/// q = m / (m + 1) with m = (e^(2 |x|) - 1) / 2 = E + E^2 / 2. The derivative of q with respect to m + 1 is
/// -q (1 - q), by which the rounding error of m + 1 is taken back; where that is no longer a number there is
/// no need. Above k = 32 the result is 1 whatever E is.
template <class Real>
ZYMOGEN_INLINE double tanh(double x) {
    const Exponential e = hyperbolic<Real>(x);
    const Sum s = minus_one(e, power_of_two(at_most(32, e.k)), 1);
    const double m = fma(0.5 * s.head, s.head, fma(s.rest, s.head, s.rest)) + s.head;
    const double below = m + 1, q = m / below;
    const double lost = m < 0x1p20 ? m - (below - 1) : 0;
    return __builtin_copysign(fma(q * (q - 1), lost, q), x);
}

}  // namespace zymogen::fast_math
