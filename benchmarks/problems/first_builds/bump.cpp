#include <cmath>
#include <span>
#include <zymogen/kernel.hpp>

double kernel(std::span<const double> x, std::span<const double> y) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += (x[i] - y[i]) * (x[i] - y[i]);
    return std::exp(-s);
}
ZYMOGEN_KERNEL(kernel, "x(n), y(n) -> ()");
