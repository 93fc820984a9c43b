#include <cmath>
#include <span>
#include <zymogen/kernel.hpp>

using zymogen::array_view;
using zymogen::matrix;

void model(matrix<const double> M, std::span<const double> x, std::span<double> y) {
    for (std::size_t a = 0; a < M.extent(0); ++a) {
        double s = 0;
        for (std::size_t c = 0; c < M.extent(1); ++c) s += M[a, c] * x[c];
        y[a] = std::tanh(s);
    }
}
ZYMOGEN_KERNEL(model, "M(a,c), x(c) -> y(a)");

// By hand: tanh' = 1 - tanh², tanh'' = -2 tanh (1 - tanh²).

double output(matrix<const double> M, std::span<const double> x, std::size_t a) {
    double s = 0;
    for (std::size_t c = 0; c < M.extent(1); ++c) s += M[a, c] * x[c];
    return std::tanh(s);
}

void model_jacobian_x(matrix<const double> M, std::span<const double> x, matrix<double> J) {
    for (std::size_t a = 0; a < M.extent(0); ++a) {
        const double y = output(M, x, a), slope = 1 - y * y;
        for (std::size_t c = 0; c < M.extent(1); ++c) J[a, c] = slope * M[a, c];
    }
}
ZYMOGEN_KERNEL(model_jacobian_x, "M(a,c), x(c) -> J(a,c)");

// Results are zero before, and stay so where y[a] does not depend on M[b, c].
void model_jacobian_M(matrix<const double> M, std::span<const double> x, array_view<double, 3> J) {
    for (std::size_t a = 0; a < M.extent(0); ++a) {
        const double y = output(M, x, a), slope = 1 - y * y;
        for (std::size_t c = 0; c < M.extent(1); ++c) J[a, a, c] = slope * x[c];
    }
}
ZYMOGEN_KERNEL(model_jacobian_M, "M(a,c), x(c) -> J(a,a,c)");

void model_hessian_diagonal(matrix<const double> M, std::span<const double> x, matrix<double> H) {
    for (std::size_t a = 0; a < M.extent(0); ++a) {
        const double y = output(M, x, a), curvature = -2 * y * (1 - y * y);
        for (std::size_t c = 0; c < M.extent(1); ++c) H[a, c] = curvature * M[a, c] * M[a, c];
    }
}
ZYMOGEN_KERNEL(model_hessian_diagonal, "M(a,c), x(c) -> H(a,c)");

void model_hessian(matrix<const double> M, std::span<const double> x, array_view<double, 3> H) {
    for (std::size_t a = 0; a < M.extent(0); ++a) {
        const double y = output(M, x, a), curvature = -2 * y * (1 - y * y);
        for (std::size_t c = 0; c < M.extent(1); ++c)
            for (std::size_t e = 0; e < M.extent(1); ++e) H[a, c, e] = curvature * M[a, c] * M[a, e];
    }
}
ZYMOGEN_KERNEL(model_hessian, "M(a,c), x(c) -> H(a,c,c)");
