// Matrices and vectors that the kernels of linear algebra make of their numbers.
#pragma once

#include <zymogen/eigen.hpp>

#include <Eigen/Core>
#include <cstddef>
#include <span>

using Eigen::MatrixXd;
using Eigen::VectorXd;

// Symmetric, with positive eigenvalues: 3 on the diagonal, and 0.25 x[i] x[j].
inline MatrixXd symmetric(std::span<const double> x) {
    const auto n = static_cast<Eigen::Index>(x.size());
    MatrixXd a = 3 * MatrixXd::Identity(n, n);
    for (Eigen::Index i = 0; i < n; ++i)
        for (Eigen::Index j = 0; j < n; ++j)
            a(i, j) += 0.25 * x[static_cast<std::size_t>(i)] * x[static_cast<std::size_t>(j)];
    return a;
}

// The same, of a fixed size.
inline Eigen::Matrix4d fixed_symmetric(std::span<const double> x) {
    const Eigen::Vector4d v(x[0], x[1], x[2], x[3]);
    return 3 * Eigen::Matrix4d::Identity() + 0.25 * v * v.transpose();
}

// Not symmetric, and solved by exchanging rows: 3 right of the diagonal (around the end), and 0.25 x[i] x[j].
inline MatrixXd general(std::span<const double> x) {
    const MatrixXd a = symmetric(x);
    const auto n = a.rows();
    MatrixXd b = a;
    for (Eigen::Index i = 0; i < n; ++i) {
        b(i, i) -= 3;
        b(i, (i + 1) % n) += 3;
    }
    return b;
}

inline Eigen::Matrix4d fixed_general(std::span<const double> x) {
    Eigen::Matrix4d b = fixed_symmetric(x);
    for (Eigen::Index i = 0; i < 4; ++i) {
        b(i, i) -= 3;
        b(i, (i + 1) % 4) += 3;
    }
    return b;
}

inline VectorXd vector(std::span<const double> x) {
    return Eigen::Map<const VectorXd>(x.data(), static_cast<Eigen::Index>(x.size()));
}

inline Eigen::Vector4d fixed_vector(std::span<const double> x) {
    return {x[0], x[1], x[2], x[3]};
}

// What the kernels that solve compute then.
inline double weighted(const auto& w) {
    double s = 0;
    for (Eigen::Index i = 0; i < w.size(); ++i) s += static_cast<double>(i + 1) * w(i) * w(i);
    return s;
}
