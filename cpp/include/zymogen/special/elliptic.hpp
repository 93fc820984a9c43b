// Elliptic integrals in Legendre's form, made of Carlson's symmetric ones. The modulus is k, not its square.
#pragma once

#include <cmath>
#include <numbers>

#include <zymogen/special/domain.hpp>

namespace zymogen::special {

// Below this distance of the arguments from their mean, relative to it, what the series of degree 7 leave out
// is under 1e-20, and its second derivatives are under 1e-15.
inline constexpr double near_enough = 2e-3;

/// Carlson's R_F of the squares of three numbers, of which one may be 0.
///
/// Arguments are square roots because R_F itself has no derivatives at 0, while cos(phi)^2 may be there. By
/// duplication (Carlson 1995, Numerical computation of real or complex elliptic integrals, section 2) and the
/// series DLMF 19.36.1. Derivatives of all that is repeated here converge as fast as the value does.
[[gnu::noinline]] inline double carlson_rf(double root_x, double root_y, double root_z) {
    double x = root_x * root_x, y = root_y * root_y, z = root_z * root_z;
    while (true) {
        const double lambda = root_x * root_y + root_y * root_z + root_z * root_x;
        x = (x + lambda) / 4;
        y = (y + lambda) / 4;
        z = (z + lambda) / 4;
        const double mean = (x + y + z) / 3;
        const double dx = 1 - x / mean, dy = 1 - y / mean, dz = -dx - dy;
        if (std::fabs(dx) >= near_enough || std::fabs(dy) >= near_enough || std::fabs(dz) >= near_enough) {
            root_x = std::sqrt(x);
            root_y = std::sqrt(y);
            root_z = std::sqrt(z);
            continue;
        }
        const double e2 = dx * dy - dz * dz, e3 = dx * dy * dz;
        return (1 - e2 / 10 + e3 / 14 + e2 * e2 / 24 - 3 * e2 * e3 / 44 - 5 * e2 * e2 * e2 / 208 +
                3 * e3 * e3 / 104 + e2 * e2 * e3 / 16) /
               std::sqrt(mean);
    }
}

/// Carlson's R_C(1, 1 + e) for -1 < e < 1 (DLMF 19.2.18 and 19.2.19), by its power series where e is small.
inline double carlson_rc(double e) {
    if (e >= 0.0625) return std::atan(std::sqrt(e)) / std::sqrt(e);
    if (e <= -0.0625) return std::atanh(std::sqrt(-e)) / std::sqrt(-e);
    double sum = 0;
    for (int k = 15; k >= 0; --k) sum = 1. / (2 * k + 1) - e * sum;
    return sum;
}

/// Carlson's R_J of the squares of four numbers, of which one of the first three may be 0. That of x, y, z, z
/// is R_D (DLMF 19.16.5).
///
/// By duplication (Carlson 1995, section 3) and the series DLMF 19.36.2.
[[gnu::noinline]] inline double carlson_rj(double root_x, double root_y, double root_z, double root_p) {
    double x = root_x * root_x, y = root_y * root_y, z = root_z * root_z, p = root_p * root_p;
    const double delta = (p - x) * (p - y) * (p - z);
    double sum = 0, power = 1;  // of 1/4
    while (true) {
        const double d = (root_p + root_x) * (root_p + root_y) * (root_p + root_z);
        sum += power / d * carlson_rc(power * power * power * delta / (d * d));
        power /= 4;
        const double lambda = root_x * root_y + root_y * root_z + root_z * root_x;
        x = (x + lambda) / 4;
        y = (y + lambda) / 4;
        z = (z + lambda) / 4;
        p = (p + lambda) / 4;
        const double mean = (x + y + z + 2 * p) / 5;
        const double dx = 1 - x / mean, dy = 1 - y / mean, dz = 1 - z / mean, dp = -(dx + dy + dz) / 2;
        if (std::fabs(dx) >= near_enough || std::fabs(dy) >= near_enough || std::fabs(dz) >= near_enough ||
            std::fabs(dp) >= near_enough) {
            root_x = std::sqrt(x);
            root_y = std::sqrt(y);
            root_z = std::sqrt(z);
            root_p = std::sqrt(p);
            continue;
        }
        const double product = dx * dy * dz;
        const double e2 = dx * dy + dx * dz + dy * dz - 3 * dp * dp;
        const double e3 = product + 2 * e2 * dp + 4 * dp * dp * dp;
        const double e4 = (2 * product + e2 * dp + 3 * dp * dp * dp) * dp;
        const double e5 = product * dp * dp;
        const double series = 1 - 3 * e2 / 14 + e3 / 6 + 9 * e2 * e2 / 88 - 3 * e4 / 22 - 9 * e2 * e3 / 52 +
                              3 * e5 / 26 - e2 * e2 * e2 / 16 + 3 * e3 * e3 / 40 + 3 * e2 * e4 / 20 +
                              45 * e2 * e2 * e3 / 272 - 9 * (e3 * e4 + e2 * e5) / 68;
        return power * series / (mean * std::sqrt(mean)) + 6 * sum;
    }
}

/// The square of the complementary modulus.
inline double complement(double k) {
    return (1 - k) * (1 + k);
}

/// Half turns of an amplitude, and what is left of it: between -pi/2 and pi/2 (DLMF 19.2.10).
struct Amplitude {
    double half_turns, sine, cosine;
    explicit Amplitude(double phi)
        : half_turns(std::rint(phi / std::numbers::pi)),
          sine(std::sin(phi - half_turns * std::numbers::pi)),
          cosine(std::cos(phi - half_turns * std::numbers::pi)) {}
};

}  // namespace zymogen::special

