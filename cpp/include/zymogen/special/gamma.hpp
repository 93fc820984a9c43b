// Functions about Euler's gamma function, of which <cmath> has `std::lgamma` and `std::tgamma`.
#pragma once

#include <cmath>
#include <numbers>

#include <zymogen/special/domain.hpp>

namespace zymogen {

/// The derivative of log|gamma(x)|. NaN or infinite at 0, -1, -2, ...
///
/// Abramowitz and Stegun: reflection to x >= 1/2 by 6.3.7, recurrence upwards by 6.3.5, then the asymptotic
/// series 6.3.18, whose first omitted term is below 3e-18 at 12. Derivatives are those of the same formulas,
/// see 6.4.
inline double digamma(double x) {
    double sum = 0;
    if (x < 0.5) {
        sum -= std::numbers::pi / std::tan(std::numbers::pi * (x - std::rint(x)));
        x = 1 - x;
    }
    while (x < 12) {
        sum -= 1 / x;
        x += 1;
    }
    const double y = 1 / (x * x);
    const double series =
        y * (1. / 12 -
             y * (1. / 120 -
                  y * (1. / 252 - y * (1. / 240 - y * (1. / 132 - y * (691. / 32760 - y * (1. / 12)))))));
    return sum + std::log(x) - 0.5 / x - series;
}

}  // namespace zymogen

namespace zymogen::special {

/// From here on gamma functions of `beta` are those of Stirling's formula.
inline constexpr double far_enough_for_stirling = 12;

/// What Stirling's formula leaves out, log gamma(x) - ((x - 1/2) log x - x + log(2 pi) / 2), for x >= 12
/// (Abramowitz and Stegun, 6.1.41). The first omitted term is below 2e-18.
inline double left_out_by_stirling(double x) {
    const double y = 1 / (x * x);
    return (1. / 12 -
            y * (1. / 360 - y * (1. / 1260 -
                                 y * (1. / 1680 - y * (1. / 1188 - y * (691. / 360360 - y * (1. / 156))))))) /
           x;
}

/// The beta function of 0 < p <= q, in which nothing large is subtracted (A. R. DiDonato and A. H. Morris,
/// Algorithm 708, ACM Transactions on Mathematical Software 18, 1992, section 2).
inline double beta_in_order(double p, double q) {
    if (q < far_enough_for_stirling) {
        // By gamma(x) = gamma(x + 1) / x, which overflows where the result does.
        return (1 + p / q) / p * (std::tgamma(1 + p) * std::tgamma(1 + q) / std::tgamma(1 + p + q));
    }
    if (std::isinf(q)) return 0;
    const double ratio = p / q;
    const double left_out = left_out_by_stirling(q) - left_out_by_stirling(p + q);
    if (p < far_enough_for_stirling) {
        const double step = p - (p + q - 0.5) * std::log1p(ratio);
        return std::tgamma(1 + p) / p * std::exp(step - p * std::log(q) + left_out);
    }
    const double powers = (p - 0.5) * std::log(ratio / (1 + ratio)) - q * std::log1p(ratio);
    return std::sqrt(2 * std::numbers::pi / q) * std::exp(powers + left_out_by_stirling(p) + left_out);
}

}  // namespace zymogen::special

namespace zymogen {

/// Euler's integral of the first kind, gamma(a) gamma(b) / gamma(a + b), for a and b above 0
/// (Abramowitz and Stegun, 6.2.2).
inline double beta(double a, double b) {
    if (!(a > 0 && b > 0)) return special::outside_of_domain(a + b);
    return a < b ? special::beta_in_order(a, b) : special::beta_in_order(b, a);
}

}  // namespace zymogen
