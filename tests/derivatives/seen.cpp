// Kernels that tell of every evaluation: '#' on the standard error stream.
#include <cmath>
#include <cstdio>
#include <span>
#include <zymogen/kernel.hpp>

void field(std::span<const double> x, double m, zymogen::matrix<const double> M, std::span<const double> w,
           std::span<double> y) {
    std::fputs("#", stderr);
    for (std::size_t a = 0; a < y.size(); ++a) {
        double s = 0;
        for (std::size_t i = 0; i < x.size(); ++i) s += M[a, i] * x[i] * x[i] * x[i];
        y[a] = std::sin(m * s) * w[a] * w[a];
    }
}
ZYMOGEN_KERNEL(field, "x(n), m(), M(a,n), w(a) -> y(a)");

template <class T>
T energy(std::span<const T> x, T m, std::span<const T> w) {
    std::fputs("#", stderr);
    T s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += w[i] * x[i] * x[i] * x[i];
    return std::exp(m * m * s);
}
ZYMOGEN_KERNEL_TEMPLATE(energy, "x(n), m(), w(n) -> ()");

void steps(std::span<const double, 11> x, std::span<double, 3> y) {
    std::fputs("#", stderr);
    for (std::size_t i = 0; i < 11; ++i) y[i % 3] += x[i] * x[i];
}
ZYMOGEN_KERNEL(steps, "x(11) -> y(3)");

// Enzyme cannot replace the loads of a tangent in here, so that tangents are dense.
__attribute__((noinline)) static double cube(const double* v) {
    return *v * *v * *v;
}
double apart(std::span<const double> x, std::span<const double> w) {
    std::fputs("#", stderr);
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += cube(&x[i]) * cube(&w[i]);
    return s;
}
ZYMOGEN_KERNEL(apart, "x(n), w(n) -> ()");
