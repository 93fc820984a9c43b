// Numbers of other sizes, and integers made of numbers.
#include <cmath>
#include <complex>
#include <cstddef>
#include <span>
#include <vector>
#include <zymogen/kernel.hpp>

namespace {  // a build compiles what it uses alone

// `float` within a kernel of `double`
double float_inside(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const auto f = static_cast<float>(x[i]);
        s += static_cast<double>(f * f) * x[(i + 1) % x.size()];
    }
    return s;
}
ZYMOGEN_KERNEL(float_inside, "x(n) -> ()");

// A `std::vector<float>`, summed as `double`
double float_buffer(std::span<const double> x) {
    std::vector<float> v(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) v[i] = static_cast<float>(x[i]);
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += static_cast<double>(v[i]) * x[i] * x[(i + 1) % x.size()];
    return s;
}
ZYMOGEN_KERNEL(float_buffer, "x(n) -> ()");

// `float` arguments and functions of `<cmath>`
double float_functions(std::span<const double> x) {
    double s = 0;
    for (double e : x) {
        const auto f = static_cast<float>(e);
        s += static_cast<double>(std::sin(f) * std::exp(f) + std::pow(f, 1.5F) * std::sqrt(f));
    }
    return s * s;
}
ZYMOGEN_KERNEL(float_functions, "x(n) -> ()");

// `long double`
double long_double_sum(std::span<const double> x) {
    long double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
        s += static_cast<long double>(x[i]) * x[i] * x[(i + 1) % x.size()];
    return static_cast<double>(s);
}
ZYMOGEN_KERNEL(long_double_sum, "x(n) -> ()");

// Functions of `long double`
double long_double_functions(std::span<const double> x) {
    long double s = 0;
    for (double e : x) s += std::sin(static_cast<long double>(e)) * std::exp(static_cast<long double>(e));
    return static_cast<double>(s * s);
}
ZYMOGEN_KERNEL(long_double_functions, "x(n) -> ()");

// `_Float16`
double half_precision(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const auto h = static_cast<_Float16>(x[i]);
        s += static_cast<double>(h) * x[i] * x[(i + 1) % x.size()];
    }
    return s;
}
ZYMOGEN_KERNEL(half_precision, "x(n) -> ()");

// `__float128`
// Instead: `long double`, or two `double`.
double quadruple_precision(std::span<const double> x) {
    __float128 s = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
        s += static_cast<__float128>(x[i]) * x[i] * x[(i + 1) % x.size()];
    return static_cast<double>(s);
}
ZYMOGEN_KERNEL(quadruple_precision, "x(n) -> ()");

// Integers made of numbers, and numbers of integers
double through_integers(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const int whole = static_cast<int>(3 * x[i]);
        const auto back = static_cast<double>(whole);
        s += (x[i] + back) * x[i] * x[(i + 1) % x.size()];
    }
    return s;
}
ZYMOGEN_KERNEL(through_integers, "x(n) -> ()");

// `std::complex<float>`
double complex_of_float(std::span<const double> x) {
    const std::complex<float> z(static_cast<float>(x[0]), static_cast<float>(x[1]));
    const std::complex<float> w(static_cast<float>(x[2]), static_cast<float>(x[3]));
    return static_cast<double>(std::norm(z * w + z * z));
}
ZYMOGEN_KERNEL(complex_of_float, "x(n) -> ()");

}  // namespace
