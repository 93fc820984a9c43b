// Eigen: inverses, determinants, and solves with LU.
#include "matrices.hpp"

#include <Eigen/LU>
#include <cmath>
#include <span>
#include <zymogen/kernel.hpp>

namespace {  // a build compiles what it uses alone

// `inverse`, of sizes known at run time
// Instead: `inverse` of a fixed size.
double inverse(std::span<const double> x) {
    const MatrixXd b = general(x).inverse();
    const VectorXd w = b * vector(x);
    return weighted(w);
}
ZYMOGEN_KERNEL(inverse, "x(n) -> ()");

// `determinant`, of sizes known at run time
// Instead: a fixed size, or forward over forward.
double determinant(std::span<const double> x) {
    return std::log(-general(x).determinant());
}
ZYMOGEN_KERNEL(determinant, "x(n) -> ()");

// `partialPivLu().solve`, of sizes known at run time
// Instead: a fixed size, or forward over forward.
double lu_solve(std::span<const double> x) {
    const VectorXd w = general(x).partialPivLu().solve(vector(x));
    return weighted(w);
}
ZYMOGEN_KERNEL(lu_solve, "x(n) -> ()");

// `partialPivLu().solve`, of a fixed size
double fixed_lu_solve(std::span<const double> x) {
    const Eigen::Vector4d w = fixed_general(x).partialPivLu().solve(fixed_vector(x));
    return weighted(w);
}
ZYMOGEN_KERNEL(fixed_lu_solve, "x(n) -> ()");

}  // namespace
