#include <span>
#include <zymogen/kernel.hpp>
double kernel(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i + 1 < x.size(); ++i) {
        const double a = x[i + 1] - x[i] * x[i], b = 1 - x[i];
        s += 100 * a * a + b * b;
    }
    return s;
}
ZYMOGEN_KERNEL(kernel, "x(n) -> ()");
