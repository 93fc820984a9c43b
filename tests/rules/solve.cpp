// A solver of linear equations, which has no source here, with rules.
#include <zymogen/kernel.hpp>

#include <vector>

extern "C" void blind_solve(const double* a, const double* b, double* x, std::size_t n);

using Matrix = zymogen::matrix<const double>;
using Vector = std::span<const double>;

// x = a^-1 b: a dx = db - da x.
static void solve_forward(const double* a, const double* da, const double*, const double* db, const double* x,
                          double* dx, std::size_t n) {
    std::vector<double> r(db, db + n);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) r[i] -= da[i * n + j] * x[j];
    blind_solve(a, r.data(), dx, n);
}
static void solve_reverse(Matrix a, zymogen::matrix<double> ga, Vector, std::span<double> gb, Vector x,
                          Vector gx, std::size_t n) {
    std::vector<double> transposed(n * n), r(n);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) transposed[i * n + j] = a(j, i);
    blind_solve(transposed.data(), gx.data(), r.data(), n);
    for (std::size_t i = 0; i < n; ++i) {
        gb[i] += r[i];
        for (std::size_t j = 0; j < n; ++j) ga(i, j) -= r[i] * x[j];
    }
}
ZYMOGEN_RULES(blind_solve, "a(n, n), b(n), x(n), n", solve_forward, solve_reverse);

double compliance(Matrix a, Vector b) {
    std::vector<double> x(b.size());
    blind_solve(a.data_handle(), b.data(), x.data(), x.size());
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += static_cast<double>(i + 1) * x[i] * x[i];
    return s;
}
ZYMOGEN_KERNEL(compliance, "a(n, n), b(n) -> ()");

// Repeated, in place, and with the matrix as a constant.
void steps(Matrix a, Vector b, double c, std::span<double> x) {
    for (std::size_t i = 0; i < b.size(); ++i) x[i] = b[i];
    for (int t = 0; t < 3; ++t) {
        blind_solve(a.data_handle(), x.data(), x.data(), x.size());
        for (double& e : x) e = c * e * e;
    }
}
ZYMOGEN_KERNEL(steps, "a(n, n), b(n), c() -> x(n)");
