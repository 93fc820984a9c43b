// Rules for Bessel functions. The build adds this header where one of them is called.
//
// Derivatives with respect to x lead from one order to its neighbours. Of the formulas there are, each is
// taken where nothing cancels, also in second derivatives and for small x: there terms with negative powers
// of x must not be sums of others. With respect to the order there is no such formula, and Enzyme
// differentiates the code.
#pragma once

#include <cmath>
#include <cstddef>

#include <zymogen/rules.hpp>
#include <zymogen/special/bessel.hpp>

namespace zymogen::special::bessel {

using Function = double (*)(double, double);
using Spherical = double (*)(int, double);

/// nu / x f. Not inlined, so that it stays behind its condition.
template <Function f>
[[gnu::noinline]] double of_own_order(double nu, double x) {
    return nu / x * f(nu, x);
}

/// The derivative with respect to x of J, Y and I (DLMF 10.6.1, 10.6.2, 10.29.1, 10.29.2), where `sign` is
/// that of the order nu + 1.
template <Function f, int sign>
double slope(double nu, double x) {
    if (nu == 0 && x == 0) return std::pow(nu, 0.75) + sign * f(nu + 1, x);  // 0, with an infinite slope
    if (nu < 0.5) return of_own_order<f>(nu, x) + sign * f(nu + 1, x);
    return (f(nu - 1, x) + sign * f(nu + 1, x)) / 2;
}

/// Of K (DLMF 10.29.1).
inline double k_slope(double nu, double x) {
    return -(k(nu - 1, x) + k(nu + 1, x)) / 2;
}

/// DLMF 10.51.2.
template <Spherical f>
double spherical_slope(int n, double x) {
    if (n == 0) return -f(1, x);
    return (n * f(n - 1, x) - (n + 1) * f(n + 1, x)) / (2 * n + 1);
}

/// What is called instead of a function with rules: `code`, which it calls too, and of which derivatives with
/// respect to x are made of `slope`.
///
/// Derivatives are those along a way from the point as a constant to the point as a variable, on which first
/// the order changes, and then x. The second part is the integral of the slope, as in
/// `rules::Function::with_partials`.
template <Function code, Function slope>
struct Rule {
    template <int order>
    static constexpr Function of() {
        static_assert(order <= rules::highest_order,
                      "zymogen: derivatives of order 7 and above of Bessel functions cannot be made.");
        return &with_derivatives<order>;
    }

private:
    template <int order>
    static double with_derivatives(double nu, double x) {
        const double from = rules::constant(x), start = code(nu, from);
        double change = 0;
        if constexpr (order == 1) {
            change = rules::constant(slope(rules::constant(nu), from)) * x;
        } else {
            constexpr rules::Quadrature rule = rules::quadrature[(order - 1) / 2];
            for (std::size_t k = 0; k < rule.count; ++k)
                change += rule.weight[k] * slope(nu, from + rule.point[k] * (x - from)) * (x - from);
        }
        return rules::valued(start + change, rules::constant(start));
    }
};

#if defined(ZYMOGEN_ORDER)
ZYMOGEN_SUBSTITUTE(library, j, Rule<&bessel_j, &slope<&j, -1>>);
ZYMOGEN_SUBSTITUTE(library, y, Rule<&bessel_y, &slope<&y, -1>>);
ZYMOGEN_SUBSTITUTE(library, i, Rule<&bessel_i, &slope<&i, 1>>);
ZYMOGEN_SUBSTITUTE(library, k, Rule<&bessel_k, &k_slope>);
ZYMOGEN_SUBSTITUTE(library, spherical_j, rules::WithPartials<&spherical_j, &spherical_slope<&spherical_j>>);
ZYMOGEN_SUBSTITUTE(library, spherical_y, rules::WithPartials<&spherical_y, &spherical_slope<&spherical_y>>);
#endif

}  // namespace zymogen::special::bessel
