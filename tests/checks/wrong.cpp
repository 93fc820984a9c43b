// Kernels whose derivatives Enzyme, or a trap on the way to it, gets wrong without a message.
#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdlib>
#include <functional>
#include <memory>
#include <span>
#include <vector>
#include <zymogen/kernel.hpp>

static double cube(double t) {
    return t * t * t;
}
double (*chosen_elsewhere)(double) = cube;

namespace {  // a build compiles what it uses alone

double sine(double t) {
    return std::sin(t);
}

double constant_table(std::span<const double> x) {
    static double (*const functions[2])(double) = {cube, sine};
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += functions[i % 2](x[i]);
    return s;
}
ZYMOGEN_KERNEL(constant_table, "x(n) -> ()");

double local_table(std::span<const double> x) {
    double (*volatile functions[2])(double) = {cube, sine};
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += functions[i % 2](x[i]);
    return s;
}
ZYMOGEN_KERNEL(local_table, "x(n) -> ()");

double unknown_function(std::span<const double> x) {
    double s = 0;
    for (double t : x) s += chosen_elsewhere(t);
    return s;
}
ZYMOGEN_KERNEL(unknown_function, "x(n) -> ()");

struct Shape {
    double a;
    explicit Shape(double a) : a(a) {}
    virtual double at(double t) const = 0;
    virtual ~Shape() = default;
};
struct Parabola : Shape {
    using Shape::Shape;
    double at(double t) const override { return a * t * t; }
};
struct Wave : Shape {
    using Shape::Shape;
    double at(double t) const override { return a * std::sin(t); }
};
[[gnu::noinline]] double total(const Shape& shape, std::span<const double> x) {
    double s = 0;
    for (double t : x) s += shape.at(t);
    return s;
}

double one_shape(std::span<const double> x) {
    return total(Parabola(x[0]), x);
}
ZYMOGEN_KERNEL(one_shape, "x(n) -> ()");

double two_shapes(std::span<const double> x) {
    const Parabola first(x[0]);
    const Wave second(x[1]);
    return total(first, x) * total(second, x);
}
ZYMOGEN_KERNEL(two_shapes, "x(n) -> ()");

double shapes_on_the_heap(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        std::unique_ptr<Shape> one;
        if (i % 2 == 0)
            one = std::make_unique<Parabola>(x[i]);
        else
            one = std::make_unique<Wave>(x[0]);
        s += one->at(x[i]);
    }
    return s;
}
ZYMOGEN_KERNEL(shapes_on_the_heap, "x(n) -> ()");

[[gnu::noinline]] double applied(const std::function<double(double)>& f, std::span<const double> x) {
    double s = 0;
    for (double t : x) s += f(t);
    return s;
}
double closure(std::span<const double> x) {
    const double a = x[0];
    return applied([&a](double t) { return a * t * t; }, x);
}
ZYMOGEN_KERNEL(closure, "x(n) -> ()");

double static_scratch(std::span<const double> x) {
    static double w[64];
    for (std::size_t i = 0; i < x.size(); ++i) w[i] = x[i] * x[i];
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += w[i] * w[0];
    return s;
}
ZYMOGEN_KERNEL(static_scratch, "x(n) -> ()");

double complex_quotient(std::span<const double> x) {
    std::complex<double> z(0.5, 0.25);
    for (std::size_t i = 0; i + 1 < x.size(); i += 2)
        z = 0.3 * z + z / (std::complex<double>(x[i], x[i + 1]) + 2.0);
    return std::norm(z);
}
ZYMOGEN_KERNEL(complex_quotient, "x(n) -> ()");

double shifted(std::span<const double> x) {
    std::vector<double> v(x.begin(), x.end());
    for (std::size_t i = 0; i + 1 < v.size(); ++i) v[i] = v[i + 1];
    double s = 0;
    for (std::size_t i = 0; i < v.size(); ++i) s += (i + 1) * v[i] * v[i] * v[0];
    return s;
}
ZYMOGEN_KERNEL(shifted, "x(n) -> ()");

// Reads its result back, as the residuals of a fit do.
void residuals(std::span<const double> x, std::span<const double> d, double m, std::span<double> r) {
    double dot = 0, norm = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        r[i] = std::exp(-1.5 * (x[i] - m) * (x[i] - m));
        dot += d[i] * r[i];
        norm += r[i] * r[i];
    }
    for (std::size_t i = 0; i < x.size(); ++i) r[i] = d[i] - dot / norm * r[i];
}
ZYMOGEN_KERNEL(residuals, "x(n), d(n), m() -> r(n)");

double bump(std::span<const double> x, std::span<const double> y) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += (x[i] - y[i]) * (x[i] - y[i]);
    return std::exp(-s);
}
ZYMOGEN_KERNEL(bump, "x(n), y(n) -> ()");

double two_branches(double b, int e) {
    return e < 2 ? b : two_branches(b, e - 1) * 0.5 + std::sin(two_branches(b, e - 2));
}
double recursion(std::span<const double> x) {
    double s = 0;
    for (double t : x) s += two_branches(t, 7);
    return s;
}
ZYMOGEN_KERNEL(recursion, "x(n) -> ()");

// libc++ has no std::comp_ellint_1: this is R_F by duplication, as libstdc++ has it.
double carlson(double a, double b, double c) {
    for (int i = 0; i < 100; ++i) {
        const double mean = (a + b + c) / 3;
        const double p = 2 - (mean + a) / mean, q = 2 - (mean + b) / mean, r = 2 - (mean + c) / mean;
        if (std::max({std::fabs(p), std::fabs(q), std::fabs(r)}) < 1e-4) {
            const double second = p * q - r * r, third = p * q * r;
            return (1 + (second / 24 - 0.1 - 3 * third / 44) * second + third / 14) / std::sqrt(mean);
        }
        const double lambda = std::sqrt(a) * (std::sqrt(b) + std::sqrt(c)) + std::sqrt(b) * std::sqrt(c);
        a = (a + lambda) / 4, b = (b + lambda) / 4, c = (c + lambda) / 4;
    }
    return 0;
}
double elliptic(std::span<const double> x) {
    double s = 0;
    for (double t : x) s += carlson(0, 1 - 0.01 * t * t, 1);
    return s * s;
}
ZYMOGEN_KERNEL(elliptic, "x(n) -> ()");

double rows_of_vectors(std::span<const double> x) {
    std::vector<std::vector<double>> m(x.size(), std::vector<double>(x.size()));
    for (std::size_t i = 0; i < x.size(); ++i)
        for (std::size_t j = 0; j < x.size(); ++j) m[i][j] = x[i] * x[j];
    double s = 0;
    for (const auto& row : m)
        for (double e : row) s += e * e;
    return s;
}
ZYMOGEN_KERNEL(rows_of_vectors, "x(n) -> ()");

double thrice(std::span<const double> x) {
    double s = 0;
    for (double t : x) s += 3 * t * t;
    return s;
}
ZYMOGEN_KERNEL(thrice, "x(n) -> ()");

double drawn(std::span<const double> x) {
    double s = std::rand() % 1000;
    for (double t : x) s += t * t;
    return s;
}
ZYMOGEN_KERNEL(drawn, "x(n) -> ()");

void two_results(std::span<const double> x, std::span<double> first, std::span<double> second) {
    for (std::size_t i = 0; i < x.size(); ++i) first[i] = x[i], second[i] = x[i] * x[i];
}
ZYMOGEN_KERNEL(two_results, "x(n) -> first(n), second(n)");

}  // namespace
