// Eigen: solves with QR.
#include "matrices.hpp"

#include <Eigen/QR>
#include <span>
#include <zymogen/kernel.hpp>

namespace {  // a build compiles what it uses alone

// `householderQr().solve`, of a fixed size
// Instead: `partialPivLu`, or forward over reverse.
double fixed_qr_solve(std::span<const double> x) {
    const Eigen::Vector4d w = fixed_general(x).householderQr().solve(fixed_vector(x));
    return weighted(w);
}
ZYMOGEN_KERNEL(fixed_qr_solve, "x(n) -> ()");

}  // namespace
