// What arguments and results can be: ranks, fixed and bare sizes, element types, several results.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <mdspan>
#include <span>
#include <zymogen/kernel.hpp>

namespace {  // a build compiles what it uses alone

double corner(std::span<const double, 3> x) {
    return x[0] * x[1] * x[2] * x[2];
}
ZYMOGEN_KERNEL(corner, "x(3) -> ()");

double scalar(double m) {
    return m * m * m;
}
ZYMOGEN_KERNEL(scalar, "m() -> ()");

// Right for no element and for one.
double roughness(std::span<const double> x) {
    double s = 1;
    for (std::size_t i = 0; i < x.size(); ++i) {
        s += x[i] * x[i];
        if (i > 0) s += std::pow(x[i] - x[i - 1], 4);
    }
    return std::sqrt(s);
}
ZYMOGEN_KERNEL(roughness, "x(n) -> ()");

// Three results: one returned, an array, and an integer.
double summary(std::span<const double> x, std::span<double> centred, std::int64_t& above) {
    double mean = 0;
    for (double e : x) mean += e * e / static_cast<double>(x.size());
    above = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        centred[i] = (x[i] - mean) * x[i];
        above += x[i] > mean;
    }
    return mean;
}
ZYMOGEN_KERNEL(summary, "x(n) -> mean(), centred(n), above()");

double moments(std::span<const double> x, std::span<const double> w, double& variance) {
    double total = 0, sum = 0, squares = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        total += w[i];
        sum += w[i] * x[i];
        squares += w[i] * x[i] * x[i];
    }
    variance = squares / total - sum / total * (sum / total);
    return sum / total;
}
ZYMOGEN_KERNEL(moments, "x(n), w(n) -> mean(), variance()");

double determinant(std::mdspan<const double, std::extents<std::size_t, 2, 2>> A) {
    return A[0, 0] * A[1, 1] - A[0, 1] * A[1, 0];
}
ZYMOGEN_KERNEL(determinant, "A(2,2) -> ()");

double cubic_norm(std::mdspan<const double, std::dextents<std::size_t, 3>> T) {
    double s = 0;
    for (std::size_t i = 0; i < T.extent(0); ++i)
        for (std::size_t j = 0; j < T.extent(1); ++j)
            for (std::size_t k = 0; k < T.extent(2); ++k)
                s += static_cast<double>(i + 2 * j + 3 * k + 1) * T[i, j, k] * T[i, j, k] * T[i, j, k];
    return s;
}
ZYMOGEN_KERNEL(cubic_norm, "T(i,j,k) -> ()");

void affine(const double* A, const double* x, const double* b, std::size_t n, std::size_t m, double* y) {
    for (std::size_t i = 0; i < n; ++i) {
        double s = b[i];
        for (std::size_t j = 0; j < m; ++j) s += A[i * m + j] * x[j];
        y[i] = s * s;
    }
}
ZYMOGEN_KERNEL(affine, "A(n,m), x(m), b(n), n, m -> y(n)");

void outer(std::span<const double> x, std::span<const double> y, zymogen::matrix<double> P) {
    for (std::size_t i = 0; i < x.size(); ++i)
        for (std::size_t j = 0; j < y.size(); ++j) P[i, j] = x[i] * std::sin(y[j]);
}
ZYMOGEN_KERNEL(outer, "x(n), y(m) -> P(n,m)");

void gathered(std::span<const double> x, std::span<const std::int64_t> at, std::span<double> y) {
    for (std::size_t i = 0; i < at.size(); ++i) y[i] = x[static_cast<std::size_t>(at[i])] * x[0];
}
ZYMOGEN_KERNEL(gathered, "x(n), at(k) -> y(k)");

// Every element is made from the result before it.
void cumulative(std::span<const double> x, std::span<double> y) {
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = i == 0 ? x[0] : y[i - 1] * x[i] + std::sin(y[i - 1]);
}
ZYMOGEN_KERNEL(cumulative, "x(n) -> y(n)");

// Leaves all odd elements of its result alone.
void untouched(std::span<const double> x, std::span<double> y) {
    for (std::size_t i = 0; i < x.size(); i += 2) y[i] = x[i] * x[i];
}
ZYMOGEN_KERNEL(untouched, "x(n) -> y(n)");

double mixed(std::span<const double> x, std::span<const float> w) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += x[i] * x[i] * static_cast<double>(w[i] * w[i]);
    return s;
}
ZYMOGEN_KERNEL(mixed, "x(n), w(n) -> ()");

double constant(std::span<const double> x, double unused) {
    return x.empty() || unused > 1e300 ? 2 : 3;
}
ZYMOGEN_KERNEL(constant, "x(n), unused() -> ()");

}  // namespace
