#include <cmath>
#include <span>
#include <zymogen/kernel.hpp>

// The loss of one sample in a logistic regression; the label is 1 or -1.
double loss(std::span<const double> x, double label, std::span<const double> w) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += x[i] * w[i];
    return std::log1p(std::exp(-label * s));
}
ZYMOGEN_KERNEL(loss, "x(n), label(), w(n) -> ()");

// By hand, with the loop over samples inside.

void total_gradient(zymogen::matrix<const double> x, std::span<const double> label, std::span<const double> w,
                    std::span<double> g) {
    for (std::size_t d = 0; d < label.size(); ++d) {
        double s = 0;
        for (std::size_t i = 0; i < w.size(); ++i) s += x[d, i] * w[i];
        const double slope = -label[d] / (1 + std::exp(label[d] * s));
        for (std::size_t i = 0; i < w.size(); ++i) g[i] += slope * x[d, i];
    }
}
ZYMOGEN_KERNEL(total_gradient, "x(d,n), label(d), w(n) -> g(n)");
