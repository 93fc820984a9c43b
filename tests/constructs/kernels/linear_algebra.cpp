// Eigen.
#include "matrices.hpp"

#include <Eigen/LU>
#include <cmath>
#include <cstddef>
#include <span>
#include <zymogen/kernel.hpp>

namespace {  // a build compiles what it uses alone

// Vectors: sums, products of elements, `dot`
double vectors(std::span<const double> x) {
    const VectorXd v = vector(x);
    const VectorXd w = v.array().square() + v.array() * 2;
    return w.dot(v) * v.sum();
}
ZYMOGEN_KERNEL(vectors, "x(n) -> ()");

// Matrix times vector, of sizes known at run time
double matrix_vector(std::span<const double> x) {
    const MatrixXd a = symmetric(x);
    const VectorXd w = a * vector(x);
    return w.squaredNorm();
}
ZYMOGEN_KERNEL(matrix_vector, "x(n) -> ()");

// `lazyProduct`, of sizes known at run time
double lazy_product(std::span<const double> x) {
    const MatrixXd a = symmetric(x);
    const MatrixXd b = a.lazyProduct(a);
    return b.sum();
}
ZYMOGEN_KERNEL(lazy_product, "x(n) -> ()");

// Products of fixed sizes
double fixed_product(std::span<const double> x) {
    Eigen::Matrix2d a;
    a << 3 + x[0], x[1], x[2], 3 + x[3];
    const Eigen::Vector2d v(x[0], x[1]);
    return (a * a * v).squaredNorm();
}
ZYMOGEN_KERNEL(fixed_product, "x(n) -> ()");

// `inverse` and `determinant` of fixed sizes
double fixed_inverse(std::span<const double> x) {
    Eigen::Matrix2d a;
    a << 3 + x[0], x[1], x[2], 3 + x[3];
    const Eigen::Vector2d v(x[0], x[1]);
    return v.dot(a.inverse() * v) + std::log(a.determinant());
}
ZYMOGEN_KERNEL(fixed_inverse, "x(n) -> ()");

}  // namespace
