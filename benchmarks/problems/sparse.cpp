#include <cstdint>
#include <span>
#include <zymogen/kernel.hpp>

void broyden(std::span<const double> x, std::span<double> y) {
    const std::size_t n = x.size();
    for (std::size_t i = 0; i < n; ++i) {
        double s = (3 - 2 * x[i]) * x[i] + 1;
        if (i > 0) s -= x[i - 1];
        if (i + 1 < n) s -= 2 * x[i + 1];
        y[i] = s;
    }
}
ZYMOGEN_KERNEL(broyden, "x(n) -> y(n)");

double rosenbrock(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i + 1 < x.size(); ++i) {
        const double a = x[i + 1] - x[i] * x[i], b = 1 - x[i];
        s += 100 * a * a + b * b;
    }
    return s;
}
ZYMOGEN_KERNEL(rosenbrock, "x(n) -> ()");

// By hand, in the order of the CSR format; `columns` gives the number of entries.

void broyden_jacobian(std::span<const double> x, std::span<const std::int32_t>, std::span<double> entries) {
    const std::size_t n = x.size();
    std::size_t entry = 0;
    for (std::size_t i = 0; i < n; ++i) {
        if (i > 0) entries[entry++] = -1;
        entries[entry++] = 3 - 4 * x[i];
        if (i + 1 < n) entries[entry++] = -2;
    }
}
ZYMOGEN_KERNEL(broyden_jacobian, "x(n), columns(e) -> entries(e)");

void rosenbrock_hessian(std::span<const double> x, std::span<const std::int32_t>, std::span<double> entries) {
    const std::size_t n = x.size();
    std::size_t entry = 0;
    for (std::size_t i = 0; i < n; ++i) {
        if (i > 0) entries[entry++] = -400 * x[i - 1];
        const double first = i > 0 ? 200 : 0,
                     second = i + 1 < n ? 1200 * x[i] * x[i] - 400 * x[i + 1] + 2 : 0;
        entries[entry++] = first + second;
        if (i + 1 < n) entries[entry++] = -400 * x[i];
    }
}
ZYMOGEN_KERNEL(rosenbrock_hessian, "x(n), columns(e) -> entries(e)");
