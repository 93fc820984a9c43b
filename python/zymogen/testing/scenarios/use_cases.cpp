// The kernels of the four use cases, and the style of C.
#include <cmath>
#include <cstddef>
#include <span>
#include <zymogen/kernel.hpp>

double bump(std::span<const double> x, std::span<const double> y) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += (x[i] - y[i]) * (x[i] - y[i]);
    return std::exp(-s);
}
ZYMOGEN_KERNEL(bump, "x(n), y(n) -> ()");

double product(std::span<const double> x) {
    double p = 1;
    for (double factor : x) p *= factor;
    return p;
}
ZYMOGEN_KERNEL(product, "x(n) -> ()");

// Reads its output back: d - (d.d0)/(d0.d0) d0 with d0 made in place.
void rs(std::span<const double> x, std::span<const double> d, double m, std::span<double> r) {
    double dot = 0, norm = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        r[i] = std::exp(-1.5 * (x[i] - m) * (x[i] - m));
        dot += d[i] * r[i];
        norm += r[i] * r[i];
    }
    for (std::size_t i = 0; i < x.size(); ++i) r[i] = d[i] - dot / norm * r[i];
}
ZYMOGEN_KERNEL(rs, "x(n), d(n), m() -> r(n)");

double misfit(std::span<const double> x, std::span<const double> d, double m) {
    double dot = 0, norm = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double d0 = std::exp(-1.5 * (x[i] - m) * (x[i] - m));
        dot += d[i] * d0;
        norm += d0 * d0;
    }
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double r = d[i] - dot / norm * std::exp(-1.5 * (x[i] - m) * (x[i] - m));
        sum += r * r;
    }
    return sum;
}
ZYMOGEN_KERNEL(misfit, "x(n), d(n), m() -> ()");

template <class T>
void model(zymogen::matrix<const T> M, std::span<const T> x, std::span<T> y) {
    for (std::size_t a = 0; a < y.size(); ++a) {
        T s = 0;
        for (std::size_t c = 0; c < x.size(); ++c) s += M[a, c] * x[c];
        y[a] = std::tanh(s);
    }
}
ZYMOGEN_KERNEL_TEMPLATE(model, "M(a,c), x(c) -> y(a)");

double power_sum(const double* x, const double* w, std::size_t n, int power) {
    double s = 0;
    for (std::size_t i = 0; i < n; ++i) s += w[i] * std::pow(x[i], power);
    return s;
}
ZYMOGEN_KERNEL(power_sum, "x(n), w(n), n, power() -> ()");
