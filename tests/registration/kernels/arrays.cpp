// Arrays of integers and truth values, C style, several results, updates in place.
#include <cstdint>
#include <zymogen/kernel.hpp>

// Arrays of integers and truth values.
double gathered(std::span<const double> x, std::span<const std::int32_t> index, std::span<const bool> wanted) {
    double s = 0;
    for (std::size_t k = 0; k < index.size(); ++k)
        if (wanted[k]) s += x[static_cast<std::size_t>(index[k])] * x[static_cast<std::size_t>(index[k])];
    return s;
}
ZYMOGEN_KERNEL(gathered, "x(n), index(k), wanted(k) -> ()");

double gathered_long_long(std::span<const double> x, std::span<const long long> index) {
    double s = 0;
    for (long long k : index) s += x[static_cast<std::size_t>(k)];
    return s;
}
ZYMOGEN_KERNEL(gathered_long_long, "x(n), index(k) -> ()");

void doubled(std::span<long long> k, std::span<const unsigned long long> m) {
    for (std::size_t i = 0; i < k.size(); ++i) k[i] += static_cast<long long>(m[i]);
}
ZYMOGEN_KERNEL(doubled, "k(n), m(n) -> k(n)");

void histogram(std::span<const double> x, std::span<const double> edges, std::span<std::int32_t> counts) {
    for (double e : x)
        for (std::size_t i = 0; i + 1 < edges.size(); ++i)
            if (edges[i] <= e && e < edges[i + 1]) ++counts[i];
}
ZYMOGEN_KERNEL(histogram, "x(n), edges(b) -> counts(b)");

// The style of C.
double legacy(const double* x, const double* w, std::size_t n, int power) {
    double s = 0;
    for (std::size_t i = 0; i < n; ++i) s += w[i] * (power == 2 ? x[i] * x[i] : x[i]);
    return s;
}
ZYMOGEN_KERNEL(legacy, "x(n), w(n), n, power() -> ()");

void matvec(int rows, int columns, const double* A, const double* x, double* y) {
    for (int i = 0; i < rows; ++i) {
        y[i] = 0;
        for (int j = 0; j < columns; ++j) y[i] += A[i * columns + j] * x[j];
    }
}
ZYMOGEN_KERNEL(matvec, "rows, columns, A(rows,columns), x(columns) -> y(rows)");

double short_sum(const double* x, std::int8_t n) {
    double s = 0;
    for (int i = 0; i < n; ++i) s += x[i];
    return s;
}
ZYMOGEN_KERNEL(short_sum, "x(n), n -> ()");

double energy_and_forces(std::span<const double> x, double k, std::span<double> force, int& count) {
    double e = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        e += 0.5 * k * x[i] * x[i];
        force[i] = -k * x[i];
    }
    count = static_cast<int>(x.size());
    return e;
}
ZYMOGEN_KERNEL(energy_and_forces, "x(n), k() -> (), force(n), count()");

// Updated in place.
void relax(std::span<double> u, double rate) {
    for (std::size_t sweep = 0; sweep < 2; ++sweep)
        for (std::size_t i = 1; i < u.size(); ++i) u[i] += rate * u[i - 1] * u[i];
}
ZYMOGEN_KERNEL(relax, "u(n), rate() -> u(n)");
