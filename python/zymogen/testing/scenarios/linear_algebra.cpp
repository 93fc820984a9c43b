// Matrices: products, factors and solutions, in place and not.
#include <cmath>
#include <cstddef>
#include <span>
#include <zymogen/kernel.hpp>

namespace {  // a build compiles what it uses alone

template <class T>
void matrix_product(zymogen::matrix<const T> A, zymogen::matrix<const T> B, zymogen::matrix<T> C) {
    for (std::size_t i = 0; i < C.extent(0); ++i)
        for (std::size_t j = 0; j < C.extent(1); ++j)
            for (std::size_t k = 0; k < B.extent(0); ++k) C[i, j] += A[i, k] * B[k, j];
}
ZYMOGEN_KERNEL_TEMPLATE(matrix_product, "A(i,k), B(k,j) -> C(i,j)");

double quadratic_form(zymogen::matrix<const double> A, std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
        for (std::size_t j = 0; j < x.size(); ++j) s += x[i] * A[i, j] * x[j];
    return s;
}
ZYMOGEN_KERNEL(quadratic_form, "A(n,n), x(n) -> ()");

// The lower factor of a symmetric matrix, of which only the lower half is read.
void cholesky(zymogen::matrix<double> A) {
    const std::size_t n = A.extent(0);
    for (std::size_t j = 0; j < n; ++j) {
        for (std::size_t k = 0; k < j; ++k) A[j, j] -= A[j, k] * A[j, k];
        A[j, j] = std::sqrt(A[j, j]);
        for (std::size_t i = j + 1; i < n; ++i) {
            for (std::size_t k = 0; k < j; ++k) A[i, j] -= A[i, k] * A[j, k];
            A[i, j] /= A[j, j];
        }
        for (std::size_t i = 0; i < j; ++i) A[i, j] = 0;
    }
}
ZYMOGEN_KERNEL(cholesky, "A(n,n) -> A(n,n)");

void convolution(std::span<const double> x, std::span<const double> w, std::span<double> y) {
    const auto n = static_cast<std::ptrdiff_t>(x.size()), half = static_cast<std::ptrdiff_t>(w.size() / 2);
    for (std::ptrdiff_t i = 0; i < n; ++i)
        for (std::ptrdiff_t j = -half; j <= half; ++j)
            if (i + j >= 0 && i + j < n)
                y[std::size_t(i)] += w[std::size_t(j + half)] * x[std::size_t(i + j)];
}
ZYMOGEN_KERNEL(convolution, "x(n), w(k) -> y(n)");

void contraction(zymogen::array_view<const double, 3> T, std::span<const double> x,
                 zymogen::matrix<double> Y) {
    for (std::size_t i = 0; i < T.extent(0); ++i)
        for (std::size_t j = 0; j < T.extent(1); ++j)
            for (std::size_t k = 0; k < T.extent(2); ++k) Y[i, j] += T[i, j, k] * x[k] * x[k];
}
ZYMOGEN_KERNEL(contraction, "T(i,j,k), x(k) -> Y(i,j)");

void normalise(std::span<double> x) {
    double squares = 0;
    for (double e : x) squares += e * e;
    for (double& e : x) e /= std::sqrt(squares);
}
ZYMOGEN_KERNEL(normalise, "x(n) -> x(n)");

void eigenvalues(zymogen::matrix<const double> A, std::span<double, 2> e) {
    const double mean = (A[0, 0] + A[1, 1]) / 2;
    const double radius = std::hypot((A[0, 0] - A[1, 1]) / 2, (A[0, 1] + A[1, 0]) / 2);
    e[0] = mean - radius;
    e[1] = mean + radius;
}
ZYMOGEN_KERNEL(eigenvalues, "A(2,2) -> e(2)");

}  // namespace
