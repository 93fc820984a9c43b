// Every elementary and special function of <cmath> that has derivatives, each as one entry of a result.
#include <cmath>
#include <cstddef>
#include <span>
#include <zymogen/kernel.hpp>

namespace {  // a build compiles what it uses alone

template <class T>
void trigonometric(T x, std::span<T, 6> y) {
    y[0] = std::sin(x);
    y[1] = std::cos(x);
    y[2] = std::tan(x);
    y[3] = std::asin(x);
    y[4] = std::acos(x);
    y[5] = std::atan(x);
}
ZYMOGEN_KERNEL_TEMPLATE(trigonometric, "x() -> y(6)");

void hyperbolic(double x, std::span<double, 6> y) {
    y[0] = std::sinh(x);
    y[1] = std::cosh(x);
    y[2] = std::tanh(x);
    y[3] = std::asinh(x);
    y[4] = std::acosh(1 + x);
    y[5] = std::atanh(x);
}
ZYMOGEN_KERNEL(hyperbolic, "x() -> y(6)");

void exponential(double x, std::span<double, 7> y) {
    y[0] = std::exp(x);
    y[1] = std::exp2(x);
    y[2] = std::expm1(x);
    y[3] = std::log(x);
    y[4] = std::log2(x);
    y[5] = std::log10(x);
    y[6] = std::log1p(x);
}
ZYMOGEN_KERNEL(exponential, "x() -> y(7)");

void powers(double x, double p, int k, std::span<double, 7> y) {
    y[0] = std::sqrt(x);
    y[1] = std::cbrt(x);
    y[2] = std::pow(x, p);
    y[3] = std::pow(x, 3.0);
    y[4] = std::pow(x, k);
    y[5] = std::pow(2.5, p);
    y[6] = std::ldexp(x, k);
}
ZYMOGEN_KERNEL(powers, "x(), p(), k() -> y(7)");

void two_arguments(double x, double y, std::span<double, 9> z) {
    z[0] = std::atan2(x, y);
    z[1] = std::hypot(x, y);
    z[2] = std::fmod(x, y);
    z[3] = std::remainder(x, y);
    z[4] = std::fdim(x, y);
    z[5] = std::fmin(x * x, y);
    z[6] = std::fmax(x * x, y);
    z[7] = std::copysign(x, y) * y;
    z[8] = std::fma(x, y, x);
}
ZYMOGEN_KERNEL(two_arguments, "x(), y() -> z(9)");

void special(double x, std::span<double, 8> y) {
    y[0] = std::erf(x);
    y[1] = std::erfc(x);
    y[2] = ::j0(x);
    y[3] = ::j1(x);
    y[4] = ::jn(2, x);
    y[5] = ::y0(x);
    y[6] = ::y1(x);
    y[7] = ::yn(2, x);
}
ZYMOGEN_KERNEL(special, "x() -> y(8)");

void stepped(double x, std::span<double, 8> y) {
    y[0] = x * std::floor(x);
    y[1] = x * std::ceil(x);
    y[2] = x * std::round(x);
    y[3] = x * std::trunc(x);
    y[4] = x * std::rint(x);
    y[5] = std::fabs(x) * x;
    y[6] = std::fmin(std::fmax(x * x, 1.0), 50.0);
    y[7] = std::lerp(x, x * x, 0.25);
}
ZYMOGEN_KERNEL(stepped, "x() -> y(8)");

template <class T>
T rational(std::span<const T> x) {
    T numerator = 1, denominator = 2;
    for (T e : x) {
        numerator = numerator * e - T(0.5);
        denominator += e * e / (1 + numerator * numerator);
    }
    return numerator / denominator;
}
ZYMOGEN_KERNEL_TEMPLATE(rational, "x(n) -> ()");

double composed(double a, double b, double c) {
    return std::exp(std::sin(a * b)) / (1 + std::log1p(c * c)) + std::atan2(a, std::sqrt(b)) * std::pow(c, a);
}
ZYMOGEN_KERNEL(composed, "a(), b(), c() -> ()");

}  // namespace
