#include <cmath>
#include <span>
#include <zymogen/kernel.hpp>

double bump(std::span<const double> x, std::span<const double> y) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += (x[i] - y[i]) * (x[i] - y[i]);
    return std::exp(-s);
}
ZYMOGEN_KERNEL(bump, "x(n), y(n) -> ()");

// By hand:

// In the component in the middle.
double bump_partial(std::span<const double> x, std::span<const double> y) {
    const std::size_t i = x.size() / 2;
    return -2 * (x[i] - y[i]) * bump(x, y);
}
ZYMOGEN_KERNEL(bump_partial, "x(n), y(n) -> ()");

void bump_gradient(std::span<const double> x, std::span<const double> y, std::span<double> g) {
    const double f = bump(x, y);
    for (std::size_t i = 0; i < x.size(); ++i) g[i] = -2 * (x[i] - y[i]) * f;
}
ZYMOGEN_KERNEL(bump_gradient, "x(n), y(n) -> g(n)");
