// The exponential integral.
#pragma once

#include <cmath>
#include <numbers>

namespace zymogen::special {

/// Ei by its power series (DLMF 6.6.1), for -2 < x < 40: below, too much cancels.
inline double expint_by_powers(double x) {
    double sum = 0, term = 1;
    for (int k = 1; k <= 140; ++k) {
        term *= x / k;
        sum += term / k;
    }
    return std::numbers::egamma + std::log(std::fabs(x)) + sum;
}

/// Ei by its asymptotic expansion (DLMF 6.12.2), for x >= 40: from here on its least term is below 1e-16.
inline double expint_far_above(double x) {
    const double y = 1 / (x / 512);  // near 1: derivatives of a quotient multiply by what they divide by
    double sum = 0;
    for (int k = 38; k >= 1; --k) sum = k / 512. * y * (1 + sum);
    constexpr double e_to_8_by_512 = 5.822183568440876;  // the exponential alone would overflow first
    return std::exp(x - 8) * (e_to_8_by_512 * y * (1 + sum));
}

/// Ei by the even part of a continued fraction (Abramowitz and Stegun, 5.1.22), for x <= -2.
///
/// As many levels as are needed for second derivatives with an error of 1e-15 of their value.
inline double expint_by_fraction(double x) {
    const int levels = 10 + static_cast<int>(120 / -x);
    double below = 0;
    for (int k = levels; k >= 1; --k) below = 1. * k * k / (2 * k + 1 - x - below);
    return -std::exp(x) / (1 - x - below);
}

}  // namespace zymogen::special

namespace zymogen {

/// The exponential integral Ei(x), a principal value for x > 0; minus infinity at 0.
inline double expint(double x) {
    if (x <= -2) return special::expint_by_fraction(x);
    if (x > 717) return std::exp(x);  // infinite, as is its slope
    return x < 40 ? special::expint_by_powers(x) : special::expint_far_above(x);
}

}  // namespace zymogen
