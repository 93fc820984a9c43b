// What kernels do: throw, use complex numbers, leave results alone.
#include <cmath>
#include <complex>
#include <stdexcept>
#include <zymogen/kernel.hpp>

double checked_log(double x) {
    if (x <= 0) throw std::domain_error("x must be positive");
    return std::log(x);
}
ZYMOGEN_KERNEL(checked_log, "x() -> ()");

double modulus_of_square(double re, double im) {
    const std::complex<double> z(re, im);
    return std::abs(z * z);
}
ZYMOGEN_KERNEL(modulus_of_square, "re(), im() -> ()");

void first_only(std::span<const double> x, std::span<double> y, double& z) { y[0] = 2 * x[0]; (void)z; }
ZYMOGEN_KERNEL(first_only, "x(n) -> y(n), z()");

double on_two_lines(double x, double y) { return x * y; }
ZYMOGEN_KERNEL(on_two_lines, R"(x(),
    y() -> ())");

void identity(std::span<double, 3> y) { y[0] = 1; y[1] = 2; y[2] = 3; }
ZYMOGEN_KERNEL(identity, "-> y(3)");
