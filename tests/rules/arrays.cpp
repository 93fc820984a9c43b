// Functions with arrays that have rules. Those called blind are compiled apart, and have no source here.
#include <zymogen/kernel.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

extern "C" {
void blind_bend(int n, double* x, double c);
double blind_energy(const double* x, std::int64_t n, double c);
float blind_norm(const float* x, std::uint64_t n);
}

using Matrix = zymogen::matrix<const double>;
using Vector = std::span<const double>;

// x becomes c x^2.
static void bend_forward(int n, const double* x, const double* dx, double c, double dc, const double*,
                         double* after) {
    for (int i = 0; i < n; ++i) after[i] = 2 * c * x[i] * dx[i] + dc * x[i] * x[i];
}
static void bend_reverse(int n, const double* x, double* gx, double c, double& gc, const double*,
                         const double* after) {
    for (int i = 0; i < n; ++i) {
        gx[i] += 2 * c * x[i] * after[i];
        gc += x[i] * x[i] * after[i];
    }
}
ZYMOGEN_RULES(blind_bend, "n, x(n), c() -> x(n)", bend_forward, bend_reverse);

void bent(Vector b, double c, std::span<double> x) {
    for (std::size_t i = 0; i < b.size(); ++i) x[i] = b[i];
    blind_bend(static_cast<int>(x.size()), x.data(), c);
    blind_bend(static_cast<int>(x.size()), x.data(), c);
}
ZYMOGEN_KERNEL(bent, "b(n), c() -> x(n)");

// The sum of x^3 exp(c).
static void energy_forward(const double* x, const double* dx, std::int64_t n, double c, double dc,
                           double value, double& tangent) {
    for (std::int64_t i = 0; i < n; ++i) tangent += 3 * x[i] * x[i] * std::exp(c) * dx[i];
    tangent += blind_energy(x, n, c) * dc + 0 * value;
}
static void energy_reverse(const double* x, double* gx, std::int64_t n, double c, double& gc, double,
                           double given) {
    for (std::int64_t i = 0; i < n; ++i) gx[i] += 3 * x[i] * x[i] * std::exp(c) * given;
    gc += blind_energy(x, n, c) * given;
}
ZYMOGEN_RULES(blind_energy, "x(n), n, c()", energy_forward, energy_reverse);

double energy(Vector x, double c) {
    return std::sin(blind_energy(x.data(), static_cast<std::int64_t>(x.size()), c));
}
ZYMOGEN_KERNEL(energy, "x(n), c() -> ()");

static void norm_forward(const float* x, const float* dx, std::size_t n, float value, float& tangent) {
    for (std::size_t i = 0; i < n; ++i) tangent += x[i] * dx[i] / value;
}
static void norm_reverse(const float* x, float* gx, std::size_t n, float value, float given) {
    for (std::size_t i = 0; i < n; ++i) gx[i] += x[i] * given / value;
}
ZYMOGEN_RULES(blind_norm, "x(n), n", norm_forward, norm_reverse);

float length(std::span<const float> x) {
    return blind_norm(x.data(), x.size());
}
ZYMOGEN_KERNEL(length, "x(n) -> ()");

// A source that has no derivative, with views, a matrix of two extents, and a function that has a rule
// itself.
static double drag(double t) {
    return std::bit_cast<double>(std::bit_cast<std::uint64_t>(t * t) ^ 1ull << 63);
}
static double drag_slope(double t) {
    return -2 * t;
}
ZYMOGEN_DERIVATIVE(drag, drag_slope);
static void flow(Matrix a, Vector b, std::span<double> x) {
    for (std::size_t i = 0; i < a.extent(0); ++i) {
        double s = 0;
        for (std::size_t j = 0; j < a.extent(1); ++j)
            s += std::bit_cast<double>(std::bit_cast<std::uint64_t>(a(i, j)) ^ 1ull << 63) * drag(b[j]);
        x[i] = s;
    }
}
static void flow_forward(Matrix a, Matrix da, Vector b, Vector db, Vector, std::span<double> dx) {
    for (std::size_t i = 0; i < a.extent(0); ++i)
        for (std::size_t j = 0; j < a.extent(1); ++j)
            dx[i] -= da(i, j) * drag(b[j]) + a(i, j) * drag_slope(b[j]) * db[j];
}
static void flow_reverse(Matrix a, zymogen::matrix<double> ga, Vector b, std::span<double> gb, Vector,
                         Vector gx) {
    for (std::size_t i = 0; i < a.extent(0); ++i)
        for (std::size_t j = 0; j < a.extent(1); ++j) {
            ga(i, j) -= drag(b[j]) * gx[i];
            gb[j] -= a(i, j) * drag_slope(b[j]) * gx[i];
        }
}
ZYMOGEN_RULES(flow, "a(m, n), b(n), x(m)", flow_forward, flow_reverse);

double lift(Matrix a, Vector b) {
    std::vector<double> x(a.extent(0));
    flow(a, b, x);
    double s = 0;
    for (double e : x) s += e * e;
    return s;
}
ZYMOGEN_KERNEL(lift, "a(m, n), b(n) -> ()");
