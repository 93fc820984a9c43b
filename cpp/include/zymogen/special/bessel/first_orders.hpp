// Bessel functions of two orders, mu and mu + 1 with 0 <= mu < 1, from which recurrences lead to all others.
//
// They are integrals over the whole line of functions that are analytic around it and fall off faster than
// exponentially. Of these the trapezoidal rule is exact but for about exp(-2 pi d / h), for steps h and a
// strip of half the width d in which they stay small (Trefethen and Weideman 2014, The exponentially
// convergent trapezoidal rule, theorem 5.1). The steps are such that this is below exp(-40); from ten steps
// for large x to sixty for x = 1e-3. No order is special for them, so near integers nothing cancels.
#pragma once

#include <cmath>
#include <numbers>

namespace zymogen::special {

/// A function of the orders nu and nu + 1.
struct TwoOrders {
    double here, next;
};

struct Hankel {
    TwoOrders j, y;
};

/// Powers fall below exp(-42), also after they are multiplied by exp((mu + 1) u).
inline bool counts(double power, double u) {
    return power - 2 * u < 42;
}

/// J and Y for x > 0, as the real and the imaginary part of Hankel's function, with errors relative to its
/// modulus.
///
/// DLMF 10.9.10, on the path of steepest descent: t = u + i gd(u) with Gudermann's function, on which
/// i x cosh(t) is i x - x sinh(u) tanh(u).
inline Hankel hankel(double mu, double x) {
    const double step = 1 / std::sqrt(26 + 4.5 * x);
    TwoOrders real{0.5, 0.5}, imaginary{0.5, 0.5};
    for (int k = 1;; ++k) {
        const double u = k * step, growth = std::exp(u);
        const double sinh = std::sinh(u), cosh = (growth + 1 / growth) / 2, sech = 1 / cosh,
                     tanh = sinh * sech;
        const double power = u < 700 ? x * sinh * tanh : std::exp(u + std::log(x)) / 2;  // sinh may overflow
        if (!counts(power, u)) break;
        const double grown = std::exp(mu * u - power), shrunk = std::exp(-mu * u - power);
        const double turn = mu * std::atan(sinh), cos = std::cos(turn), sin = std::sin(turn);
        const double even = (grown + shrunk) / 2, odd = (grown - shrunk) / 2;
        // The integrand is (c + i s) (1 + i sech(u)), where c + i s is exp(-power) cosh(mu t).
        const double c = even * cos, s = odd * sin;
        const double next_c = (even * cosh + odd * sinh) * (cos * sech - sin * tanh);
        const double next_s = (odd * cosh + even * sinh) * (sin * sech + cos * tanh);
        real.here += c - s * sech;
        imaginary.here += s + c * sech;
        real.next += next_c - next_s * sech;
        imaginary.next += next_s + next_c * sech;
    }
    const double quarter = std::numbers::pi / 2 * mu, scale = 2 * step * std::numbers::inv_pi;
    const double cos_x = std::cos(x), sin_x = std::sin(x), cos_mu = std::cos(quarter),
                 sin_mu = std::sin(quarter);
    const double cosine = scale * (cos_x * cos_mu + sin_x * sin_mu);
    const double sine = scale * (sin_x * cos_mu - cos_x * sin_mu);
    return {
        {real.here * sine + imaginary.here * cosine, imaginary.next * sine - real.next * cosine},
        {imaginary.here * sine - real.here * cosine, -imaginary.next * cosine - real.next * sine},
    };
}

/// exp(x) K(x) for x > 0 (DLMF 10.32.9).
inline TwoOrders scaled_macdonald(double mu, double x) {
    const double step = 1 / std::sqrt(17 + 2.1 * x);
    TwoOrders sum{0.5, 0.5};
    for (int k = 1;; ++k) {
        const double u = k * step, half = std::sinh(u / 2), power = 2 * x * half * half;
        if (!counts(power, u)) break;
        sum.here += (std::exp(mu * u - power) + std::exp(-mu * u - power)) / 2;
        sum.next += (std::exp((mu + 1) * u - power) + std::exp(-(mu + 1) * u - power)) / 2;
    }
    return {step * sum.here, step * sum.next};
}

}  // namespace zymogen::special
