// What the functions of zymogen/fast_math.hpp are made of: bits of numbers, powers of two, polynomials.
//
// All is free of branches, so that a loop over it becomes vector code: `a ? b : c` is a select of two numbers
// that are there anyway. No header is included, which keeps compiling it a matter of milliseconds.
#pragma once

#define ZYMOGEN_INLINE [[gnu::always_inline]] inline

namespace zymogen::fast_math {

using Bits = unsigned long long;

inline constexpr double infinity = __builtin_inf();
inline constexpr double not_a_number = __builtin_nan("");

ZYMOGEN_INLINE constexpr Bits bits(double x) {
    return __builtin_bit_cast(Bits, x);
}

ZYMOGEN_INLINE constexpr double from_bits(Bits x) {
    return __builtin_bit_cast(double, x);
}

inline constexpr Bits sign_bit = Bits(1) << 63;
inline constexpr Bits fraction_bits = (Bits(1) << 52) - 1;

ZYMOGEN_INLINE double fma(double a, double b, double c) {
    return __builtin_fma(a, b, c);
}

/// The sum of this and an integer k, |k| < 2^51, has k in its lowest bits, as two's complement. x86 converts
/// no vectors of such integers before AVX-512, and conversions raise flags for NaN.
inline constexpr double integer_in_fraction = 0x1.8p52;

ZYMOGEN_INLINE Bits integer_bits(double k) {
    return bits(k + integer_in_fraction);
}

/// 2^(k + more) for integers, from 2^-1022 to 2^1023.
template <int more = 0>
ZYMOGEN_INLINE double power_of_two(double k) {
    return from_bits(bits(k + (integer_in_fraction + 1023 + more)) << 52);
}

/// x to the power `exponent`, which is a power of two.
template <int exponent>
ZYMOGEN_INLINE double power(double x) {
    if constexpr (exponent == 1) {
        return x;
    } else {
        const double root = power<exponent / 2>(x);
        return root * root;
    }
}

/// c[0] + c[1] x + c[2] x^2 + ... of `count` coefficients, by halves (Estrin; Muller, Elementary Functions,
/// 3rd ed., section 5.3.2): little more work than Horner's rule, and a third of the steps that wait for each
/// other.
template <int count>
ZYMOGEN_INLINE double polynomial(double x, const double* c) {
    if constexpr (count == 1) {
        return c[0];
    } else {
        constexpr int half = count > 8 ? 8 : count > 4 ? 4 : count > 2 ? 2 : 1;
        return fma(polynomial<count - half>(x, c + half), power<half>(x), polynomial<half>(x, c));
    }
}

template <int count>
ZYMOGEN_INLINE double polynomial(double x, const double (&c)[count]) {
    return polynomial<count>(x, &c[0]);
}

}  // namespace zymogen::fast_math
