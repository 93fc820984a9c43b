// Decompositions of Eigen that skip what is zero beside the diagonal.
#include <zymogen/eigen.hpp>

#include <Eigen/Eigenvalues>
#include <Eigen/SVD>
#include <span>

namespace {  // a build compiles what it uses alone

Eigen::Matrix2d matrix(std::span<const double> a) {
    Eigen::Matrix2d of_rows;
    of_rows << a[0], a[1], a[2], a[3];
    return of_rows;
}

double largest_singular_value(std::span<const double> a) {
    return Eigen::JacobiSVD<Eigen::Matrix2d>(matrix(a)).singularValues()(0);
}
ZYMOGEN_KERNEL(largest_singular_value, "a(m) -> ()");

double singular_vector(std::span<const double> a) {
    return Eigen::JacobiSVD<Eigen::Matrix2d>(matrix(a), Eigen::ComputeFullU).matrixU()(0, 1);
}
ZYMOGEN_KERNEL(singular_vector, "a(m) -> ()");

double eigenvalue(std::span<const double> a) {
    return Eigen::EigenSolver<Eigen::Matrix2d>(matrix(a), false).eigenvalues()(0).real();
}
ZYMOGEN_KERNEL(eigenvalue, "a(m) -> ()");

}  // namespace
