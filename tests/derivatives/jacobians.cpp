// Kernels whose Jacobians are tested.
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

void contracted(std::mdspan<const double, std::dextents<std::size_t, 3>> T, std::span<const double> w,
                zymogen::matrix<double> z) {
    for (std::size_t a = 0; a < T.extent(0); ++a)
        for (std::size_t b = 0; b < T.extent(1); ++b)
            for (std::size_t c = 0; c < T.extent(2); ++c) z[b, a] += T[a, b, c] * T[a, b, c] * w[c] * w[c];
}
ZYMOGEN_KERNEL(contracted, "T(a,b,c), w(c) -> z(b,a)");

void fixed(std::span<const double, 3> x, std::mdspan<const double, std::extents<std::size_t, 2, 2>> A,
           std::span<double, 5> y) {
    for (std::size_t k = 0; k < 5; ++k) y[k] = x[k % 3] * x[1] * A[k % 2, 0] * A[1, k % 2] + double(k) * x[2];
}
ZYMOGEN_KERNEL(fixed, "x(3), A(2,2) -> y(5)");
