// Plain C++ functions. The line beside each makes it a kernel in Python.
#include <zymogen/kernel.hpp>

#include <cmath>
#include <cstddef>
#include <span>

#include "gaussian.hpp"

/// exp(-|x - y|^2): one number from two vectors.
double bump(std::span<const double> x, std::span<const double> y) {
    double squared_distance = 0;
    for (std::size_t i = 0; i < x.size(); ++i) squared_distance += (x[i] - y[i]) * (x[i] - y[i]);
    return std::exp(-squared_distance);
}
ZYMOGEN_KERNEL(bump, "x(n), y(n) -> ()");

/// The product of all elements.
double product(std::span<const double> x) {
    double all = 1;
    for (double element : x) all *= element;
    return all;
}
ZYMOGEN_KERNEL(product, "x(n) -> ()");

/// What is left of the measured profile d when its part along a Gaussian line centred at m is taken away, on
/// points from -10 to 10. r serves as memory for the line first.
void rs(std::span<const double> d, double m, std::span<double> r) {
    const std::size_t n = d.size();
    double dg = 0, gg = 0;
    for (std::size_t i = 0; i < n; ++i) {
        r[i] = gaussian(-10 + 20 * static_cast<double>(i) / static_cast<double>(n - 1), m);
        dg += d[i] * r[i];
        gg += r[i] * r[i];
    }
    for (std::size_t i = 0; i < n; ++i) r[i] = d[i] - dg / gg * r[i];
}
ZYMOGEN_KERNEL(rs, "d(n), m() -> r(n)");

/// The sum of the squares of rs: how badly a line at m explains d.
void rs_loss(std::span<const double> d, double m, std::span<double> r, double& loss) {
    rs(d, m, r);
    loss = 0;
    for (double element : r) loss += element * element;
}
ZYMOGEN_KERNEL(rs_loss, "d(n), m() -> r(n), loss()");

/// y = tanh(M x), in single or double precision.
template <class T>
void model(zymogen::matrix<const T> M, std::span<const T> x, std::span<T> y) {
    for (std::size_t a = 0; a < M.extent(0); ++a) {
        T sum = 0;
        for (std::size_t c = 0; c < M.extent(1); ++c) sum += M[a, c] * x[c];
        y[a] = std::tanh(sum);
    }
}
ZYMOGEN_KERNEL_TEMPLATE(model, "M(a,c), x(c) -> y(a)");
