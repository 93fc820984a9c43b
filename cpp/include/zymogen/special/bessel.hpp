// Bessel functions, of real orders.
//
// Derivatives are rules, made of the functions themselves: see bessel_derivatives.hpp.
#pragma once

#include <cmath>
#include <numbers>

#include <zymogen/special/bessel/orders.hpp>
#include <zymogen/special/domain.hpp>

// Functions that have rules are not inlined, so that the build sees where one is called.
namespace zymogen::special::bessel {

[[gnu::noinline]] inline double j(double nu, double x) {
    return bessel_j(nu, x);
}
[[gnu::noinline]] inline double y(double nu, double x) {
    return bessel_y(nu, x);
}
[[gnu::noinline]] inline double i(double nu, double x) {
    return bessel_i(nu, x);
}
[[gnu::noinline]] inline double k(double nu, double x) {
    return bessel_k(nu, x);
}

/// The spherical function of the first kind (DLMF 10.47.3), without the underflow of J.
[[gnu::noinline]] inline double spherical_j(int n, double x) {
    const double nu = n + 0.5;
    if (x == 0) return n == 0;
    if (is_small(nu, x)) return power_series(nu, x, -1, 0.5) * std::sqrt(std::numbers::pi) / 2;
    return std::sqrt(std::numbers::pi / 2 / x) * bessel_j_from_0(nu, x);
}

/// The spherical function of the second kind (DLMF 10.47.4).
[[gnu::noinline]] inline double spherical_y(int n, double x) {
    return std::sqrt(std::numbers::pi / 2 / x) * bessel_y_from_0(n + 0.5, x);
}

}  // namespace zymogen::special::bessel

namespace zymogen {

/// The Bessel function of the first kind J, for nu >= 0 and x >= 0.
inline double cyl_bessel_j(double nu, double x) {
    if (!(nu >= 0 && x >= 0)) return special::outside_of_domain(nu + x);
    return special::bessel::j(nu, x);
}

/// The Bessel function of the second kind Y, for nu >= 0 and x >= 0: minus infinity at 0.
inline double cyl_neumann(double nu, double x) {
    if (!(nu >= 0 && x >= 0)) return special::outside_of_domain(nu + x);
    return special::bessel::y(nu, x);
}

/// The modified Bessel function of the first kind I, for nu >= 0 and x >= 0.
inline double cyl_bessel_i(double nu, double x) {
    if (!(nu >= 0 && x >= 0)) return special::outside_of_domain(nu + x);
    return special::bessel::i(nu, x);
}

/// The modified Bessel function of the second kind K, for nu >= 0 and x >= 0: infinite at 0.
inline double cyl_bessel_k(double nu, double x) {
    if (!(nu >= 0 && x >= 0)) return special::outside_of_domain(nu + x);
    return special::bessel::k(nu, x);
}

/// The spherical Bessel function of the first kind j, for n >= 0 and x >= 0.
inline double sph_bessel(int n, double x) {
    if (n < 0 || !(x >= 0)) return special::outside_of_domain(x);
    return special::bessel::spherical_j(n, x);
}

/// The spherical Bessel function of the second kind y, for n >= 0 and x >= 0: minus infinity at 0.
inline double sph_neumann(int n, double x) {
    if (n < 0 || !(x >= 0)) return special::outside_of_domain(x);
    return special::bessel::spherical_y(n, x);
}

}  // namespace zymogen
