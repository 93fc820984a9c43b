#include <cmath>
#include <zymogen/kernel.hpp>
double kernel(zymogen::matrix<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.extent(0); ++i)
        for (std::size_t j = 0; j < i; ++j) {
            double d = 0;
            for (std::size_t k = 0; k < x.extent(1); ++k) d += (x[i, k] - x[j, k]) * (x[i, k] - x[j, k]);
            s += std::pow(d + 1e-3, -0.5);
        }
    return s;
}
ZYMOGEN_KERNEL(kernel, "x(n,3) -> ()");
