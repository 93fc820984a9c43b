// A decomposition of Eigen into Q and R, which skips columns that have only zeros to be cleared. With
// -DCOMPLETE it does not.
#ifdef COMPLETE
#include <zymogen/eigen.hpp>
#else
#include <zymogen/kernel.hpp>
#endif

#include <Eigen/QR>
#include <span>

namespace {  // a build compiles what it uses alone

void solved(std::span<const double> a, std::span<const double> b, std::span<double> w) {
    Eigen::Matrix2d matrix;
    matrix << a[0], a[1], a[2], a[3];
    Eigen::Map<Eigen::Vector2d>(w.data()) = matrix.householderQr().solve(Eigen::Vector2d(b[0], b[1]));
}
ZYMOGEN_KERNEL(solved, "a(m), b(n) -> w(n)");

}  // namespace
