// What the C++ library owns memory with, or does with it: containers, algorithms, exceptions.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>
#include <zymogen/kernel.hpp>

namespace {  // a build compiles what it uses alone

double in_std_vector(std::span<const double> x) {
    std::vector<double> work(x.begin(), x.end());
    for (std::size_t i = 1; i < work.size(); ++i) work[i] *= work[i - 1];
    return std::accumulate(work.begin(), work.end(), 0.0);
}
ZYMOGEN_KERNEL(in_std_vector, "x(n) -> ()");

double on_the_heap(std::span<const double> x) {
    const auto prefix = std::make_unique<double[]>(x.size() + 1);
    for (std::size_t i = 0; i < x.size(); ++i) prefix[i + 1] = prefix[i] + x[i] * x[i];
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += prefix[i + 1] * x[x.size() - 1 - i];
    return s;
}
ZYMOGEN_KERNEL(on_the_heap, "x(n) -> ()");

std::optional<std::pair<double, double>> roots(double p, double q) {
    const double discriminant = p * p / 4 - q;
    if (discriminant < 0) return std::nullopt;
    return std::pair{-p / 2 - std::sqrt(discriminant), -p / 2 + std::sqrt(discriminant)};
}
double optional_roots(double p, double q) {
    const auto found = roots(p, q);
    return found ? found->first * found->first + 3 * found->second : p * q;
}
ZYMOGEN_KERNEL(optional_roots, "p(), q() -> ()");

double sorted_weights(std::span<const double> x) {
    std::vector<double> sorted(x.begin(), x.end());
    std::sort(sorted.begin(), sorted.end(), [](double a, double b) { return a < b; });
    double s = 0;
    for (std::size_t i = 0; i < sorted.size(); ++i) s += static_cast<double>(i + 1) * sorted[i] * sorted[i];
    return s;
}
ZYMOGEN_KERNEL(sorted_weights, "x(n) -> ()");

double with_exceptions(std::span<const double> x) {
    double s = 0;
    for (double e : x) {
        if (e <= 0) throw std::domain_error("with_exceptions: x is not positive");
        s += std::log(e) * e;
    }
    return s;
}
ZYMOGEN_KERNEL(with_exceptions, "x(n) -> ()");

// Elimination with pivots, on a copy of the matrix and on the right-hand side in place.
void solve(zymogen::matrix<const double> A, std::span<double> b) {
    const std::size_t n = b.size();
    std::vector<double> work(n * n);
    for (std::size_t i = 0; i < n * n; ++i) work[i] = A.data_handle()[i];
    for (std::size_t k = 0; k < n; ++k) {
        std::size_t pivot = k;
        for (std::size_t i = k + 1; i < n; ++i)
            if (std::fabs(work[i * n + k]) > std::fabs(work[pivot * n + k])) pivot = i;
        if (pivot != k) {
            for (std::size_t j = 0; j < n; ++j) std::swap(work[k * n + j], work[pivot * n + j]);
            std::swap(b[k], b[pivot]);
        }
        for (std::size_t i = k + 1; i < n; ++i) {
            const double factor = work[i * n + k] / work[k * n + k];
            for (std::size_t j = k; j < n; ++j) work[i * n + j] -= factor * work[k * n + j];
            b[i] -= factor * b[k];
        }
    }
    for (std::size_t i = n; i-- > 0;) {
        for (std::size_t j = i + 1; j < n; ++j) b[i] -= work[i * n + j] * b[j];
        b[i] /= work[i * n + i];
    }
}
ZYMOGEN_KERNEL(solve, "A(n,n), b(n) -> b(n)");

// Thomas' algorithm with the result as its work space.
void tridiagonal(std::span<const double> low, std::span<const double> diagonal, std::span<const double> up,
                 std::span<const double> b, std::span<double> x) {
    const std::size_t n = b.size();
    std::vector<double> c(n);
    c[0] = up[0] / diagonal[0];
    x[0] = b[0] / diagonal[0];
    for (std::size_t i = 1; i < n; ++i) {
        const double pivot = diagonal[i] - low[i] * c[i - 1];
        c[i] = up[i] / pivot;
        x[i] = (b[i] - low[i] * x[i - 1]) / pivot;
    }
    for (std::size_t i = n - 1; i-- > 0;) x[i] -= c[i] * x[i + 1];
}
ZYMOGEN_KERNEL(tridiagonal, "low(n), diagonal(n), up(n), b(n) -> x(n)");

// The largest eigenvalue of a matrix after some steps of power iteration, as a Rayleigh quotient.
double power_iteration(zymogen::matrix<const double> A, std::span<const double> start, int steps) {
    const std::size_t n = start.size();
    std::vector<double> v(start.begin(), start.end()), w(n);
    double quotient = 0;
    for (int step = 0; step < steps; ++step) {
        double vv = 0, vw = 0;
        for (std::size_t i = 0; i < n; ++i) {
            w[i] = 0;
            for (std::size_t j = 0; j < n; ++j) w[i] += A[i, j] * v[j];
            vv += v[i] * v[i];
            vw += v[i] * w[i];
        }
        quotient = vw / vv;
        for (std::size_t i = 0; i < n; ++i) v[i] = w[i] / std::sqrt(vv);
    }
    return quotient;
}
ZYMOGEN_KERNEL(power_iteration, "A(n,n), start(n), steps() -> ()");

}  // namespace
