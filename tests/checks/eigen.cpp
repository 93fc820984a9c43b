// Eigen. It is compiled with EIGEN_DONT_VECTORIZE.
#include <Eigen/Cholesky>
#include <Eigen/Geometry>
#include <Eigen/LU>
#include <cmath>
#include <cstddef>
#include <span>
#include <zymogen/kernel.hpp>

namespace {  // a build compiles what it uses alone

using Eigen::Index;
using Eigen::Map;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using Input = std::span<const double>;

Map<const VectorXd> vector(Input x) {
    return {x.data(), static_cast<Index>(x.size())};
}

// `diagonal` on the diagonal, and everywhere a multiple of an input.
MatrixXd general(Input x, double diagonal, double scale) {
    const auto n = static_cast<Index>(x.size());
    MatrixXd a = diagonal * MatrixXd::Identity(n, n);
    for (Index i = 0; i < n * n; ++i)
        a.data()[i] += scale * std::sin(i + 1.0) * x[static_cast<std::size_t>(i % n)];
    return a;
}
MatrixXd symmetric(Input x) {
    const auto n = static_cast<Index>(x.size());
    MatrixXd a = 3 * MatrixXd::Identity(n, n);
    for (Index i = 0; i < n; ++i)
        for (Index j = 0; j < n; ++j) a(i, j) += 0.3 * vector(x)(i) * vector(x)(j);
    return a;
}

double matrix_vector(Input x) {
    const VectorXd w = (general(x, 0, 1) * vector(x)).array().tanh();
    return w.squaredNorm();
}
double inverse(Input x) {
    return vector(x).dot(general(x, 3, 0.3).inverse() * vector(x));
}
double partial_lu(Input x) {
    return vector(x).dot(general(x, 3, 0.3).partialPivLu().solve(vector(x)));
}
double full_lu(Input x) {
    return vector(x).dot(general(x, 3, 0.3).fullPivLu().solve(VectorXd(vector(x))));
}
double llt(Input x) {
    return vector(x).dot(symmetric(x).llt().solve(vector(x)));
}
double ldlt(Input x) {
    return vector(x).dot(symmetric(x).ldlt().solve(VectorXd(vector(x))));
}
double triangular(Input x) {
    return vector(x).dot(general(x, 3, 0.3).triangularView<Eigen::Lower>().solve(VectorXd(vector(x))));
}
ZYMOGEN_KERNEL(matrix_vector, "x(n) -> ()");
ZYMOGEN_KERNEL(inverse, "x(n) -> ()");
ZYMOGEN_KERNEL(partial_lu, "x(n) -> ()");
ZYMOGEN_KERNEL(full_lu, "x(n) -> ()");
ZYMOGEN_KERNEL(llt, "x(n) -> ()");
ZYMOGEN_KERNEL(ldlt, "x(n) -> ()");
ZYMOGEN_KERNEL(triangular, "x(n) -> ()");

// All of these in one build.
double chosen(Input x, int which) {
    switch (which) {
        case 0: return matrix_vector(x);
        case 1: return inverse(x);
        case 2: return partial_lu(x);
        case 3: return full_lu(x);
        case 4: return llt(x);
        case 5: return ldlt(x);
        default: return triangular(x);
    }
}
ZYMOGEN_KERNEL(chosen, "x(n), which() -> ()");

double fixed(Input x) {
    Eigen::Matrix3d a;
    for (int i = 0; i < 9; ++i) a.data()[i] = std::sin(i + 1.0) * x[static_cast<std::size_t>(i) % x.size()];
    const Eigen::Vector3d v(x[0], x[1], x[2]);
    return (a * a * v).squaredNorm() + v.cross(a * v).sum();
}
ZYMOGEN_KERNEL(fixed, "x(n) -> ()");

}  // namespace
