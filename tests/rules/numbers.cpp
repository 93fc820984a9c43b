#include <zymogen/kernel.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

namespace law {
double friction(double v, double mu) {
    return std::sin(v) * mu * mu;
}
std::array<double, 2> friction_partials(double v, double mu) {
    return {std::cos(v) * mu * mu, 2 * std::sin(v) * mu};
}
}  // namespace law
ZYMOGEN_DERIVATIVE(law::friction, law::friction_partials);

double total(std::span<const double> x, double m) {
    double s = 0;
    for (std::size_t i = 0; i + 1 < x.size(); ++i) s += law::friction(x[i], x[i + 1] + m) * x[i];
    return s;
}
ZYMOGEN_KERNEL(total, "x(n), m() -> ()");

void each(std::span<const double> x, double m, std::span<double> y) {
    for (std::size_t i = 0; i + 1 < x.size(); ++i) y[i] = law::friction(x[i], x[i + 1] + m) * x[i];
}
ZYMOGEN_KERNEL(each, "x(n), m() -> y(n)");

// Derivatives that name each other, without an end.
double sine(double x) {
    return std::bit_cast<double>(std::bit_cast<std::uint64_t>(std::sin(x)));
}
double cosine(double x) {
    return std::bit_cast<double>(std::bit_cast<std::uint64_t>(std::cos(x)));
}
static double minus_sine(double x) {
    return -sine(x);
}
ZYMOGEN_DERIVATIVE(sine, cosine);
ZYMOGEN_DERIVATIVE(cosine, minus_sine);
double wave(double x) {
    return sine(x) * x + cosine(x);
}
ZYMOGEN_KERNEL(wave, "x() -> ()");

// Singular at 0, where the value is finite and the derivative is not.
double root(double x) {
    return std::sqrt(x);
}
double root_slope(double x) {
    return 0.5 / std::sqrt(x);
}
ZYMOGEN_DERIVATIVE(root, root_slope);
double rooted(double x) {
    return root(x) + 1;
}
ZYMOGEN_KERNEL(rooted, "x() -> ()");

// Single precision, an integer among the arguments, and a pointer to the function.
float power(float x, int n) noexcept {
    return n == 0 ? 1 : x * power(x, n - 1);
}
float power_slope(float x, int n) {
    return static_cast<float>(n) * power(x, n - 1);
}
ZYMOGEN_DERIVATIVE(power, power_slope);
template <class F>
static float sum_of(F f, std::span<const float> x) {
    float s = 0;
    for (float e : x) s += f(e, 3);
    return s;
}
float powers(std::span<const float> x) {
    return sum_of(power, x);
}
ZYMOGEN_KERNEL(powers, "x(n) -> ()");

// The exponent of a number, from its bits: Enzyme refuses such code.
int exponent(const double* x) {
    return static_cast<int>(std::bit_cast<std::uint64_t>(*x) >> 52 & 2047) - 1023;
}
ZYMOGEN_INACTIVE(exponent);
double scaled(double x) {
    return x * x * exponent(&x);
}
ZYMOGEN_KERNEL(scaled, "x() -> ()");

double staircase(double x) {
    return static_cast<double>(std::bit_cast<std::int64_t>(x) >> 52);
}
ZYMOGEN_INACTIVE(staircase);
double steps(std::span<const double> x) {
    double s = 0;
    for (double e : x) s += e * staircase(e);
    return s;
}
ZYMOGEN_KERNEL(steps, "x(n) -> ()");

double careful_log1p(double x) {
    return std::bit_cast<double>(std::bit_cast<std::uint64_t>(std::log1p(x)));
}
ZYMOGEN_LIKE(careful_log1p, std::log1p);
// Like a function that has a rule itself.
double other_sine(double x) {
    return std::bit_cast<double>(std::bit_cast<std::uint64_t>(std::sin(x)));
}
ZYMOGEN_LIKE(other_sine, sine);
double twice(double x) {
    return other_sine(x) * x;
}
ZYMOGEN_KERNEL(twice, "x() -> ()");
double entropy(double x) {
    return x * careful_log1p(x);
}
ZYMOGEN_KERNEL(entropy, "x() -> ()");

// A rule that is wrong on purpose.
double square(double x) {
    return x * x;
}
double wrong_slope(double x) {
    return 3 * x;
}
ZYMOGEN_DERIVATIVE(square, wrong_slope);
double misled(std::span<const double> x) {
    double s = 0;
    for (double e : x) s += square(e);
    return s;
}
ZYMOGEN_KERNEL(misled, "x(n) -> ()");
