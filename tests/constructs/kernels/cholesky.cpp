// Eigen: triangular solves, and solves with the decompositions of Cholesky.
#include "matrices.hpp"

#include <Eigen/Cholesky>
#include <span>
#include <zymogen/kernel.hpp>

namespace {  // a build compiles what it uses alone

// A triangular solve, of sizes known at run time
double triangular_solve(std::span<const double> x) {
    const MatrixXd a = symmetric(x);
    const VectorXd w = a.triangularView<Eigen::Lower>().solve(vector(x));
    return weighted(w);
}
ZYMOGEN_KERNEL(triangular_solve, "x(n) -> ()");

// A triangular solve, of a fixed size
double fixed_triangular_solve(std::span<const double> x) {
    const Eigen::Matrix4d a = fixed_symmetric(x);
    const Eigen::Vector4d w = a.triangularView<Eigen::Lower>().solve(fixed_vector(x));
    return weighted(w);
}
ZYMOGEN_KERNEL(fixed_triangular_solve, "x(n) -> ()");

// `llt().solve`, of sizes known at run time
// Instead: a fixed size, or forward over forward.
double llt_solve(std::span<const double> x) {
    const VectorXd w = symmetric(x).llt().solve(vector(x));
    return weighted(w);
}
ZYMOGEN_KERNEL(llt_solve, "x(n) -> ()");

// `llt().solve`, of a fixed size
// Instead: `ldlt`, or forward over forward.
double fixed_llt_solve(std::span<const double> x) {
    const Eigen::Vector4d w = fixed_symmetric(x).llt().solve(fixed_vector(x));
    return weighted(w);
}
ZYMOGEN_KERNEL(fixed_llt_solve, "x(n) -> ()");

// `ldlt().solve`, of sizes known at run time
// Instead: a fixed size, or forward over forward.
double ldlt_solve(std::span<const double> x) {
    const VectorXd w = symmetric(x).ldlt().solve(vector(x));
    return weighted(w);
}
ZYMOGEN_KERNEL(ldlt_solve, "x(n) -> ()");

// `ldlt().solve`, of a fixed size
double fixed_ldlt_solve(std::span<const double> x) {
    const Eigen::Vector4d w = fixed_symmetric(x).ldlt().solve(fixed_vector(x));
    return weighted(w);
}
ZYMOGEN_KERNEL(fixed_ldlt_solve, "x(n) -> ()");

}  // namespace
