#include <cmath>
#include <span>
#include <zymogen/kernel.hpp>

// Reads its output back: d - (d.d0)/(d0.d0) d0 with d0 = exp(-1.5 (x - m)²) made in place.
void rs(std::span<const double> x, std::span<const double> d, double m, std::span<double> r) {
    double dot = 0, norm = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        r[i] = std::exp(-1.5 * (x[i] - m) * (x[i] - m));
        dot += d[i] * r[i];
        norm += r[i] * r[i];
    }
    for (std::size_t i = 0; i < x.size(); ++i) r[i] = d[i] - dot / norm * r[i];
}
ZYMOGEN_KERNEL(rs, "x(n), d(n), m() -> r(n)");

// By hand: d0' = 3 (x - m) d0, and the quotient q = (d.d0)/(d0.d0) with its derivative; d0 is made in place
// again.
void rs_derivative(std::span<const double> x, std::span<const double> d, double m, std::span<double> dr) {
    double dot = 0, norm = 0, dot_dm = 0, norm_dm = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double d0 = std::exp(-1.5 * (x[i] - m) * (x[i] - m)), d0_dm = 3 * (x[i] - m) * d0;
        dr[i] = d0;
        dot += d[i] * d0;
        norm += d0 * d0;
        dot_dm += d[i] * d0_dm;
        norm_dm += 2 * d0 * d0_dm;
    }
    const double q = dot / norm, q_dm = (dot_dm - q * norm_dm) / norm;
    for (std::size_t i = 0; i < x.size(); ++i) dr[i] = -(q_dm + q * 3 * (x[i] - m)) * dr[i];
}
ZYMOGEN_KERNEL(rs_derivative, "x(n), d(n), m() -> dr(n)");
