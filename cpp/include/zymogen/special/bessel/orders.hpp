// Bessel functions of real orders from -1/2, to which derivatives lead, by recurrences from the first two
// orders. Enzyme differentiates them with respect to the order.
#pragma once

#include <cmath>
#include <numbers>

#include <zymogen/special/bessel/first_orders.hpp>
#include <zymogen/special/domain.hpp>

namespace zymogen::special {

/// Recurrences take a step for each order, so that there must be an end.
inline constexpr double largest_order = 1e6;

/// Whether the power series converges without cancelling.
inline bool is_small(double nu, double x) {
    return x * x < 4 * (nu + 1);
}

/// 1 / gamma(nu + 1) for 0 <= nu < 20: the power series Abramowitz and Stegun, 6.1.34, and recurrence.
///
/// Not by std::tgamma, which itself has a rule: what a rule calls is not differentiated by rules as often as
/// the rule's function is.
inline double reciprocal_gamma(double nu) {
    constexpr int terms = 26;
    constexpr double coefficient[terms] = {
        1.0,
        0.57721566490153286,
        -0.65587807152025388,
        -0.042002635034095236,
        0.16653861138229149,
        -0.042197734555544337,
        -0.0096219715278769736,
        0.0072189432466630995,
        -0.0011651675918590651,
        -0.00021524167411495097,
        0.00012805028238811619,
        -2.0134854780788239e-5,
        -1.2504934821426707e-6,
        1.1330272319816959e-6,
        -2.0563384169776071e-7,
        6.1160951044814158e-9,
        5.0020076444692229e-9,
        -1.1812745704870201e-9,
        1.0434267116911005e-10,
        7.7822634399050713e-12,
        -3.6968056186422057e-12,
        5.100370287454476e-13,
        -2.0583260535665068e-14,
        -5.348122539423018e-15,
        1.2267786282382608e-15,
        -1.1812593016974588e-16,
    };
    const double whole = std::floor(nu), mu = nu - whole;
    double value = 0, product = 1;  // this apart: Enzyme crashes where the loop divides the value
    for (int k = terms; k > 0; --k) value = coefficient[k - 1] + mu * value;
    for (double k = 1; k <= whole; ++k) product *= mu + k;
    return value / product;
}

/// (x/2)^(nu - less) / gamma(nu + 1); where powers would lose digits, by Stirling's series (DLMF 5.11.3).
inline double leading_power(double nu, double x, double less) {
    if (nu < 20) return std::pow(x / 2, nu - less) * reciprocal_gamma(nu);
    const double w = 1 / (nu * nu);
    const double series = (1. / 12 - w * (1. / 360 - w * (1. / 1260 - w * (1. / 1680 - w / 1188)))) / nu;
    return std::pow(std::numbers::e / 2 * (x / nu), nu) * std::exp(-series) /
           (std::sqrt(2 * std::numbers::pi * nu) * std::pow(x / 2, less));
}

/// J for sign = -1 and I for sign = 1, by the power series DLMF 10.2.2 and 10.25.2, for small x;
/// divided by (x/2)^less before anything underflows.
[[gnu::noinline]] inline double power_series(double nu, double x, int sign, double less = 0) {
    const double quarter = sign * x * x / 4;
    double sum = 1, term = 1;
    for (int k = 1; std::fabs(term) > 1e-17 * sum; ++k) {
        term *= quarter / (k * (k + nu));
        sum += term;
    }
    return leading_power(nu, x, less) * sum;
}

/// What the recurrence f(k + 1) = 2 k / x f(k) + sign f(k - 1) makes of the first two orders, for nu
/// (DLMF 10.6.1 and 10.29.1). What overflows stays infinite.
inline TwoOrders recur_up(TwoOrders f, double nu, double x, int sign) {
    const double whole = std::floor(nu), mu = nu - whole;
    for (double k = 1; k <= whole; ++k) {
        if (!std::isfinite(f.next)) return {f.next, f.next};
        f = {f.next, 2 * (mu + k) / x * f.next + sign * f.here};
    }
    return f;
}

/// The function of order nu + 1 by that of order nu, for J with sign = -1 and for I with sign = 1: the
/// continued fraction DLMF 10.10.1 and 10.33.1 from the order `last` on, before which it converges.
inline double ratio_of_orders(double nu, double x, int sign, double last) {
    double ratio = 0;
    for (double k = std::ceil(last - nu); k >= 1; --k) ratio = 1 / (2 * (nu + k) / x + sign * ratio);
    return ratio;
}

inline TwoOrders neumann(double nu, double x) {
    TwoOrders y = hankel(nu - std::floor(nu), x).y;
    if (x < 1 && !std::isfinite(y.next)) y.next = -INFINITY;  // the integral has overflowed
    return recur_up(y, nu, x, -1);
}

/// J and I at 0, which fall from 1 to 0 at once.
inline double at_0(double nu) {
    return nu == 0 ? 1 - std::pow(nu, 0.75) : 0;
}

// Not inlined, so that rules of higher orders, in which they are called often, stay small.
[[gnu::noinline]] inline double bessel_j_from_0(double nu, double x) {
    if (x == 0) return at_0(nu);
    if (is_small(nu, x)) return power_series(nu, x, -1);
    if (!(nu <= largest_order)) return outside_of_domain(nu);
    if (std::isinf(x)) return 0;
    if (nu <= x) return recur_up(hankel(nu - std::floor(nu), x).j, nu, x, -1).here;
    // Upwards J is lost in Y from here on: it is what has the right ratio and the Wronskian DLMF 10.5.2.
    const TwoOrders y = neumann(nu, x);
    const double ratio = ratio_of_orders(nu, x, -1, nu + 15 + 9 * std::cbrt(x));
    return 2 * std::numbers::inv_pi / x / (ratio * y.here - y.next);
}

[[gnu::noinline]] inline double bessel_y_from_0(double nu, double x) {
    if (x == 0) return -(1 + nu) / x;
    if (!(nu <= largest_order)) return outside_of_domain(nu);
    if (std::isinf(x)) return 0;
    return neumann(nu, x).here;
}

inline TwoOrders scaled_bessel_k(double nu, double x) {
    return recur_up(scaled_macdonald(nu - std::floor(nu), x), nu, x, 1);
}

/// By the ratio of two orders and the Wronskian DLMF 10.28.2.
[[gnu::noinline]] inline double bessel_i_from_0(double nu, double x) {
    if (x == 0) return at_0(nu);
    if (is_small(nu, x)) return power_series(nu, x, 1);
    // From here on exp(x / 2) overflows, and I itself does so up to higher orders than half of x.
    if (x > 1400) return nu < x / 2 ? std::exp(x) / (1 + nu) : outside_of_domain(nu);
    const TwoOrders k = scaled_bessel_k(nu, x);
    const double ratio = ratio_of_orders(nu, x, 1, 10 + std::sqrt(nu * nu + 50 * x));
    const double half = std::exp(x / 2);  // exp(x) may overflow where I does not
    return half / x / (k.next + ratio * k.here) * half;
}

[[gnu::noinline]] inline double bessel_k_from_0(double nu, double x) {
    if (x == 0) return (1 + nu) / x;
    if (!(nu <= largest_order)) return outside_of_domain(nu);
    return std::exp(-x) * scaled_bessel_k(nu, x).here;
}

/// Of nu below 0, in what leads to -nu. The sine is not 0, and the cosine is exact where it is.
struct Reflection {
    double sine, cosine;
    explicit Reflection(double nu)
        : sine(std::sin(std::numbers::pi * nu)), cosine(std::sin(std::numbers::pi * (0.5 + nu))) {}
};

/// DLMF 10.2.3 for -nu.
inline double bessel_j(double nu, double x) {
    if (nu >= 0) return bessel_j_from_0(nu, x);
    const Reflection r(nu);
    return r.cosine * bessel_j_from_0(-nu, x) + r.sine * bessel_y_from_0(-nu, x);
}

/// DLMF 10.4.7 and 10.4.8.
inline double bessel_y(double nu, double x) {
    if (nu >= 0) return bessel_y_from_0(nu, x);
    const Reflection r(nu);
    return r.cosine * bessel_y_from_0(-nu, x) - r.sine * bessel_j_from_0(-nu, x);
}

/// DLMF 10.27.2.
inline double bessel_i(double nu, double x) {
    if (nu >= 0) return bessel_i_from_0(nu, x);
    return bessel_i_from_0(-nu, x) - 2 * std::numbers::inv_pi * Reflection(nu).sine * bessel_k_from_0(-nu, x);
}

/// DLMF 10.27.3.
inline double bessel_k(double nu, double x) {
    return bessel_k_from_0(std::fabs(nu), x);
}

}  // namespace zymogen::special
