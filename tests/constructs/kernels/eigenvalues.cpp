// Eigen: eigenvalues.
#include "matrices.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/SVD>
#include <cmath>
#include <span>
#include <zymogen/kernel.hpp>

namespace {  // a build compiles what it uses alone

// Eigenvalues: `SelfAdjointEigenSolver`, of a fixed size
// Instead: `computeDirect`, of three rows.
double fixed_eigenvalues(std::span<const double> x) {
    const Eigen::SelfAdjointEigenSolver<Eigen::Matrix4d> solver(fixed_symmetric(x), Eigen::EigenvaluesOnly);
    return std::log(solver.eigenvalues()(3));
}
ZYMOGEN_KERNEL(fixed_eigenvalues, "x(n) -> ()");

// Eigenvalues: `SelfAdjointEigenSolver::computeDirect`, of three rows
double direct_eigenvalues(std::span<const double> x) {
    Eigen::Matrix3d a;
    a << 3 + x[0], x[1], x[2], x[1], 1, x[3], x[2], x[3], -1;
    Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> solver;
    solver.computeDirect(a, Eigen::EigenvaluesOnly);
    return solver.eigenvalues()(2);
}
ZYMOGEN_KERNEL(direct_eigenvalues, "x(n) -> ()");

// Singular values: `JacobiSVD` of a fixed size, without U and V
// Instead: `computeDirect`, of three columns.
double jacobi_singular_values(std::span<const double> x) {
    return std::log(Eigen::JacobiSVD<Eigen::Matrix4d>(fixed_symmetric(x)).singularValues()(0));
}
ZYMOGEN_KERNEL(jacobi_singular_values, "x(n) -> ()");

// Singular values of three columns: roots of eigenvalues, by `SelfAdjointEigenSolver::computeDirect`
double singular_values(std::span<const double> x) {
    const Eigen::Matrix<double, 4, 3> a = fixed_general(x).leftCols<3>();
    const Eigen::Matrix3d squared = a.transpose() * a;
    Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> solver;
    solver.computeDirect(squared, Eigen::EigenvaluesOnly);
    return std::log(std::sqrt(solver.eigenvalues()(2)));
}
ZYMOGEN_KERNEL(singular_values, "x(n) -> ()");

}  // namespace
