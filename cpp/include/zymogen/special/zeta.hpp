// Riemann's zeta function of real numbers.
#pragma once

#include <cmath>
#include <numbers>

namespace zymogen::special {

/// The zeta function by the sum of Euler and Maclaurin (DLMF 25.2.9), for s >= -0.5: below, too much cancels.
///
/// With 11 terms and 8 corrections what is left out is below 1e-18.
inline double zeta_by_sum(double s) {
    constexpr int last = 12;
    // Bernoulli numbers B_2, B_4, ... divided by 2!, 4!, ...
    constexpr double coefficient[] = {
        1. / 12,          -1. / 720,
        1. / 30240,       -1. / 1209600,
        1. / 47900160,    -691. / 1307674368000,
        1. / 74724249600, -3617. / 10670622842880000,
    };
    double sum = 1;
    for (int n = 2; n < last; ++n) sum += std::pow(n, -s);
    if (s > 64) return sum;  // the rest is below 12^-64, and nothing may overflow
    const double power = std::pow(last, -s);
    double factor = s / last, corrections = 0;
    int k = 1;
    for (const double c : coefficient) {
        corrections += c * factor;
        factor *= (s + k) * (s + k + 1) / (last * last);
        k += 2;
    }
    return sum + power * (last / (s - 1) + 0.5 + corrections);
}

}  // namespace zymogen::special

namespace zymogen {

/// Riemann's zeta function; infinite at 1.
///
/// Below -0.5 by reflection (DLMF 25.4.1), with the sine of what is left when whole turns are taken away, so
/// that zeros are exact.
inline double riemann_zeta(double s) {
    if (s >= -0.5) return special::zeta_by_sum(s);
    const double half = s / 2, whole = std::rint(half);
    const double sine = (std::fmod(whole, 2) == 0 ? 1 : -1) * std::sin(std::numbers::pi * (half - whole));
    // In two factors, neither of which overflows: at zeros the other one is 0.
    const double logarithm = std::lgamma(1 - s) - (1 - s) * std::log(2 * std::numbers::pi);
    const double root = std::exp(std::fmin(logarithm / 2, 709));
    return special::zeta_by_sum(1 - s) * (2 * sine * root * root);
}

}  // namespace zymogen
