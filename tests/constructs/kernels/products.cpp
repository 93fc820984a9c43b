// Eigen: products of sizes known at run time.
#include "matrices.hpp"

#include <span>
#include <zymogen/kernel.hpp>

namespace {  // a build compiles what it uses alone

// Matrix times matrix, of sizes known at run time
// Instead: `lazyProduct`, or forward over forward.
double matrix_matrix(std::span<const double> x) {
    const MatrixXd a = symmetric(x);
    const MatrixXd b = a * a;
    return b.sum();
}
ZYMOGEN_KERNEL(matrix_matrix, "x(n) -> ()");

}  // namespace