namespace zymogen {

/// The complete elliptic integral of the first kind, for |k| <= 1: infinite at the ends (DLMF 19.25.1).
inline double comp_ellint_1(double k) {
    if (!(std::fabs(k) <= 1)) return special::outside_of_domain(k);
    const double complement = special::complement(k);
    if (complement == 0) return 1 / (1 - k * k);
    return special::carlson_rf(0, std::sqrt(complement), 1);
}

/// The complete elliptic integral of the second kind, for |k| <= 1 (DLMF 19.25.1, of its forms the one in
/// which nothing cancels).
///
/// In derivatives terms of the size 1 / (1 - k^2) cancel, and another one of these for each order. So they
/// lose digits at the ends, as those of `ellint_2` beyond pi/2 do: at a distance of 1e-8 the first ones have
/// an error of 1e-10, the second ones of 5e-8.
inline double comp_ellint_2(double k) {
    if (!(std::fabs(k) <= 1)) return special::outside_of_domain(k);
    const double complement = special::complement(k);
    if (complement == 0) return 1 + std::pow(1 - k * k, 0.75);  // 1, with an infinite slope
    const double root = std::sqrt(complement);
    return complement / 3 * (special::carlson_rj(0, root, 1, 1) + special::carlson_rj(0, 1, root, root));
}

/// The complete elliptic integral of the third kind, for |k| <= 1 and nu <= 1: infinite at these ends.
///
/// DLMF 19.25.2, where nu is alpha^2; nu has the sign of C++17.
inline double comp_ellint_3(double k, double nu) {
    if (!(std::fabs(k) <= 1 && nu <= 1)) return special::outside_of_domain(k + nu);
    const double complement = special::complement(k);
    if (complement == 0 || nu >= 1) return 1 / ((1 - k * k) * (1 - nu));
    const double root = std::sqrt(complement);
    return special::carlson_rf(0, root, 1) + nu / 3 * special::carlson_rj(0, root, 1, std::sqrt(1 - nu));
}

/// The elliptic integral of the first kind from 0 to phi, for |k| <= 1 (DLMF 19.25.5).
inline double ellint_1(double k, double phi) {
    if (!(std::fabs(k) <= 1)) return special::outside_of_domain(k + phi);
    const special::Amplitude a(phi);
    const double root = std::sqrt(a.cosine * a.cosine + special::complement(k) * a.sine * a.sine);
    const double rest = a.sine * special::carlson_rf(a.cosine, root, 1);
    return a.half_turns == 0 ? rest : rest + 2 * a.half_turns * comp_ellint_1(k);
}

/// The elliptic integral of the second kind from 0 to phi, for |k| <= 1 (DLMF 19.25.10, in which nothing
/// cancels).
inline double ellint_2(double k, double phi) {
    if (!(std::fabs(k) <= 1)) return special::outside_of_domain(k + phi);
    const special::Amplitude a(phi);
    const double complement = special::complement(k), sine_squared = a.sine * a.sine;
    const double root = std::sqrt(a.cosine * a.cosine + complement * sine_squared);
    const double rest =
        a.sine * (complement * special::carlson_rf(a.cosine, root, 1) +
                  k * k / 3 * complement * sine_squared * special::carlson_rj(a.cosine, 1, root, root) +
                  k * k * a.cosine / root);
    return a.half_turns == 0 ? rest : rest + 2 * a.half_turns * comp_ellint_2(k);
}

/// The elliptic integral of the third kind from 0 to phi, for |k| <= 1 and nu sin(phi')^2 < 1 on the way.
///
/// DLMF 19.25.14, where nu is alpha^2; nu has the sign of C++17.
inline double ellint_3(double k, double nu, double phi) {
    const special::Amplitude a(phi);
    const double sine_squared = a.sine * a.sine, cosine_squared = a.cosine * a.cosine;
    const double p = cosine_squared + (1 - nu) * sine_squared;
    if (!(std::fabs(k) <= 1 && p > 0 && (a.half_turns == 0 || nu <= 1)))
        return special::outside_of_domain(k + nu + phi);
    const double root = std::sqrt(cosine_squared + special::complement(k) * sine_squared);
    const double rest =
        a.sine * (special::carlson_rf(a.cosine, root, 1) +
                  nu / 3 * sine_squared * special::carlson_rj(a.cosine, root, 1, std::sqrt(p)));
    return a.half_turns == 0 ? rest : rest + 2 * a.half_turns * comp_ellint_3(k, nu);
}

}  // namespace zymogen
