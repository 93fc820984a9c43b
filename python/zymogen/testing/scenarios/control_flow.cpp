// Branches and loops that depend on real numbers, on integers and on truth values.
#include <cmath>
#include <cstddef>
#include <span>
#include <zymogen/kernel.hpp>

namespace {  // a build compiles what it uses alone

double piecewise(std::span<const double> x) {
    double s = 0;
    for (double e : x) {
        if (e < -1)
            s += e * e;
        else if (e < 0.5)
            s += std::exp(e);
        else
            s += std::sin(e) * s;
    }
    return s;
}
ZYMOGEN_KERNEL(piecewise, "x(n) -> ()");

void respond(std::span<const double> x, int kind, std::span<double> y) {
    for (std::size_t i = 0; i < x.size(); ++i) switch (kind) {
            case 0: y[i] = x[i]; break;
            case 1: y[i] = x[i] * x[i]; break;
            case 2: y[i] = std::cos(x[i]);  // goes on in the next case
            case 3: y[i] += x[i] * x[i] * x[i]; break;
            default: y[i] = 1 / x[i];
        }
}
ZYMOGEN_KERNEL(respond, "x(n), kind() -> y(n)");

template <class T>
void leaky(std::span<const T> x, T slope, std::span<T> y) {
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = x[i] > 0 ? x[i] * x[i] : slope * x[i];
}
ZYMOGEN_KERNEL_TEMPLATE(leaky, "x(n), slope() -> y(n)");

// Returns from inside the loop: the place where a running sum first exceeds a level.
double crossing(std::span<const double> x, double level) {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double next = sum + x[i] * x[i];
        if (next > level) return static_cast<double>(i) + (level - sum) / (next - sum);
        sum = next;
    }
    return sum / level;
}
ZYMOGEN_KERNEL(crossing, "x(n), level() -> ()");

// Kepler's equation by Newton's method: E - e sin E = M.
double kepler(double M, double e) {
    double E = M;
    for (int step = 0; step < 50; ++step) {
        const double change = (E - e * std::sin(E) - M) / (1 - e * std::cos(E));
        E -= change;
        if (std::fabs(change) < 1e-12) break;
    }
    return E;
}
ZYMOGEN_KERNEL(kepler, "M(), e() -> ()");

double arithmetic_geometric_mean(double a, double b) {
    while (std::fabs(a - b) > 1e-9 * a) {
        const double mean = (a + b) / 2;
        b = std::sqrt(a * b);
        a = mean;
    }
    return a;
}
ZYMOGEN_KERNEL(arithmetic_geometric_mean, "a(), b() -> ()");

// The integer decides how often and how x is changed.
double collatz(double x, long start) {
    while (start != 1) {
        x = start % 2 ? std::sin(x) + 1 : x * x / 2;
        start = start % 2 ? 3 * start + 1 : start / 2;
    }
    return x;
}
ZYMOGEN_KERNEL(collatz, "x(), start() -> ()");

double penalty(std::span<const double> x, bool logarithmic) {
    double s = 0;
    for (double e : x) s += e * e;
    return logarithmic ? std::log1p(s) : s * s;
}
ZYMOGEN_KERNEL(penalty, "x(n), logarithmic() -> ()");

double selected(std::span<const double> x, std::span<const int> label, std::span<const bool> use) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
        if (use[i]) s += label[i] * x[i] * x[i];
    return s;
}
ZYMOGEN_KERNEL(selected, "x(n), label(n), use(n) -> ()");

// exp(x) as a series that ends where its terms become small.
double series(double x) {
    double sum = 0, term = 1;
    for (int k = 1;; ++k) {
        sum += term;
        term *= x / k;
        if (std::fabs(term) < 1e-8) break;
        if (k % 2 == 0) continue;
        sum += term * x;
    }
    return sum;
}
ZYMOGEN_KERNEL(series, "x() -> ()");

double repeated_squares(double x, unsigned k) {
    if (k == 0) return 1;
    const double half = repeated_squares(x, k / 2);
    return k % 2 ? half * half * x : half * half;
}
ZYMOGEN_KERNEL(repeated_squares, "x(), k() -> ()");

}  // namespace
