// Eigen, for derivatives. Include it before all headers of Eigen.
//
// Eigen's decompositions into Q and R skip a column that has only zeros below its first number. The value is
// right then, and derivatives are not: the code that ran knows nothing of the zeros. Here such a column is
// reflected as any other, so that derivatives are right at triangular matrices too.
#pragma once

#if defined(EIGEN_CORE_H) || defined(EIGEN_CORE_MODULE_H) || defined(EIGEN_HOUSEHOLDER_H)
#error "zymogen: <zymogen/eigen.hpp> comes too late. Include it before all headers of Eigen."
#endif

// Vectors of the processor written by hand, of which Enzyme refuses most. The compiler makes its own.
#ifndef EIGEN_DONT_VECTORIZE
#define EIGEN_DONT_VECTORIZE
#endif

#include <Eigen/Core>
#include <zymogen/kernel.hpp>

// The sizes of the processor's caches, by which Eigen chooses how products go: they are found at the first
// use, and kept in a static variable.
ZYMOGEN_INACTIVE(Eigen::internal::manage_caching_sizes);

// In place of Eigen/src/Householder/Householder.h, all that it defines. A reflector is H = I - tau v v*, with
// v = (1, essential), as in Golub and Van Loan, Matrix Computations, section 5.1.
#define EIGEN_HOUSEHOLDER_H

namespace Eigen {

namespace internal {
template <int n>
struct decrement_size {
    enum { ret = n == Dynamic ? Dynamic : n - 1 };
};
}  // namespace internal

/// The reflector that takes this vector to (beta, 0, ..., 0).
template <typename Derived>
template <typename EssentialPart>
EIGEN_DEVICE_FUNC void MatrixBase<Derived>::makeHouseholder(EssentialPart& essential, Scalar& tau,
                                                            RealScalar& beta) const {
    const Scalar first = coeff(0);
    const VectorBlock<const Derived, EssentialPart::SizeAtCompileTime> rest(derived(), 1, size() - 1);
    const RealScalar squared = numext::abs2(first) + rest.squaredNorm();
    // One real number is where it is to go. A vector of zeros has no derivative.
    if ((size() == 1 && numext::imag(first) == RealScalar(0)) || squared == RealScalar(0)) {
        tau = Scalar(0);
        beta = numext::real(first);
        essential.setZero();
        return;
    }
    // Of two such numbers the one that is further from the first, which is subtracted.
    beta = numext::real(first) < RealScalar(0) ? numext::sqrt(squared) : -numext::sqrt(squared);
    essential = rest / (first - beta);
    tau = numext::conj((beta - first) / beta);
}

/// The same, with the essential part in place of this vector's last numbers.
template <typename Derived>
EIGEN_DEVICE_FUNC void MatrixBase<Derived>::makeHouseholderInPlace(Scalar& tau, RealScalar& beta) {
    VectorBlock<Derived, internal::decrement_size<Base::SizeAtCompileTime>::ret> essential(derived(), 1,
                                                                                           size() - 1);
    makeHouseholder(essential, tau, beta);
}

/// H times this matrix. `workspace` has room for a row.
template <typename Derived>
template <typename EssentialPart>
EIGEN_DEVICE_FUNC void MatrixBase<Derived>::applyHouseholderOnTheLeft(const EssentialPart& essential,
                                                                      const Scalar& tau, Scalar* workspace) {
    if (rows() == 1) {
        derived() *= Scalar(1) - tau;
        return;
    }
    Block<Derived, EssentialPart::SizeAtCompileTime, Derived::ColsAtCompileTime> below(derived(), 1, 0,
                                                                                       rows() - 1, cols());
    Map<typename internal::plain_row_type<PlainObject>::type> product(workspace, cols());
    product.noalias() = essential.adjoint() * below;
    product += this->row(0);
    this->row(0) -= tau * product;
    below.noalias() -= tau * essential * product;
}

/// This matrix times H. `workspace` has room for a column.
template <typename Derived>
template <typename EssentialPart>
EIGEN_DEVICE_FUNC void MatrixBase<Derived>::applyHouseholderOnTheRight(const EssentialPart& essential,
                                                                       const Scalar& tau, Scalar* workspace) {
    if (cols() == 1) {
        derived() *= Scalar(1) - tau;
        return;
    }
    Block<Derived, Derived::RowsAtCompileTime, EssentialPart::SizeAtCompileTime> beside(derived(), 0, 1,
                                                                                        rows(), cols() - 1);
    Map<typename internal::plain_col_type<PlainObject>::type> product(workspace, rows());
    product.noalias() = beside * essential;
    product += this->col(0);
    this->col(0) -= tau * product;
    beside.noalias() -= tau * product * essential.adjoint();
}

}  // namespace Eigen
