// Rules that are wrong in one mode, and a function that is not what its rules take it for.
#include <zymogen/kernel.hpp>

extern "C" void blind_mean(const double* x, double* mean, int n);

using Vector = std::span<const double>;

// The result is behind a pointer to one number.
static void mean_forward(const double*, const double* dx, double, double& tangent, int n) {
    for (int i = 0; i < n; ++i) tangent += dx[i] / n;
}
static void mean_reverse(const double*, double* gx, double, double given, int n) {
    for (int i = 0; i < n; ++i) gx[i] += given / (n + 1);
}
ZYMOGEN_RULES(blind_mean, "x(n), mean(), n", mean_forward, mean_reverse);

double wrong_in_reverse(Vector x) {
    double mean;
    blind_mean(x.data(), &mean, static_cast<int>(x.size()));
    return mean * mean;
}
ZYMOGEN_KERNEL(wrong_in_reverse, "x(n) -> ()");

void twice(const double* x, double* y, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) y[i] = 2 * x[i];
}
static void twice_forward(const double*, const double* dx, const double*, double* dy, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) dy[i] = dx[0];
}
static void twice_reverse(const double*, double* gx, const double*, const double* gy, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) gx[i] += 2 * gy[i];
}
ZYMOGEN_RULES(twice, "x(n), y(n), n", twice_forward, twice_reverse);

void wrong_in_forward(Vector x, std::span<double> y) {
    twice(x.data(), y.data(), x.size());
}
ZYMOGEN_KERNEL(wrong_in_forward, "x(n) -> y(n)");

// Leaves its last element as it was.
static void part(const double* x, double* y, std::size_t n) {
    for (std::size_t i = 0; i + 1 < n; ++i) y[i] = 2 * x[i];
}
ZYMOGEN_RULES(part, "x(n), y(n), n", twice_forward, twice_reverse);

void partial_result(Vector x, std::span<double> y) {
    for (double& e : y) e = 1;
    part(x.data(), y.data(), x.size());
    for (double& e : y) e *= e;
}
ZYMOGEN_KERNEL(partial_result, "x(n) -> y(n)");

// Called inactive, and not so.
namespace law {
double gain(double x) {
    return 3 * x;
}
ZYMOGEN_INACTIVE(gain);
}  // namespace law

double gained(Vector x) {
    double s = 0;
    for (double e : x) s += law::gain(e) * e;
    return s;
}
ZYMOGEN_KERNEL(gained, "x(n) -> ()");
