// Kernels whose Hessians are tested.
#include <cmath>
#include <mdspan>
#include <span>
#include <zymogen/kernel.hpp>

template <class T>
void cubic(std::span<const T> x, T m, zymogen::matrix<const T> M, std::span<T> y) {
    for (std::size_t a = 0; a < y.size(); ++a) {
        T s = 0, t = 0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            s += M[a, i] * x[i] * x[i] * x[i];
            t += M[a, i] * x[i];
        }
        y[a] = m * m * s + t * t;
    }
}
ZYMOGEN_KERNEL_TEMPLATE(cubic, "x(n), m(), M(a,n) -> y(a)");

double energy(std::span<const double> x, double m, std::span<const double> w) {
    double s = 0, p = 1;
    for (std::size_t i = 0; i < x.size(); ++i) {
        s += w[i] * x[i] * x[i] * x[i];
        p += x[i] * w[i];
    }
    return m * m * s + p * p * m;
}
ZYMOGEN_KERNEL(energy, "x(n), m(), w(n) -> ()");

void cubed(std::mdspan<const double, std::dextents<std::size_t, 3>> T, zymogen::matrix<double> z) {
    for (std::size_t a = 0; a < T.extent(0); ++a)
        for (std::size_t b = 0; b < T.extent(1); ++b)
            for (std::size_t c = 0; c < T.extent(2); ++c) z[b, a] += T[a, b, c] * T[a, b, c] * T[a, b, c];
}
ZYMOGEN_KERNEL(cubed, "T(a,b,c) -> z(b,a)");

double fixed(std::span<const double, 10> x, std::mdspan<const double, std::extents<std::size_t, 2, 2>> A) {
    double s = 0;
    for (std::size_t i = 0; i < 10; ++i) s += x[i] * x[(i + 1) % 10] * A[i % 2, 0] * A[1, i % 2] * A[0, 1];
    return s;
}
ZYMOGEN_KERNEL(fixed, "x(10), A(2,2) -> ()");

double rosenbrock(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i + 1 < x.size(); ++i) {
        const double a = x[i + 1] - x[i] * x[i], b = 1 - x[i];
        s += 100 * a * a + b * b;
    }
    return s;
}
ZYMOGEN_KERNEL(rosenbrock, "x(n) -> ()");

double eight(double a, double b, double c, double d, double e, double f, double g, double h) {
    return a * b * c * d * e * f * g * h;
}
ZYMOGEN_KERNEL(eight, "a(), b(), c(), d(), e(), f(), g(), h() -> ()");
