// Complex numbers inside, real arguments and results.
#include <cmath>
#include <complex>
#include <cstddef>
#include <span>
#include <zymogen/kernel.hpp>

namespace {  // a build compiles what it uses alone

// Gains of a resonant circuit at some frequencies.
void resonance(std::span<const double> w, double R, double L, double C, std::span<double> gain) {
    using namespace std::complex_literals;
    for (std::size_t i = 0; i < w.size(); ++i) {
        const std::complex<double> impedance = R + 1i * w[i] * L + 1.0 / (1i * w[i] * C);
        gain[i] = std::abs(R / impedance);
    }
}
ZYMOGEN_KERNEL(resonance, "w(k), R(), L(), C() -> gain(k)");

double complex_functions(double a, double b) {
    const std::complex<double> z{a, b};
    return (std::exp(z) * std::log(z)).real() + std::norm(std::sqrt(z) / (z + 2.0)) + std::arg(z * z);
}
ZYMOGEN_KERNEL(complex_functions, "a(), b() -> ()");

}  // namespace
