// LAPACK's solver, which has no source here, with rules for the function that calls it.
#include <zymogen/kernel.hpp>

#include <bit>
#include <cstdint>
#include <vector>

extern "C" void scipy_dgesv_(const int* n, const int* sides, double* a, const int* a_rows, int* pivots,
                             double* b, const int* b_rows, int* info);

namespace linear {

// Rules may stand in a namespace, those for numbers as well.
inline double flip(double x) {
    return std::bit_cast<double>(std::bit_cast<std::uint64_t>(x) ^ 1ull << 63);
}
inline double flip_slope(double) {
    return -1;
}
ZYMOGEN_DERIVATIVE(flip, flip_slope);

// x = a^-1 b, or that of the transposed matrix. LAPACK's matrices are column by column.
void solve(const double* a, const double* b, double* x, int n, bool transposed) {
    std::vector<double> m(n * n);
    std::vector<int> pivots(n);
    for (int i = 0; i < n; ++i) {
        x[i] = b[i];
        for (int j = 0; j < n; ++j) m[i * n + j] = transposed ? a[i * n + j] : a[j * n + i];
    }
    const int one = 1;
    int info = 0;
    scipy_dgesv_(&n, &one, m.data(), &n, pivots.data(), x, &n, &info);
}
void solve_forward(const double* a, const double* da, const double*, const double* db, const double* x,
                   double* dx, int n, bool transposed) {
    std::vector<double> r(db, db + n);
    for (int i = 0; i < n; ++i)
        for (int j = 0; j < n; ++j) r[i] -= (transposed ? da[j * n + i] : da[i * n + j]) * x[j];
    solve(a, r.data(), dx, n, transposed);
}
void solve_reverse(const double* a, double* ga, const double*, double* gb, const double* x, const double* gx,
                   int n, bool transposed) {
    std::vector<double> r(n);
    solve(a, gx, r.data(), n, !transposed);
    for (int i = 0; i < n; ++i) {
        gb[i] += r[i];
        for (int j = 0; j < n; ++j) (transposed ? ga[j * n + i] : ga[i * n + j]) -= r[i] * x[j];
    }
}
namespace {
ZYMOGEN_RULES(solve, "a(n, n), b(n), x(n), n, transposed()", solve_forward, solve_reverse);
}

}  // namespace linear

double opposite(zymogen::matrix<const double> a, std::span<const double> b) {
    std::vector<double> x(b.size());
    linear::solve(a.data_handle(), b.data(), x.data(), static_cast<int>(b.size()), false);
    double s = 0;
    for (double e : x) s += e * linear::flip(e);
    return s;
}
ZYMOGEN_KERNEL(opposite, "a(n, n), b(n) -> ()");
