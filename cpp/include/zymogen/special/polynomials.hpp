// Orthogonal polynomials and spherical harmonics, by their recurrences in the degree.
//
// Degrees and orders are `int`, as those of kernels are: C++17 has `unsigned`, of which -1 is a very large
// one. Here a negative one gives NaN.
#pragma once

#include <cmath>
#include <numbers>

#include <zymogen/special/domain.hpp>

namespace zymogen {

/// The associated Legendre function (1 - x^2)^(m/2) times the m-th derivative of P_n, for |x| <= 1; 0 for
/// m > n. Without the factor (-1)^m of Condon and Shortley, as in C++17.
///
/// Abramowitz and Stegun, 8.6.6 for its definition and 8.5.3 for the recurrence.
inline double assoc_legendre(int n, int m, double x) {
    if (n < 0 || m < 0 || !(std::fabs(x) <= 1)) return special::outside_of_domain(x);
    if (m > n) return 0;
    // Rounded once. As a product of 1 - x and 1 + x, its slope at the ends would be infinity times 0.
    const double sine_squared = std::fma(-x, x, 1);
    // An even power is made of products, which have derivatives at the ends as well.
    double value = m % 2 == 0 ? 1 : std::pow(sine_squared, m / 2.);
    for (int k = 1; k <= m; ++k) {
        value *= 2 * k - 1;
        if (m % 2 == 0 && k % 2 == 0) value *= sine_squared;
    }
    double before = 0;
    for (int k = m + 1; k <= n; ++k) {
        const double next = ((2. * k - 1) * x * value - (k + m - 1.) * before) / (k - m);
        before = value;
        value = next;
    }
    return value;
}

/// The Legendre polynomial P_n(x), for |x| <= 1 (Abramowitz and Stegun, 22.7.10).
inline double legendre(int n, double x) {
    return assoc_legendre(n, 0, x);
}

/// The spherical harmonic of degree l and order m at the polar angle theta and the azimuth 0; 0 for m > l.
/// With the factor (-1)^m of Condon and Shortley, as in C++17.
///
/// DLMF 14.30.1 for its definition. The recurrence is 14.10.3 of functions that are normalised already, so
/// that nothing overflows.
inline double sph_legendre(int l, int m, double theta) {
    if (l < 0 || m < 0 || std::isnan(theta)) return special::outside_of_domain(theta);
    if (m > l) return 0;
    const double cosine = std::cos(theta), sine = std::fabs(std::sin(theta));
    double value = 0.5 * std::numbers::inv_sqrtpi;
    for (int k = 1; k <= m; ++k) value *= -std::sqrt((2. * k + 1) / (2. * k)) * sine;
    double before = 0, ratio_before = 0;
    for (int k = m + 1; k <= l; ++k) {
        const double ratio = std::sqrt((2. * k - 1) * (2. * k + 1) / ((k - m) * (1. * k + m)));
        const double next = ratio * (cosine * value - ratio_before * before);
        before = value;
        value = next;
        ratio_before = 1 / ratio;
    }
    return value;
}

/// The Hermite polynomial H_n(x), with leading coefficient 2^n (Abramowitz and Stegun, 22.7.13).
inline double hermite(int n, double x) {
    if (n < 0 || std::isnan(x)) return special::outside_of_domain(x);
    double before = 0, value = 1;
    for (int k = 0; k < n; ++k) {
        const double next = 2 * (x * value - k * before);
        before = value;
        value = next;
    }
    return value;
}

/// The associated Laguerre polynomial, (-1)^m times the m-th derivative of L_(n+m), for x >= 0 (Abramowitz
/// and Stegun, 22.7.12).
inline double assoc_laguerre(int n, int m, double x) {
    if (n < 0 || m < 0 || !(x >= 0)) return special::outside_of_domain(x);
    double before = 0, value = 1;
    for (int k = 0; k < n; ++k) {
        const double next = ((2. * k + 1 + m - x) * value - (1. * k + m) * before) / (k + 1);
        before = value;
        value = next;
    }
    return value;
}

/// The Laguerre polynomial L_n(x), for x >= 0 (Abramowitz and Stegun, 22.7.12).
inline double laguerre(int n, double x) {
    return assoc_laguerre(n, 0, x);
}

}  // namespace zymogen
