// Boost.Math: special functions, a root and an integral.
#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <boost/math/special_functions/bessel.hpp>
#include <boost/math/special_functions/ellint_rf.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/special_functions/hermite.hpp>
#include <boost/math/tools/roots.hpp>
#include <cmath>
#include <utility>
#include <zymogen/kernel.hpp>

namespace {  // a build compiles what it uses alone

namespace math = boost::math;

void special(std::span<const double, 2> x, std::span<double, 4> y) {
    y[0] = math::cyl_bessel_j(1, x[0]) * x[1];
    y[1] = math::hermite(5, x[0] * x[1]);
    y[2] = math::ellint_rf(x[0], x[1], 2.0);
    y[3] = math::erf_inv(x[0] * x[1] / 2);
}
ZYMOGEN_KERNEL(special, "x(2) -> y(4)");

// From a table, to which Boost.Math applies instructions of x86-64 for two numbers at a time.
double log_gamma(double x) {
    return math::lgamma(x);
}
ZYMOGEN_KERNEL(log_gamma, "x() -> ()");

// Kepler's equation E - e sin E = M, by Newton's method: the excentric anomaly E of an orbit (e, M).
double kepler(std::span<const double, 2> orbit) {
    const double e = orbit[0], m = orbit[1];
    const auto difference = [=](double anomaly) {
        return std::make_pair(anomaly - e * std::sin(anomaly) - m, 1 - e * std::cos(anomaly));
    };
    return math::tools::newton_raphson_iterate(difference, m, 0.0, 4.0, 53);
}
ZYMOGEN_KERNEL(kepler, "orbit(2) -> ()");

// The integral of exp(-a t) cos(b t) from 0 to 2, by 31 points.
double damped(std::span<const double, 2> x) {
    const double a = x[0], b = x[1];
    const auto wave = [=](double t) { return std::exp(-a * t) * std::cos(b * t); };
    return math::quadrature::gauss_kronrod<double, 31>::integrate(wave, 0.0, 2.0, 0);
}
ZYMOGEN_KERNEL(damped, "x(2) -> ()");

}  // namespace
