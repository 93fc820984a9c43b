// BLAS through cblas.
#include <cstddef>
#include <span>
#include <zymogen/kernel.hpp>

#include "cblas_names.hpp"

namespace {  // a build compiles what it uses alone

constexpr int by_columns = 102, as_it_is = 111;

// `cblas_ddot`
// Instead: a loop, or Eigen.
double dot(std::span<const double> x) {
    return cblas_ddot(3, x.data(), 1, x.data() + 1, 1) * x[0];
}
ZYMOGEN_KERNEL(dot, "x(n) -> ()");

// `cblas_dnrm2`
// Instead: a loop, or Eigen.
double norm(std::span<const double> x) {
    return cblas_dnrm2(4, x.data(), 1) * x[0];
}
ZYMOGEN_KERNEL(norm, "x(n) -> ()");

// `cblas_daxpy`
// Instead: a loop, or Eigen.
double axpy(std::span<const double> x) {
    double y[2] = {x[0] * x[0], x[1]};
    cblas_daxpy(2, x[3], x.data() + 1, 1, y, 1);
    return y[0] * y[1];
}
ZYMOGEN_KERNEL(axpy, "x(n) -> ()");

// `cblas_dgemv`
// Instead: loops, or Eigen.
double gemv(std::span<const double> x) {
    double y[2] = {0, 0};
    cblas_dgemv(by_columns, as_it_is, 2, 2, 1, x.data(), 2, x.data() + 2, 1, 0, y, 1);
    return y[0] * y[1];
}
ZYMOGEN_KERNEL(gemv, "x(n) -> ()");

// `cblas_dgemm`
// Instead: loops, or Eigen.
double gemm(std::span<const double> x) {
    double y[4] = {0, 0, 0, 0};
    cblas_dgemm(by_columns, as_it_is, as_it_is, 2, 2, 2, 1, x.data(), 2, x.data(), 2, 0, y, 2);
    return y[0] * y[1] + y[2] * y[3];
}
ZYMOGEN_KERNEL(gemm, "x(n) -> ()");

}  // namespace
