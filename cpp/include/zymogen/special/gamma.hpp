// Functions about Euler's gamma function, of which <cmath> has `std::lgamma` and `std::tgamma`.
#pragma once

#include <cmath>
#include <numbers>

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

/// Euler's integral of the first kind, gamma(a) gamma(b) / gamma(a + b), for a and b above 0
/// (Abramowitz and Stegun, 6.2.2).
inline double beta(double a, double b) {
    return std::exp(std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b));
}

}  // namespace zymogen
