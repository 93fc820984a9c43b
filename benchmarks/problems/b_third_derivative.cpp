#include <span>
#include <zymogen/kernel.hpp>

double product(std::span<const double> x) {
    double p = 1;
    for (double factor : x) p *= factor;
    return p;
}
ZYMOGEN_KERNEL(product, "x(n) -> ()");

// By hand: d³p / dx0 dx2 dx4 is the product of the others.

double product_third(std::span<const double> x) {
    double p = x[1] * x[3];
    for (std::size_t i = 5; i < x.size(); ++i) p *= x[i];
    return p;
}
ZYMOGEN_KERNEL(product_third, "x(n) -> ()");
